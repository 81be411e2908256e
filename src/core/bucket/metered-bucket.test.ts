import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultyBucket } from '../../../test/faults/faulty-bucket.ts';
import { MemoryBucket } from './memory-bucket.ts';
import { meteredBucket, type BucketCall } from './metered-bucket.ts';

/** A clock that goes on by a second each time it is read. */
function countingClock(): () => number {
  let nowMs = 0;
  return () => (nowMs += 1_000);
}

test('every call is reported once, with its bytes and its time', async () => {
  const calls: BucketCall[] = [];
  const bucket = meteredBucket(new MemoryBucket('metered'), (call) => calls.push(call), countingClock());
  await bucket.put('a/1', [Buffer.from('12'), Buffer.from('345')]);
  await bucket.put('a/1', [Buffer.from('12')]);
  await bucket.get('a/1', { start: 1, end: 4 });
  await bucket.head('a/1');
  await Array.fromAsync(bucket.list(''));
  await Array.fromAsync(bucket.folders(''));
  await bucket.delete('a/1');
  const ok = { outcome: 'OK', seconds: 1, bytes: 0, errorCode: undefined };
  assert.deepEqual(calls, [
    { ...ok, operation: 'put', bytes: 5 },
    { ...ok, operation: 'put', bytes: 2 },
    { ...ok, operation: 'get', bytes: 3 },
    { ...ok, operation: 'head' },
    // One step for the entry, one for the end.
    { ...ok, operation: 'list', seconds: 2 },
    { ...ok, operation: 'folders', seconds: 2 },
    { ...ok, operation: 'delete' },
  ]);
});

test('a failure is reported with its code, and thrown', async () => {
  const calls: BucketCall[] = [];
  const inner = new MemoryBucket('metered');
  await inner.put('a', [Buffer.from('1')]);
  const broken = faultyBucket(inner, { before: 0, after: 1, delay: 0 }, 1);
  const bucket = meteredBucket(broken, (call) => calls.push(call), countingClock());
  await assert.rejects(bucket.get('a'));
  await assert.rejects(bucket.get('none'));
  await assert.rejects(Array.fromAsync(bucket.list('')));
  assert.deepEqual(
    calls.map(({ operation, outcome, bytes, errorCode }) => [operation, outcome, bytes, errorCode]),
    [
      ['get', 'KO', 0, 'BUCKET_UNAVAILABLE'],
      ['get', 'KO', 0, 'BUCKET_OBJECT_MISSING'],
      ['list', 'KO', 0, 'BUCKET_UNAVAILABLE'],
    ],
  );
});

test('a listing whose reader stops early is a good one', async () => {
  const calls: BucketCall[] = [];
  const bucket = meteredBucket(new MemoryBucket('metered'), (call) => calls.push(call), countingClock());
  await bucket.put('a', []);
  for await (const entry of bucket.list('')) if (entry.key === 'a') break;
  assert.deepEqual(calls.at(-1), { operation: 'list', outcome: 'OK', seconds: 1, bytes: 0, errorCode: undefined });
});
