import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { faultyBucket, seededRandom } from '../../../test/faults/faulty-bucket.ts';
import { AppError, isAppError } from '../errors.ts';
import type { Bucket } from './bucket.ts';
import { bucketConformance } from './conformance.ts';
import { MemoryBucket } from './memory-bucket.ts';
import { retryingBucket, type BucketRetry, type RetryOptions } from './retrying-bucket.ts';

const store = new MemoryBucket('retried');
bucketConformance('a retrying bucket', async () => retryingBucket(store), {
  refusesPathParents: true,
  bodyMaxBytes: 100_000,
});

/** A clock that only waiting moves. */
function fakeTime(): { readonly waits: number[]; readonly options: Pick<RetryOptions, 'sleep' | 'nowMs'> } {
  const waits: number[] = [];
  const sleep = async (delayMs: number) => waits.push(delayMs);
  return { waits, options: { sleep, nowMs: () => waits.reduce((sum, wait) => sum + wait, 0) } };
}

function failing(code: 'BUCKET_UNAVAILABLE' | 'BUCKET_ACCESS_DENIED'): Bucket {
  return faultyBucket(new MemoryBucket('failing'), { before: 1, after: 0, delay: 0 }, 1, code);
}

test('waits double up to the longest, half of each drawn by lot', async () => {
  const time = fakeTime();
  const retries: BucketRetry[] = [];
  const onRetry = (retry: BucketRetry) => retries.push(retry);
  const options = { ...time.options, attemptsMax: 6, delayMinMs: 100, delayMaxMs: 500, random: () => 0.5, onRetry };
  await assert.rejects(retryingBucket(failing('BUCKET_UNAVAILABLE'), options).head('a'), (error) =>
    isAppError(error, 'BUCKET_UNAVAILABLE'),
  );
  assert.deepEqual(time.waits, [75, 150, 300, 375, 375]);
  assert.deepEqual(
    retries.map(({ operation, retry, delayMs }) => [operation, retry, delayMs]),
    [
      ['head', 1, 75],
      ['head', 2, 150],
      ['head', 3, 300],
      ['head', 4, 375],
      ['head', 5, 375],
    ],
  );
});

test('no attempt begins after the longest time', async () => {
  const time = fakeTime();
  const options = {
    ...time.options,
    attemptsMax: 1_000,
    delayMinMs: 100,
    delayMaxMs: 100,
    elapsedMaxMs: 1_000,
    random: () => 1,
  };
  await assert.rejects(retryingBucket(failing('BUCKET_UNAVAILABLE'), options).get('a'));
  assert.equal(time.waits.length, 10);
});

test('an error that waiting does not cure is thrown at once, and so is a bug', async () => {
  const time = fakeTime();
  await assert.rejects(
    retryingBucket(failing('BUCKET_ACCESS_DENIED'), time.options).delete('a'),
    (error) => error instanceof AppError,
  );
  const broken: Bucket = { ...failing('BUCKET_UNAVAILABLE'), head: () => Promise.reject(new TypeError('bug')) };
  await assert.rejects(retryingBucket(broken, time.options).head('a'), TypeError);
  assert.deepEqual(time.waits, []);
});

test('whatever is lost on the way, calls end as if nothing had been', async () => {
  const property = fc.asyncProperty(fc.integer(), async (seed) => {
    const time = fakeTime();
    const inner = new MemoryBucket('lossy');
    const lossy = faultyBucket(inner, { before: 0.2, after: 0.2, delay: 0 }, seed);
    const bucket = retryingBucket(lossy, {
      ...time.options,
      attemptsMax: 60,
      elapsedMaxMs: 10_000_000,
      random: seededRandom(seed),
    });
    const keys = Array.from(
      { length: 12 },
      (_, i) => `${'abc'[i % 3]}${i % 2 === 0 ? '-x' : ''}/${String(i).padStart(3, '0')}`,
    ).toSorted();
    for (const key of keys) await bucket.put(key, [Buffer.from(key)], { metadata: { key } });
    // The first put may have been answered by nobody: that it says `exists` is allowed, another body is not.
    for (const key of keys) assert.equal(await bucket.put(key, [Buffer.from('other')]), 'exists');
    assert.deepEqual(await Array.fromAsync(bucket.list(''), (entry) => entry.key), keys);
    assert.deepEqual(
      await Array.fromAsync(bucket.list('', { startAfter: 'a/999' }), (entry) => entry.key),
      keys.filter((key) => key > 'a/999'),
    );
    assert.deepEqual(await Array.fromAsync(bucket.folders('')), ['a-x', 'a', 'b-x', 'b', 'c-x', 'c']);
    for (const key of keys) {
      assert.equal(Buffer.from(await bucket.get(key)).toString(), key);
      assert.deepEqual((await bucket.head(key))?.metadata, { key });
      await bucket.delete(key);
    }
    assert.deepEqual(await Array.fromAsync(inner.list('')), []);
  });
  await fc.assert(property, { numRuns: 50 });
});

test('a long listing is not given up while it goes on', async () => {
  const time = fakeTime();
  const inner = new MemoryBucket('long');
  for (let i = 0; i < 50; i++) await inner.put(`k/${String(i).padStart(2, '0')}`, []);
  const breaksAfterEach = faultyBucket(inner, { before: 0, after: 1, delay: 0 }, 1);
  const bucket = retryingBucket(breaksAfterEach, { ...time.options, attemptsMax: 2 });
  assert.equal((await Array.fromAsync(bucket.list('k/'))).length, 50);
  assert.equal(time.waits.length, 50);
});
