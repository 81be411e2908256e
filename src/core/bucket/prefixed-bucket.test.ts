import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAppError } from '../errors.ts';
import { bucketConformance } from './conformance.ts';
import { MemoryBucket } from './memory-bucket.ts';
import { prefixedBucket } from './prefixed-bucket.ts';

const store = new MemoryBucket('prefixed');
bucketConformance('a part of a bucket', async () => prefixedBucket(store, 'x'), {
  refusesPathParents: true,
  bodyMaxBytes: 100_000,
});

test('nothing outside the prefix is seen, nothing inside escapes it', async () => {
  const inner = new MemoryBucket('shared');
  await inner.put('team/other', [Buffer.from('1')]);
  await inner.put('team/arch', [Buffer.from('2')]);
  const bucket = prefixedBucket(inner, 'team/archive');
  await bucket.put('a/b', [Buffer.from('3')]);
  assert.equal(bucket.url, 'memory:shared/team/archive');
  assert.deepEqual(await Array.fromAsync(bucket.list(''), (entry) => entry.key), ['a/b']);
  assert.deepEqual(await Array.fromAsync(inner.list(''), (entry) => entry.key), [
    'team/arch',
    'team/archive/a/b',
    'team/other',
  ]);
  await assert.rejects(bucket.get('../other'), (error) => isAppError(error, 'BUCKET_INVALID_KEY'));
  await assert.rejects(Array.fromAsync(bucket.list('../')), (error) => isAppError(error, 'BUCKET_INVALID_KEY'));
  for (const prefix of ['', '/', 'a/', '../a'])
    assert.throws(
      () => prefixedBucket(inner, prefix),
      (error) => isAppError(error, 'BUCKET_INVALID_KEY'),
    );
});
