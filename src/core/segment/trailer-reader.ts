import type { OffsetGap } from '../record/topic-partition.ts';
import type { FrameEntry } from './frame-index.ts';
import { emptyGzipMember, gzipMemberAt } from './gzip-member.ts';
import { reasonOf, segmentCorrupt } from './segment-corrupt.ts';
import {
  checkFormatVersion,
  FieldReader,
  FORMAT_VERSION,
  parseCompression,
  parseCount,
  parseCounts,
  parseGap,
  parseHex,
  parseInteger,
} from './segment-metadata-codec.ts';
import type { SegmentCompression, SegmentMetadata } from './segment-metadata.ts';
import {
  checkMetadataContent,
  GZIP_METADATA_FIELD,
  GZIP_TRAILER_FIELD,
  METADATA_MAGIC,
  SEEK_ENTRY_BYTES,
  SEEK_FOOTER_BYTES,
  SEEK_TABLE_MAGIC,
  SEEKABLE_MAGIC,
  SKIPPABLE_HEADER_BYTES,
} from './segment-trailer.ts';
import type { WantedRecords } from './wasm-decoder.ts';

/** Gives bytes `start` up to, not including, `end` of an object. */
export type ReadBytes = (range: { readonly start: number; readonly end: number }) => Promise<Uint8Array>;

/** An object and a way to its bytes. */
export interface SegmentBytes {
  readonly objectKey: string;
  readonly sizeBytes: number;
  readonly read: ReadBytes;
}

/** What a segment says about itself at its end. */
export interface SegmentTrailer {
  readonly metadata: SegmentMetadata;
  /** In order of position, and so of offset. */
  readonly frames: readonly FrameEntry[];
}

/** Enough for the trailers of nearly all segments. */
const TAIL_BYTES = 64 * 1024;
const TRAILER_MEMBER_BYTES = emptyGzipMember(GZIP_TRAILER_FIELD, new Uint8Array(4)).length;

/**
 * Metadata and frame index from the end of a zstd or gzip segment, in one read, or two when there is much of it.
 * @throws SEGMENT_CORRUPT when there is no trailer, or it is damaged; SEGMENT_FORMAT_UNSUPPORTED.
 */
export async function readTrailer(
  bytes: SegmentBytes,
  compression: Exclude<SegmentCompression, 'none'>,
): Promise<SegmentTrailer> {
  const { objectKey, sizeBytes } = bytes;
  const start = Math.max(0, sizeBytes - TAIL_BYTES);
  let tail = Buffer.from(await bytes.read({ start, end: sizeBytes }));
  try {
    const trailerBytes = compression === 'zstd' ? zstdTrailerBytes(tail) : gzipTrailerBytes(tail);
    if (trailerBytes > sizeBytes) throw new RangeError('its trailer is longer than the object');
    if (trailerBytes > tail.length) {
      tail = Buffer.from(await bytes.read({ start: sizeBytes - trailerBytes, end: sizeBytes }));
    }
    const trailer = tail.subarray(-trailerBytes);
    const json = checkMetadataContent(compression === 'zstd' ? zstdMetadata(trailer) : gzipMetadata(trailer));
    return parseTrailer(objectKey, json, sizeBytes - trailerBytes);
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof SyntaxError)) throw error;
    throw segmentCorrupt(objectKey, start, `its end is no trailer: ${reasonOf(error)}`, error);
  }
}

function zstdTrailerBytes(tail: Buffer): number {
  const footer = tail.length - SEEK_FOOTER_BYTES;
  if (footer < 0 || tail.readUInt32LE(footer + 5) !== SEEKABLE_MAGIC) throw new RangeError('no seek table');
  const tableBytes = tail.readUInt32LE(footer) * SEEK_ENTRY_BYTES + SEEK_FOOTER_BYTES;
  const metadataEntry = tail.length - SEEK_FOOTER_BYTES - SEEK_ENTRY_BYTES;
  if (metadataEntry < 0) throw new RangeError('a seek table without entries');
  return SKIPPABLE_HEADER_BYTES + tableBytes + tail.readUInt32LE(metadataEntry);
}

function zstdMetadata(trailer: Buffer): Buffer {
  const end = SKIPPABLE_HEADER_BYTES + trailer.readUInt32LE(4);
  if (trailer.readUInt32LE(0) !== METADATA_MAGIC || trailer.readUInt32LE(end) !== SEEK_TABLE_MAGIC) {
    throw new RangeError('no metadata');
  }
  return trailer.subarray(SKIPPABLE_HEADER_BYTES, end);
}

function gzipTrailerBytes(tail: Buffer): number {
  const last = gzipMemberAt(tail.subarray(-TRAILER_MEMBER_BYTES));
  if (last?.field?.name !== GZIP_TRAILER_FIELD || last.field.data.length !== 4) throw new RangeError('no last member');
  return TRAILER_MEMBER_BYTES + last.field.data.readUInt32LE(0);
}

function gzipMetadata(trailer: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let position = 0; position < trailer.length - TRAILER_MEMBER_BYTES;) {
    const member = gzipMemberAt(trailer.subarray(position));
    if (member?.field?.name !== GZIP_METADATA_FIELD) throw new RangeError('no metadata');
    parts.push(member.field.data);
    position += member.sizeBytes;
  }
  return Buffer.concat(parts);
}

function parseTrailer(objectKey: string, json: string, framesBytes: number): SegmentTrailer {
  const fields: unknown = JSON.parse(json);
  if (typeof fields !== 'object' || fields === null) throw new RangeError('its metadata is no object');
  const values: Readonly<Record<string, unknown>> = { ...fields };
  checkFormatVersion(objectKey, values['format']);
  const frames = parseFrames(values['frames']);
  const last = frames.at(-1);
  if ((last === undefined ? 0 : last.position + last.bodyBytes) !== framesBytes) {
    throw new RangeError('its frames do not add up');
  }
  return { metadata: parseMetadata(objectKey, values), frames };
}

function parseMetadata(objectKey: string, values: Readonly<Record<string, unknown>>): SegmentMetadata {
  const reader = new FieldReader(objectKey, (name) => textOf(values[name]));
  const gaps = values['gaps'];
  return {
    formatVersion: FORMAT_VERSION,
    clusterId: reader.required('cluster', String),
    topic: reader.required('topic', String),
    topicId: reader.required('topicId', String),
    partition: reader.required('partition', parseCount),
    compression: reader.required('compression', parseCompression),
    start: reader.required('start', parseInteger),
    end: reader.required('end', parseInteger),
    recordCount: reader.required('records', parseCount),
    firstOffset: reader.optional('firstOffset', parseInteger),
    lastOffset: reader.optional('lastOffset', parseInteger),
    minTimestampMs: reader.optional('minTimestamp', parseInteger),
    maxTimestampMs: reader.optional('maxTimestamp', parseInteger),
    linesBytes: reader.required('linesBytes', parseCount),
    linesCrc32c: reader.required('linesCrc32c', parseHex),
    gapCounts: reader.required('gapCounts', parseCounts),
    gaps: Array.isArray(gaps) ? gaps.map((gap: unknown): OffsetGap => parseGap(String(gap))) : undefined,
    precedingGap: reader.optional('precedingGap', parseGap),
    writer: reader.required('writer', String),
    createdAtMs: reader.required('createdAt', parseCount),
  };
}

/** Fields are texts and numbers; anything else is as good as missing. */
function textOf(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

function parseFrames(entries: unknown): FrameEntry[] {
  if (!Array.isArray(entries)) throw new RangeError('it lists no frames');
  let position = 0;
  return entries.map((entry: unknown): FrameEntry => {
    const parts: readonly string[] = Array.isArray(entry) ? entry.map(String) : [];
    const [bodyBytes = '', linesBytes = '', recordCount = '', first = '', last = '', min = '', max = ''] = parts;
    const frame = {
      position,
      bodyBytes: parseCount(bodyBytes),
      linesBytes: parseCount(linesBytes),
      recordCount: parseCount(recordCount),
      firstOffset: parseInteger(first),
      lastOffset: parseInteger(last),
      minTimestampMs: parseInteger(min),
      maxTimestampMs: parseInteger(max),
    };
    position += frame.bodyBytes;
    return frame;
  });
}

/** The bytes of the object from the first to the last frame that may hold a wanted record; undefined when none does. */
export function bytesHolding(
  frames: readonly FrameEntry[],
  { range, timestamps }: WantedRecords,
): { readonly start: number; readonly end: number } | undefined {
  const holding = frames.filter(
    (frame) =>
      frame.lastOffset >= range.start &&
      frame.firstOffset < range.end &&
      (timestamps === undefined ||
        (frame.maxTimestampMs >= timestamps.fromMs && frame.minTimestampMs < timestamps.untilMs)),
  );
  const [first, last] = [holding[0], holding.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  return { start: first.position, end: last.position + last.bodyBytes };
}
