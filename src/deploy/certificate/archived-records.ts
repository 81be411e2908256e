import type { ChainLink } from '../../core/archive/partition-chain.ts';
import type { Bucket } from '../../core/bucket/bucket.ts';
import type { KafkaRecord } from '../../core/record/kafka-record.ts';
import type { OffsetRange } from '../../core/record/topic-partition.ts';
import { segmentRecords } from '../../core/segment/segment-records.ts';
import { bytesHolding, readTrailer } from '../../core/segment/trailer-reader.ts';

type SegmentLink = Extract<ChainLink, { kind: 'segment' }>;

const CHUNK_BYTES = 4 * 1024 * 1024;
/** Smaller objects are read whole: looking for the right frame would cost more than it saves. */
const SEEK_BYTES_MIN = 256 * 1024;

/**
 * The records of a segment in a range of offsets, in order. Of a large compressed segment only the frames that hold them are
 * read.
 * @throws SEGMENT_CORRUPT, BUCKET_*
 */
export async function* readArchivedRecords(
  bucket: Bucket,
  segment: SegmentLink,
  range: OffsetRange,
): AsyncGenerator<KafkaRecord> {
  const { key, sizeBytes, metadata } = segment;
  const extent = await extentOf(bucket, segment, range);
  if (extent === undefined) return;
  const whole = extent.start === 0 && extent.end === sizeBytes;
  const { compression } = metadata;
  const source = { objectKey: key, compression, metadata, position: extent.start, whole, range };
  yield* segmentRecords(source, chunksOf(bucket, key, extent));
}

async function extentOf(
  bucket: Bucket,
  { key, sizeBytes, metadata }: SegmentLink,
  range: OffsetRange,
): Promise<{ readonly start: number; readonly end: number } | undefined> {
  const { compression } = metadata;
  if (compression === 'none' || sizeBytes <= SEEK_BYTES_MIN) return { start: 0, end: sizeBytes };
  const read = (part: { readonly start: number; readonly end: number }): Promise<Uint8Array> => bucket.get(key, part);
  const { frames } = await readTrailer({ objectKey: key, sizeBytes, read }, compression);
  return bytesHolding(frames, { range, timestamps: undefined });
}

async function* chunksOf(
  bucket: Bucket,
  key: string,
  extent: { readonly start: number; readonly end: number },
): AsyncGenerator<Uint8Array> {
  for (let start = extent.start; start < extent.end; start += CHUNK_BYTES) {
    yield await bucket.get(key, { start, end: Math.min(start + CHUNK_BYTES, extent.end) });
  }
}
