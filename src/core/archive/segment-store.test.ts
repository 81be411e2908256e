import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SAMPLE_LOCATION, putSample, sampleMetadata } from '../../../test/harness/sample-segment.ts';
import { MemoryBucket } from '../bucket/memory-bucket.ts';
import { isAppError } from '../errors.ts';
import type { EncodedSegment, SegmentMetadata } from '../segment/segment-metadata.ts';
import { segmentKey } from './archive-layout.ts';
import { storeSegment } from './segment-store.ts';
import { readStoredSegment } from './stored-segment.ts';

function encoded(metadata: SegmentMetadata): EncodedSegment {
  return { metadata, body: [Buffer.from('some '), Buffer.from('lines')], bodyBytes: 10 };
}

test('stores once; the same one again is mine, another one exists', async () => {
  const bucket = new MemoryBucket('store');
  const mine = sampleMetadata(100n, 200n);
  const stored = await storeSegment(bucket, SAMPLE_LOCATION, encoded(mine));
  assert.deepEqual(stored, {
    outcome: 'stored',
    segment: { key: 'orders/0001/3/00000000000000000100.jsonl.zst', sizeBytes: 10, metadata: mine },
  });
  assert.equal((await storeSegment(bucket, SAMPLE_LOCATION, encoded(mine))).outcome, 'mine');
  for (const change of [{ writer: 'writer-2' }, { end: 150n }, { linesCrc32c: 1 }, { linesBytes: 1 }]) {
    const lost = await storeSegment(bucket, SAMPLE_LOCATION, encoded({ ...mine, ...change }));
    assert.deepEqual(lost, { outcome: 'exists', segment: stored.segment });
  }
  assert.deepEqual(await readStoredSegment(bucket, stored.segment.key), stored.segment);
});

test('what is there under the name must be of the same topic id, cluster and place', async () => {
  const mine = sampleMetadata(100n, 200n);
  const cases = [
    [{ topicId: 'another' }, 'ARCHIVE_SOURCE_CONFLICT'],
    [{ clusterId: 'another' }, 'ARCHIVE_SOURCE_CONFLICT'],
    [{ partition: 4 }, 'SEGMENT_CORRUPT'],
  ] as const;
  for (const [change, code] of cases) {
    const bucket = new MemoryBucket('conflict');
    await putSample(bucket, { ...mine, ...change });
    await assert.rejects(storeSegment(bucket, SAMPLE_LOCATION, encoded(mine)), (error) => isAppError(error, code));
  }
});

test('metadata that is not the object’s own is found', async () => {
  const key = segmentKey(SAMPLE_LOCATION, 100n, 'zstd');
  const bucket = new MemoryBucket('renamed');
  await putSample(bucket, sampleMetadata(200n, 300n));
  const other = await bucket.head(segmentKey(SAMPLE_LOCATION, 200n, 'zstd'));
  await bucket.put(key, [Buffer.from('body')], { metadata: other?.metadata ?? {} });
  await assert.rejects(
    readStoredSegment(bucket, key),
    (error) => isAppError(error, 'SEGMENT_CORRUPT') && error.subject === key,
  );
  assert.equal(await readStoredSegment(bucket, segmentKey(SAMPLE_LOCATION, 300n, 'zstd')), undefined);
});
