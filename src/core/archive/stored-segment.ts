import type { Bucket, ObjectKey } from '../bucket/bucket.ts';
import { AppError } from '../errors.ts';
import { parseObjectMetadata } from '../segment/segment-metadata-codec.ts';
import type { SegmentMetadata } from '../segment/segment-metadata.ts';
import { type ReadBytes, readTrailer } from '../segment/trailer-reader.ts';
import { parseSegmentKey } from './archive-layout.ts';

/** A segment that is in the bucket. */
export interface StoredSegment {
  readonly key: ObjectKey;
  /** Of the object, compressed. */
  readonly sizeBytes: number;
  readonly metadata: SegmentMetadata;
}

/**
 * What is known of a segment without reading its lines: from the object's metadata or, when the store has lost that (a
 * copy with a tool that drops it), from the trailer, which segments without compression have not. Undefined when there is no such object.
 * @throws SEGMENT_CORRUPT, SEGMENT_FORMAT_UNSUPPORTED.
 */
export async function readStoredSegment(bucket: Bucket, key: ObjectKey): Promise<StoredSegment | undefined> {
  const info = await bucket.head(key);
  if (info === undefined) return undefined;
  const { sizeBytes } = info;
  const metadata = parseObjectMetadata(info.metadata, key) ?? (await trailerMetadata(bucket, key, sizeBytes));
  checkSegmentMetadata(key, metadata);
  return { key, sizeBytes, metadata };
}

async function trailerMetadata(bucket: Bucket, key: ObjectKey, sizeBytes: number): Promise<SegmentMetadata> {
  const compression = parseSegmentKey(key)?.compression;
  if (compression === undefined || compression === 'none') throw withoutMetadata(key);
  const read: ReadBytes = (range) => bucket.get(key, range);
  return (await readTrailer({ objectKey: key, sizeBytes, read }, compression)).metadata;
}

/**
 * As `readStoredSegment`, for a segment that was seen a moment ago.
 * @throws BUCKET_OBJECT_MISSING when it is gone; as `readStoredSegment`.
 */
export async function requireStoredSegment(bucket: Bucket, key: ObjectKey): Promise<StoredSegment> {
  const stored = await readStoredSegment(bucket, key);
  if (stored !== undefined) return stored;
  throw new AppError('BUCKET_OBJECT_MISSING', `${key} was there, and is gone`, {
    subject: key,
    hint: 'Somebody deletes segments while they are in use. Try again when that is over.',
  });
}

/**
 * That the metadata can be that of the object of this name.
 * @throws SEGMENT_CORRUPT when start, partition or compression are others, or the range is empty.
 */
export function checkSegmentMetadata(key: ObjectKey, metadata: SegmentMetadata): void {
  const problem = metadataProblem(key, metadata);
  if (problem === undefined) return;
  throw new AppError('SEGMENT_CORRUPT', `the metadata of ${key} is not its own: ${problem}`, {
    subject: key,
    hint: 'The object was copied, renamed or damaged. Run `bss archive verify`, and restore it under its own name.',
  });
}

function withoutMetadata(key: ObjectKey): AppError {
  return new AppError('SEGMENT_CORRUPT', `${key} has no metadata`, {
    subject: key,
    hint: 'It was copied with a tool that drops object metadata. Copy it again with one that keeps it.',
  });
}

function metadataProblem(key: ObjectKey, metadata: SegmentMetadata): string | undefined {
  const named = parseSegmentKey(key);
  if (named === undefined) return 'the name is not a segment’s';
  const { start, end, partition, compression } = metadata;
  if (start !== named.start) return `it starts at ${start}`;
  if (end <= start) return `it ends at ${end}, before it starts`;
  if (partition !== named.location.partition) return `it is of partition ${partition}`;
  if (compression !== named.compression) return `its compression is ${compression}`;
  return undefined;
}
