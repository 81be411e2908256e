import { crc32c } from '../record/crc32c.ts';
import type { FrameEntry } from './frame-index.ts';
import { emptyGzipMember, EXTRA_DATA_BYTES_MAX } from './gzip-member.ts';
import { countsText, gapText, hexOf } from './segment-metadata-codec.ts';
import type { SegmentMetadata } from './segment-metadata.ts';

/** Skippable frame with the metadata (zstd_compression_format.md, "Skippable Frames"). */
export const METADATA_MAGIC = 0x184d2a5d;
/** Skippable frame with the seek table (zstd_seekable_compression_format.md). */
export const SEEK_TABLE_MAGIC = 0x184d2a5e;
/** Last four bytes of a seek table. */
export const SEEKABLE_MAGIC = 0x8f92eab1;
/** Magic and size. */
export const SKIPPABLE_HEADER_BYTES = 8;
/** Compressed and decompressed size. */
export const SEEK_ENTRY_BYTES = 8;
/** Number of frames (uint32), flags (a byte) and SEEKABLE_MAGIC. */
export const SEEK_FOOTER_BYTES = 9;

/** Of the metadata, behind it. */
const CHECKSUM_BYTES = 4;

/** Gaps are listed in a trailer only up to this many bytes; beyond, it has their counts. */
const GAPS_BYTES_MAX = 1024 * 1024;

/** The metadata as JSON. Numbers of 64 bits are decimal strings. The fields are described in docs/format.md. */
function metadataJson(metadata: SegmentMetadata, frames: readonly FrameEntry[]): string {
  const gaps = metadata.gaps?.map(gapText);
  const gapsBytes = gaps?.reduce((sum, text) => sum + text.length + 3, 0) ?? 0;
  return JSON.stringify({
    format: metadata.formatVersion,
    cluster: metadata.clusterId,
    topic: metadata.topic,
    topicId: metadata.topicId,
    partition: metadata.partition,
    compression: metadata.compression,
    start: String(metadata.start),
    end: String(metadata.end),
    records: metadata.recordCount,
    firstOffset: metadata.firstOffset?.toString(),
    lastOffset: metadata.lastOffset?.toString(),
    minTimestamp: metadata.minTimestampMs?.toString(),
    maxTimestamp: metadata.maxTimestampMs?.toString(),
    linesBytes: metadata.linesBytes,
    linesCrc32c: hexOf(metadata.linesCrc32c),
    gapCounts: countsText(metadata.gapCounts),
    gaps: gapsBytes > GAPS_BYTES_MAX ? undefined : gaps,
    precedingGap: metadata.precedingGap && gapText(metadata.precedingGap),
    writer: metadata.writer,
    createdAt: metadata.createdAtMs,
    frames: frames.map((frame) => [
      frame.bodyBytes,
      frame.linesBytes,
      frame.recordCount,
      String(frame.firstOffset),
      String(frame.lastOffset),
      String(frame.minTimestampMs),
      String(frame.maxTimestampMs),
    ]),
  });
}

/** What follows the frames, so that the object alone tells all about itself; decompressors pass over it. */
export function writeTrailer(metadata: SegmentMetadata, frames: readonly FrameEntry[]): Uint8Array<ArrayBuffer>[] {
  if (metadata.compression === 'none') return [];
  const content = withChecksum(new TextEncoder().encode(metadataJson(metadata, frames)));
  if (metadata.compression === 'gzip') return gzipTrailer(content);
  const metadataFrame = skippableFrame(METADATA_MAGIC, content);
  return [metadataFrame, seekTable(frames, metadataFrame.length)];
}

/** Compression has no checksum for what it passes over, so the metadata's (CRC-32C, uint32 LE) follows it. */
function withChecksum(json: Uint8Array): Uint8Array {
  const content = new Uint8Array(json.length + CHECKSUM_BYTES);
  content.set(json);
  new DataView(content.buffer).setUint32(json.length, crc32c(json), true);
  return content;
}

function skippableFrame(magic: number, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(SKIPPABLE_HEADER_BYTES + content.length);
  const view = new DataView(frame.buffer);
  view.setUint32(0, magic, true);
  view.setUint32(4, content.length, true);
  frame.set(content, SKIPPABLE_HEADER_BYTES);
  return frame;
}

/** Entries of compressed and decompressed size, one for every frame before the table, the metadata's (0 lines) too. */
function seekTable(frames: readonly FrameEntry[], metadataBytes: number): Uint8Array<ArrayBuffer> {
  const count = frames.length + 1;
  const content = new Uint8Array(count * SEEK_ENTRY_BYTES + SEEK_FOOTER_BYTES);
  const view = new DataView(content.buffer);
  frames.forEach((frame, i) => {
    view.setUint32(i * SEEK_ENTRY_BYTES, frame.bodyBytes, true);
    view.setUint32(i * SEEK_ENTRY_BYTES + 4, frame.linesBytes, true);
  });
  view.setUint32(frames.length * SEEK_ENTRY_BYTES, metadataBytes, true);
  view.setUint32(count * SEEK_ENTRY_BYTES, count, true);
  view.setUint32(count * SEEK_ENTRY_BYTES + 5, SEEKABLE_MAGIC, true);
  return skippableFrame(SEEK_TABLE_MAGIC, content);
}

/** Subfield with a part of the metadata. */
export const GZIP_METADATA_FIELD = 'BM';
/** Subfield of the very last member: bytes of the members before it that carry metadata (uint32 LE). */
export const GZIP_TRAILER_FIELD = 'BT';

function gzipTrailer(content: Uint8Array): Uint8Array<ArrayBuffer>[] {
  const members: Uint8Array<ArrayBuffer>[] = [];
  for (let start = 0; start < content.length; start += EXTRA_DATA_BYTES_MAX) {
    members.push(emptyGzipMember(GZIP_METADATA_FIELD, content.subarray(start, start + EXTRA_DATA_BYTES_MAX)));
  }
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(
    0,
    members.reduce((sum, member) => sum + member.length, 0),
    true,
  );
  return [...members, emptyGzipMember(GZIP_TRAILER_FIELD, bytes)];
}

/** The JSON of the metadata's content. @throws RangeError when its checksum does not match. */
export function checkMetadataContent(content: Buffer): string {
  const jsonBytes = content.length - CHECKSUM_BYTES;
  if (jsonBytes < 0 || crc32c(content.subarray(0, jsonBytes)) !== content.readUInt32LE(jsonBytes)) {
    throw new RangeError('the checksum of the metadata does not match');
  }
  return content.toString('utf8', 0, jsonBytes);
}
