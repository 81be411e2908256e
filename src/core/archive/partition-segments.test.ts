import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SAMPLE_LOCATION, putSample, sampleMetadata } from '../../../test/harness/sample-segment.ts';
import type { Bucket } from '../bucket/bucket.ts';
import { MemoryBucket } from '../bucket/memory-bucket.ts';
import { meteredBucket } from '../bucket/metered-bucket.ts';
import { indexPrefix, segmentKeyFloor } from './archive-layout.ts';
import { readEverySegment, readSegments, readTail } from './partition-segments.ts';
import { buildIndex } from './segment-index.ts';
import type { StoredSegment } from './stored-segment.ts';
import { listSegments, seekSegments } from './segment-listing.ts';

/** Starts far apart and close together, ascending. */
const starts = fc
  .array(fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1000, max: 10_000_000 })), { maxLength: 40 })
  .map((distances) => distances.map((_, at) => distances.slice(0, at + 1).reduce((sum, each) => sum + each, 0)));

async function bucketOf(at: readonly number[]): Promise<Bucket> {
  const bucket = new MemoryBucket('segments');
  for (const start of at) await putSample(bucket, sampleMetadata(BigInt(start), BigInt(start + 1)));
  return bucket;
}

async function startsOf(segments: AsyncIterable<StoredSegment>): Promise<number[]> {
  return (await Array.fromAsync(segments)).map(({ metadata }) => Number(metadata.start));
}

test('a seek finds the last segment at or before an offset, however far back it is', async () => {
  await fc.assert(
    fc.asyncProperty(starts, fc.double({ min: 0, max: 1.2, noNaN: true }), async (all, part) => {
      const bucket = await bucketOf(all);
      const from = Math.floor((all.at(-1) ?? 5_000_000_000) * part);
      const last = all.findLastIndex((start) => start <= from);
      const found = await Array.fromAsync(seekSegments(bucket, SAMPLE_LOCATION, BigInt(from)));
      assert.deepEqual(
        found.map(({ start }) => Number(start)),
        all.slice(Math.max(0, last)),
      );
    }),
    { numRuns: 200 },
  );
});

test('the index gives what lists and heads give, also with index objects deleted or damaged', async () => {
  const damage = fc.array(fc.record({ which: fc.nat({ max: 12 }), gone: fc.boolean() }), { maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: 60 }), damage, fc.nat({ max: 65 }), async (count, damages, from) => {
      const all = Array.from({ length: count }, (_, at) => at);
      const bucket = await bucketOf(all);
      await buildIndex(bucket, SAMPLE_LOCATION, { sizes: { narrow: 4, wide: 16 } });
      const keys = (await Array.fromAsync(bucket.list(indexPrefix(SAMPLE_LOCATION)))).map(({ key }) => key);
      for (const { which, gone } of damages) {
        const key = keys[which];
        if (key === undefined) continue;
        await bucket.delete(key);
        if (!gone) await bucket.put(key, [Buffer.from('nonsense')]);
      }
      assert.deepEqual(await startsOf(readSegments(bucket, SAMPLE_LOCATION)), all);
      assert.deepEqual(await startsOf(readEverySegment(bucket, SAMPLE_LOCATION)), all);
      assert.deepEqual(
        await startsOf(readSegments(bucket, SAMPLE_LOCATION, BigInt(from))),
        all.slice(Math.min(from, Math.max(0, count - 1))),
      );
      const tail = (await readTail(bucket, SAMPLE_LOCATION, 0)).map(({ metadata }) => Number(metadata.start));
      // As many as there are in the last run of the index and behind it, eight at most.
      assert.ok(tail.length >= Math.min(4, count) && tail.length <= 8);
      assert.deepEqual(tail, all.slice(count - tail.length));
      const listed = (await readTail(bucket, SAMPLE_LOCATION)).map(({ metadata }) => Number(metadata.start));
      assert.deepEqual(listed, all.slice(-8));
    }),
    { numRuns: 100 },
  );
});

test('the end of a partition that one list shows whole takes one list', async () => {
  for (const count of [0, 3]) {
    const calls: string[] = [];
    const all = await bucketOf(Array.from({ length: count }, (_, at) => at));
    const bucket = meteredBucket(all, ({ operation }) => calls.push(operation));
    assert.equal((await readTail(bucket, SAMPLE_LOCATION)).length, count);
    assert.deepEqual(
      calls.filter((operation) => operation === 'list'),
      ['list'],
    );
  }
});

test('what is not a segment is passed over', async () => {
  const bucket = await bucketOf([5]);
  await bucket.put(`${segmentKeyFloor(SAMPLE_LOCATION, 7n)}.jsonl.zst.part`, [Buffer.from('x')]);
  assert.equal((await Array.fromAsync(listSegments(bucket, SAMPLE_LOCATION))).length, 1);
});
