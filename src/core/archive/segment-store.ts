import { assert } from '../assert.ts';
import type { Bucket } from '../bucket/bucket.ts';
import { AppError } from '../errors.ts';
import { formatObjectMetadata } from '../segment/segment-metadata-codec.ts';
import type { EncodedSegment, SegmentIdentity, SegmentMetadata } from '../segment/segment-metadata.ts';
import { segmentKey, type PartitionLocation } from './archive-layout.ts';
import { requireStoredSegment, type StoredSegment } from './stored-segment.ts';

/**
 * `stored`: this call created it. `mine`: it was there already, with this writer, end and checksum: an earlier answer was
 * lost. `exists`: another writer's is there; `segment` is that one, and its end is where to go on from.
 */
export interface StoreResult {
  readonly outcome: 'stored' | 'mine' | 'exists';
  readonly segment: StoredSegment;
}

/**
 * Puts a segment at its place, once. Two writers that compress alike meet at one name, and one of them wins; two that do
 * not may both be stored, and the chain rule (`ChainWalker`) lets each offset of them be read once.
 * @throws ARCHIVE_SOURCE_CONFLICT when the one that is there is not of the same topic id, cluster and partition.
 * @throws SEGMENT_CORRUPT, SEGMENT_FORMAT_UNSUPPORTED when the one that is there cannot be understood; BUCKET_*.
 */
export async function storeSegment(
  bucket: Bucket,
  location: PartitionLocation,
  encoded: EncodedSegment,
): Promise<StoreResult> {
  const { metadata, body, bodyBytes: sizeBytes } = encoded;
  assert(metadata.partition === location.partition, 'a segment is stored with its partition');
  assert(metadata.end > metadata.start, 'a segment covers at least one offset');
  const key = segmentKey(location, metadata.start, metadata.compression);
  const result = await bucket.put(key, body, {
    metadata: formatObjectMetadata(metadata),
    contentType: CONTENT_TYPES[metadata.compression],
  });
  if (result === 'created') return { outcome: 'stored', segment: { key, sizeBytes, metadata } };
  const segment = await requireStoredSegment(bucket, key);
  checkSameSource(segment, metadata);
  return { outcome: isSame(segment.metadata, metadata) ? 'mine' : 'exists', segment };
}

/**
 * That a segment found in the bucket is of the topic that it should be of.
 * @throws ARCHIVE_SOURCE_CONFLICT otherwise.
 */
export function checkSameSource(found: StoredSegment, wanted: Omit<SegmentIdentity, 'topic'>): void {
  const { clusterId, topicId, partition } = found.metadata;
  if (clusterId === wanted.clusterId && topicId === wanted.topicId && partition === wanted.partition) return;
  const is = `partition ${partition} of topic id ${topicId} of cluster ${clusterId}`;
  throw new AppError(
    'ARCHIVE_SOURCE_CONFLICT',
    `${found.key} is of ${is}, not of partition ${wanted.partition} of ${wanted.topicId} of ${wanted.clusterId}`,
    {
      subject: found.key,
      hint: 'Somebody copied segments between sources. Move them away, or archive into another folder.',
    },
  );
}

const CONTENT_TYPES = { none: 'application/x-ndjson', gzip: 'application/gzip', zstd: 'application/zstd' } as const;

function isSame(a: SegmentMetadata, b: SegmentMetadata): boolean {
  return a.writer === b.writer && a.end === b.end && a.linesCrc32c === b.linesCrc32c && a.linesBytes === b.linesBytes;
}
