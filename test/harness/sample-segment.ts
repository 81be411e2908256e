import { segmentKey, type PartitionLocation } from '../../src/core/archive/archive-layout.ts';
import type { Bucket, ObjectKey } from '../../src/core/bucket/bucket.ts';
import { formatObjectMetadata } from '../../src/core/segment/segment-metadata-codec.ts';
import type { SegmentMetadata } from '../../src/core/segment/segment-metadata.ts';

/** Where samples are put unless a test says otherwise. */
export const SAMPLE_LOCATION: PartitionLocation = { folder: 'orders', source: 1, partition: 3 };

/** Metadata of a segment `start..end` that has a record at every offset, a second apart. */
export function sampleMetadata(start: bigint, end: bigint, changes: Partial<SegmentMetadata> = {}): SegmentMetadata {
  return {
    formatVersion: 1,
    clusterId: 'cluster-a',
    topic: 'orders',
    topicId: 'b0e7a1de-3a3c-4d0f-9c53-2b3a4f0a0001',
    partition: SAMPLE_LOCATION.partition,
    compression: 'zstd',
    start,
    end,
    recordCount: Number(end - start),
    firstOffset: start,
    lastOffset: end - 1n,
    minTimestampMs: start * 1000n,
    maxTimestampMs: (end - 1n) * 1000n,
    linesBytes: Number(end - start) * 100,
    linesCrc32c: 0x0badcafe,
    gapCounts: {},
    gaps: [],
    precedingGap: undefined,
    writer: 'writer-1',
    createdAtMs: 1_700_000_000_000,
    ...changes,
  };
}

/** Puts an object with that metadata, and a body that nobody reads; its key. */
export async function putSample(
  bucket: Bucket,
  metadata: SegmentMetadata,
  location: PartitionLocation = SAMPLE_LOCATION,
): Promise<ObjectKey> {
  const key = segmentKey(location, metadata.start, metadata.compression);
  await bucket.put(key, [Buffer.from('body')], { metadata: formatObjectMetadata(metadata) });
  return key;
}
