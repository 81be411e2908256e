import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SegmentMetadata } from '../core/segment/segment-metadata.ts';
import { segmentStored } from './segment-event.ts';

const segment: SegmentMetadata = {
  formatVersion: 1,
  clusterId: 'c',
  topic: 'orders',
  topicId: 't',
  partition: 2,
  compression: 'zstd',
  start: 5n,
  end: 12n,
  recordCount: 3,
  firstOffset: 6n,
  lastOffset: 9n,
  minTimestampMs: 1_709_288_130_120n,
  maxTimestampMs: 1_709_288_133_000n,
  linesBytes: 100,
  linesCrc32c: 1,
  gapCounts: {},
  gaps: [],
  precedingGap: undefined,
  writer: 'w',
  createdAtMs: 0,
};

test('the event has exactly the fields of the mirrored system', () => {
  const event = segmentStored('orders/0001/2/00000000000000000005.jsonl.zst', segment);
  assert.ok(event);
  assert.deepEqual(JSON.parse(event.key), { topic: 'orders', partition: 2 });
  assert.deepEqual(JSON.parse(event.value), {
    filePath: 'orders/0001/2/00000000000000000005.jsonl.zst',
    batchTimeStart: '2024-03-01T10:15:30.120Z',
    batchTimeEnd: '2024-03-01T10:15:33.000Z',
    batchOffsetStart: 6,
    batchOffsetEnd: 9,
    batchSize: 3,
  });
});

test('a time that no date can show is null', () => {
  const event = segmentStored('k', { ...segment, maxTimestampMs: 2n ** 63n - 1n });
  assert.match(event?.value ?? '', /"batchTimeEnd":null/);
});

test('a segment without records announces nothing', () => {
  const empty = { ...segment, recordCount: 0, firstOffset: undefined, lastOffset: undefined };
  assert.equal(segmentStored('k', empty), undefined);
});
