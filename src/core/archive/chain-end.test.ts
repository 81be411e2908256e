import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SAMPLE_LOCATION, putSample, sampleMetadata } from '../../../test/harness/sample-segment.ts';
import type { Bucket } from '../bucket/bucket.ts';
import { MemoryBucket } from '../bucket/memory-bucket.ts';
import { meteredBucket } from '../bucket/metered-bucket.ts';
import type { SegmentMetadata } from '../segment/segment-metadata.ts';
import { ADOPTED_MAX, chainEnd } from './chain-end.ts';
import { buildIndex } from './segment-index.ts';

async function bucketOf(...segments: readonly SegmentMetadata[]): Promise<Bucket> {
  const bucket = new MemoryBucket('end');
  for (const metadata of segments) await putSample(bucket, metadata);
  return bucket;
}

async function summary(bucket: Bucket, after?: bigint): Promise<unknown> {
  const { end, adopted, last, next, more } = await chainEnd(bucket, SAMPLE_LOCATION, { after });
  assert.equal(more, false);
  return { end, adopted: adopted.map(({ metadata }) => metadata.start), last: last?.metadata.start, next: next?.start };
}

const CHAIN = [sampleMetadata(10n, 20n), sampleMetadata(20n, 30n), sampleMetadata(30n, 45n)];

test('an empty partition ends where it was asked', async () => {
  const bucket = await bucketOf();
  assert.deepEqual(await summary(bucket), { end: undefined, adopted: [], last: undefined, next: undefined });
  assert.deepEqual(await summary(bucket, 5_000_000_000n), {
    end: 5_000_000_000n,
    adopted: [],
    last: undefined,
    next: undefined,
  });
});

test('from a committed offset: what is stored behind it, and the segment that the commit came after', async () => {
  const bucket = await bucketOf(...CHAIN);
  assert.deepEqual(await summary(bucket, 45n), { end: 45n, adopted: [], last: 30n, next: undefined });
  assert.deepEqual(await summary(bucket, 30n), { end: 45n, adopted: [30n], last: 30n, next: undefined });
  assert.deepEqual(await summary(bucket, 25n), { end: 45n, adopted: [20n, 30n], last: 30n, next: undefined });
  assert.deepEqual(await summary(bucket, 60n), { end: 60n, adopted: [], last: undefined, next: undefined });
  assert.deepEqual(await summary(bucket, 0n), { end: 0n, adopted: [], last: undefined, next: 10n });
  assert.deepEqual(await summary(bucket), { end: 45n, adopted: [], last: 30n, next: undefined });
});

test('stops at a hole, unless the records expired before they were archived', async () => {
  const range = { start: 45n, end: 50n };
  const behind = (reason: 'expired' | 'skipped' | undefined) =>
    sampleMetadata(50n, 60n, { precedingGap: reason === undefined ? undefined : { range, reason } });
  const stopped = { end: 45n, adopted: [30n], last: 30n, next: 50n };
  assert.deepEqual(await summary(await bucketOf(...CHAIN, behind(undefined)), 30n), stopped);
  assert.deepEqual(await summary(await bucketOf(...CHAIN, behind('skipped')), 30n), stopped);
  const passed = { end: 60n, adopted: [30n, 50n], last: 50n, next: undefined };
  assert.deepEqual(await summary(await bucketOf(...CHAIN, behind('expired')), 30n), passed);
  assert.deepEqual(await summary(await bucketOf(...CHAIN, behind(undefined))), {
    end: 60n,
    adopted: [],
    last: 50n,
    next: undefined,
  });
});

test('two segments of one start end at the later end', async () => {
  const twin = sampleMetadata(30n, 70n, { compression: 'gzip' });
  assert.deepEqual(await summary(await bucketOf(...CHAIN, twin)), {
    end: 70n,
    adopted: [],
    last: 30n,
    next: undefined,
  });
  assert.deepEqual(await summary(await bucketOf(...CHAIN, twin), 20n), {
    end: 70n,
    adopted: [20n, 30n],
    last: 30n,
    next: undefined,
  });
});

test('is cheap after a commit, and adopts a bounded number at a time', async () => {
  const store = new MemoryBucket('long');
  const base = 5_000_000_000n;
  const count = BigInt(ADOPTED_MAX) + 10n;
  for (let index = 0n; index < count; index++)
    await putSample(store, sampleMetadata(base + index * 10n, base + index * 10n + 10n));
  const calls: string[] = [];
  const bucket = meteredBucket(store, ({ operation }) => calls.push(operation));
  const end = base + count * 10n;
  assert.deepEqual(await summary(bucket, end), { end, adopted: [], last: end - 10n, next: undefined });
  assert.deepEqual(calls.toSorted(), ['head', 'list']);
  const first = await chainEnd(bucket, SAMPLE_LOCATION, { after: base });
  assert.deepEqual(
    [first.adopted.length, first.more, first.end],
    [ADOPTED_MAX, true, base + BigInt(ADOPTED_MAX) * 10n],
  );
  const rest = await chainEnd(bucket, SAMPLE_LOCATION, { after: first.end });
  assert.deepEqual([rest.adopted.length, rest.more, rest.end], [10, false, end]);
  await buildIndex(store, SAMPLE_LOCATION);
  assert.equal((await chainEnd(store, SAMPLE_LOCATION)).end, end);
});
