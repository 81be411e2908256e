import type { Bucket } from '../core/bucket/bucket.ts';
import type { StoredSegment } from '../core/archive/stored-segment.ts';
import { mapAhead } from '../core/archive/map-ahead.ts';
import { FrameReader, type FrameLines } from '../core/segment/frame-reader.ts';
import type { SegmentCompression } from '../core/segment/segment-metadata.ts';

/** What is asked of the store at once. */
const CHUNK_BYTES = 4 * 1024 * 1024;

/** Chunks asked for ahead of the one that is read. */
const CHUNKS_AHEAD = 2;

/** An object to be read as a segment. */
export interface SegmentObject extends Pick<StoredSegment, 'key' | 'sizeBytes'> {
  readonly compression: SegmentCompression;
}

/**
 * The lines of a segment, frame by frame, read once from beginning to end. Nothing of a frame comes out before its
 * checksum is found right. Memory: a few chunks of 4 MiB and a frame.
 * @throws SEGMENT_CORRUPT naming the object and the byte; BUCKET_*.
 */
export async function* readSegmentLines(bucket: Bucket, object: SegmentObject): AsyncGenerator<FrameLines> {
  const { key: objectKey, sizeBytes, compression } = object;
  const reader = new FrameReader({ objectKey, compression, position: 0, whole: true, strictEnd: true });
  const chunks = mapAhead(chunkRanges(sizeBytes), (range) => bucket.get(objectKey, range), CHUNKS_AHEAD);
  for await (const chunk of chunks) {
    reader.push(chunk);
    yield* readyLines(reader);
  }
  reader.end();
  yield* readyLines(reader);
}

function* readyLines(reader: FrameReader): Generator<FrameLines> {
  for (let next = reader.next(); next !== 'input' && next !== 'end'; next = reader.next()) yield next;
}

function* chunkRanges(sizeBytes: number): Generator<{ readonly start: number; readonly end: number }> {
  for (let start = 0; start < sizeBytes; start += CHUNK_BYTES) {
    yield { start, end: Math.min(start + CHUNK_BYTES, sizeBytes) };
  }
}
