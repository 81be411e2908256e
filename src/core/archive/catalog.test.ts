import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SAMPLE_LOCATION, putSample, sampleMetadata } from '../../../test/harness/sample-segment.ts';
import type { Bucket } from '../bucket/bucket.ts';
import { MemoryBucket } from '../bucket/memory-bucket.ts';
import { isAppError } from '../errors.ts';
import {
  NO_TOTALS,
  addLink,
  listPartitions,
  selectLinks,
  type CatalogPartition,
  type CatalogQuery,
} from './catalog.ts';
import { claimSource } from './source-registry.ts';

const SAMPLE = sampleMetadata(0n, 1n);

async function archive(
  ...segments: readonly Parameters<typeof sampleMetadata>[]
): Promise<{ bucket: Bucket; at: CatalogPartition }> {
  const bucket = new MemoryBucket('catalog');
  const source = await claimSource(bucket, 'orders', {
    ...SAMPLE,
    partitionCount: 12,
    topicConfig: new Map(),
    nowMs: 1,
  });
  for (const segment of segments) await putSample(bucket, sampleMetadata(...segment));
  return { bucket, at: { source, location: SAMPLE_LOCATION } };
}

async function selected(bucket: Bucket, at: CatalogPartition, query: CatalogQuery): Promise<string[]> {
  const links = await Array.fromAsync(selectLinks(bucket, at, query));
  return links.map((link) => {
    const { start, end } = link.kind === 'segment' ? link.readable : link.range;
    return `${link.kind === 'segment' ? 'segment' : link.reason} ${start}-${end}`;
  });
}

test('partitions come source by source, in the order of their numbers', async () => {
  const { bucket } = await archive();
  await claimSource(bucket, 'orders', {
    ...SAMPLE,
    topicId: 'other',
    partitionCount: 1,
    topicConfig: new Map(),
    nowMs: 2,
  });
  for (const [source, partition] of [
    [1, 10],
    [1, 2],
    [2, 0],
  ] as const) {
    await putSample(bucket, { ...SAMPLE, partition }, { folder: 'orders', source, partition });
  }
  await bucket.put('orders/0001/notes/readme.txt', [Buffer.from('not a partition')]);
  const names = async (query: CatalogQuery): Promise<string[]> => {
    const partitions = await Array.fromAsync(listPartitions(bucket, 'orders', query));
    return partitions.map(({ location, source }) => `${source.number}/${location.partition}`);
  };
  assert.deepEqual(await names({}), ['1/2', '1/10', '2/0']);
  assert.deepEqual(await names({ sources: [1] }), ['1/2', '1/10']);
  assert.deepEqual(await names({ partitions: [0, 10] }), ['1/10', '2/0']);
  await assert.rejects(Array.fromAsync(listPartitions(bucket, 'absent')), (error) =>
    isAppError(error, 'ARCHIVE_FOLDER_MISSING'),
  );
});

test('offsets cut segments, times choose them', async () => {
  const { bucket, at } = await archive([0n, 10n], [10n, 20n], [20n, 30n], [30n, 40n]);
  assert.deepEqual(await selected(bucket, at, { fromOffset: 15n, toOffset: 22n }), ['segment 15-20', 'segment 20-22']);
  // A record each second: segment 10-20 holds 10,000 ms to 19,000 ms.
  assert.deepEqual(await selected(bucket, at, { fromTimestampMs: 19_000n, toTimestampMs: 20_001n }), [
    'segment 10-20',
    'segment 20-30',
  ]);
  assert.deepEqual(await selected(bucket, at, { fromTimestampMs: 19_001n, toTimestampMs: 20_000n }), []);
  assert.deepEqual(await selected(bucket, at, { fromTimestampMs: 39_000n }), ['segment 30-40']);
  assert.deepEqual(await selected(bucket, at, { toTimestampMs: 1n }), ['segment 0-10']);
});

test('a hole is shown when records of the wanted time may have been in it', async () => {
  const { bucket, at } = await archive([0n, 10n], [20n, 30n], [40n, 50n]);
  const whole = ['segment 0-10', 'missing 10-20', 'segment 20-30', 'missing 30-40', 'segment 40-50'];
  assert.deepEqual(await selected(bucket, at, {}), whole);
  assert.deepEqual(await selected(bucket, at, { toTimestampMs: 5_000n }), ['segment 0-10', 'missing 10-20']);
  assert.deepEqual(await selected(bucket, at, { fromTimestampMs: 45_000n }), ['missing 30-40', 'segment 40-50']);
  assert.deepEqual(await selected(bucket, at, { fromTimestampMs: 12_000n, toTimestampMs: 15_000n }), ['missing 10-20']);
  assert.deepEqual(await selected(bucket, at, { fromOffset: 12n, toOffset: 15n, fromTimestampMs: 1n }), [
    'missing 12-15',
  ]);
});

test('a segment without records has no time, and is not wanted for one', async () => {
  const none = {
    recordCount: 0,
    firstOffset: undefined,
    lastOffset: undefined,
    minTimestampMs: undefined,
    maxTimestampMs: undefined,
  };
  const { bucket, at } = await archive([0n, 10n], [10n, 20n, none], [30n, 40n]);
  assert.deepEqual(await selected(bucket, at, {}), ['segment 0-10', 'segment 10-20', 'missing 20-30', 'segment 30-40']);
  assert.deepEqual(await selected(bucket, at, { fromTimestampMs: 15_000n }), ['missing 20-30', 'segment 30-40']);
});

test('a segment of another topic id is refused, by name', async () => {
  const { bucket, at } = await archive([0n, 10n], [10n, 20n, { topicId: 'another' }]);
  await assert.rejects(
    selected(bucket, at, {}),
    (error) =>
      isAppError(error, 'ARCHIVE_SOURCE_CONFLICT') && error.subject === 'orders/0001/3/00000000000000000010.jsonl.zst',
  );
});

test('totals add up', async () => {
  const { bucket, at } = await archive([0n, 10n], [15n, 20n]);
  let totals = NO_TOTALS;
  for await (const link of selectLinks(bucket, at)) totals = addLink(totals, link);
  assert.deepEqual(totals, { segmentCount: 2, recordCount: 15, objectBytes: 8, linesBytes: 1500, missingOffsets: 5n });
});
