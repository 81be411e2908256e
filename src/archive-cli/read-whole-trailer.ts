import type { Bucket } from '../core/bucket/bucket.ts';
import { segmentCorrupt } from '../core/segment/segment-corrupt.ts';
import { SEEK_ENTRY_BYTES, SEEK_FOOTER_BYTES } from '../core/segment/segment-trailer.ts';
import { readTrailer, type SegmentTrailer } from '../core/segment/trailer-reader.ts';
import type { SegmentObject } from './read-segment-lines.ts';

/**
 * The trailer of a compressed segment; undefined for one that is not. Other than `readTrailer` it also compares the zstd
 * seek table, which is there for other programs, with our own list of frames.
 * @throws SEGMENT_CORRUPT, SEGMENT_FORMAT_UNSUPPORTED, BUCKET_*.
 */
export async function readWholeTrailer(bucket: Bucket, object: SegmentObject): Promise<SegmentTrailer | undefined> {
  const { key: objectKey, sizeBytes, compression } = object;
  if (compression === 'none') return undefined;
  const trailer = await readTrailer(
    { objectKey, sizeBytes, read: (range) => bucket.get(objectKey, range) },
    compression,
  );
  if (compression === 'zstd') await checkSeekTable(bucket, object, trailer);
  return trailer;
}

async function checkSeekTable(
  bucket: Bucket,
  { key, sizeBytes }: SegmentObject,
  { frames }: SegmentTrailer,
): Promise<void> {
  // One entry for each frame and one for the metadata, and the number of them with the flags behind.
  const entriesBytes = (frames.length + 1) * SEEK_ENTRY_BYTES;
  const start = sizeBytes - SEEK_FOOTER_BYTES - entriesBytes;
  const table = Buffer.from(await bucket.get(key, { start, end: sizeBytes }));
  const isListed = frames.every(
    ({ bodyBytes, linesBytes }, index) =>
      table.readUInt32LE(index * SEEK_ENTRY_BYTES) === bodyBytes &&
      table.readUInt32LE(index * SEEK_ENTRY_BYTES + 4) === linesBytes,
  );
  const isClosed =
    table.readUInt32LE(entriesBytes - 4) === 0 &&
    table.readUInt32LE(entriesBytes) === frames.length + 1 &&
    table.readUInt8(entriesBytes + 4) === 0;
  if (!isListed || !isClosed) throw segmentCorrupt(key, start, 'its seek table is not that of its frames');
}
