import { AppError } from '../errors.ts';
import { GAP_REASONS } from '../record/topic-partition.ts';
import type { GapReason, OffsetGap } from '../record/topic-partition.ts';
import type { SegmentCompression, SegmentMetadata } from './segment-metadata.ts';

/** The format version that this release writes, and the only one it reads. */
export const FORMAT_VERSION = 1;

/**
 * Names and values of a segment's object metadata together stay below this. Stores take 2,048 bytes, and some count the
 * prefix that S3 puts before each name (MinIO does, AWS does not).
 */
const OBJECT_METADATA_BYTES_MAX = 1900;
const PREFIX_BYTES = 'x-amz-meta-'.length;

const COMPRESSIONS: readonly SegmentCompression[] = ['none', 'gzip', 'zstd'];

/** Object metadata of a segment. Gaps are written as ranges only while they fit; their counts always. */
export function formatObjectMetadata(metadata: SegmentMetadata): Record<string, string> {
  const entries: Record<string, string> = {
    'bss-format': String(metadata.formatVersion),
    'bss-cluster': encodeURI(metadata.clusterId),
    'bss-topic': encodeURI(metadata.topic),
    'bss-topic-id': encodeURI(metadata.topicId),
    'bss-partition': String(metadata.partition),
    'bss-compression': metadata.compression,
    'bss-start': String(metadata.start),
    'bss-end': String(metadata.end),
    'bss-records': String(metadata.recordCount),
    'bss-lines-bytes': String(metadata.linesBytes),
    'bss-lines-crc32c': hexOf(metadata.linesCrc32c),
    'bss-writer': encodeURI(metadata.writer),
    'bss-created-at': String(metadata.createdAtMs),
  };
  put(entries, 'bss-first-offset', metadata.firstOffset);
  put(entries, 'bss-last-offset', metadata.lastOffset);
  put(entries, 'bss-min-timestamp', metadata.minTimestampMs);
  put(entries, 'bss-max-timestamp', metadata.maxTimestampMs);
  put(entries, 'bss-gap-counts', countsText(metadata.gapCounts));
  put(entries, 'bss-preceding-gap', metadata.precedingGap && gapText(metadata.precedingGap));
  const gaps = metadata.gaps === undefined || metadata.gaps.length === 0 ? undefined : metadata.gaps;
  const left = OBJECT_METADATA_BYTES_MAX - sizeOf(entries) - PREFIX_BYTES - 'bss-gaps'.length;
  // A range takes at least eleven characters: no long text is made to be thrown away.
  if (gaps !== undefined && gaps.length * 11 <= left) {
    const text = gaps.map(gapText).join(',');
    if (text.length <= left) entries['bss-gaps'] = text;
  }
  return entries;
}

/**
 * The metadata of a segment from its object metadata.
 * @returns undefined when there is none (the store or a copy lost it, or it is no segment of ours).
 * @throws SEGMENT_FORMAT_UNSUPPORTED for another format version; SEGMENT_CORRUPT when a field is missing or wrong.
 */
export function parseObjectMetadata(
  entries: Readonly<Record<string, string>>,
  objectKey: string,
): SegmentMetadata | undefined {
  if (entries['bss-format'] === undefined) return undefined;
  const version = Number(entries['bss-format']);
  checkFormatVersion(objectKey, version);
  const reader = new FieldReader(objectKey, (name) => entries[name]);
  const gapCounts = reader.optional('bss-gap-counts', parseCounts) ?? {};
  const gaps = reader.optional('bss-gaps', parseGaps);
  return {
    formatVersion: FORMAT_VERSION,
    clusterId: reader.required('bss-cluster', decodeURI),
    topic: reader.required('bss-topic', decodeURI),
    topicId: reader.required('bss-topic-id', decodeURI),
    partition: reader.required('bss-partition', parseCount),
    compression: reader.required('bss-compression', parseCompression),
    start: reader.required('bss-start', parseInteger),
    end: reader.required('bss-end', parseInteger),
    recordCount: reader.required('bss-records', parseCount),
    firstOffset: reader.optional('bss-first-offset', parseInteger),
    lastOffset: reader.optional('bss-last-offset', parseInteger),
    minTimestampMs: reader.optional('bss-min-timestamp', parseInteger),
    maxTimestampMs: reader.optional('bss-max-timestamp', parseInteger),
    linesBytes: reader.required('bss-lines-bytes', parseCount),
    linesCrc32c: reader.required('bss-lines-crc32c', parseHex),
    gapCounts,
    gaps: gaps ?? (Object.keys(gapCounts).length === 0 ? [] : undefined),
    precedingGap: reader.optional('bss-preceding-gap', parseGap),
    writer: reader.required('bss-writer', decodeURI),
    createdAtMs: reader.required('bss-created-at', parseCount),
  };
}

/** @throws SEGMENT_FORMAT_UNSUPPORTED */
export function checkFormatVersion(objectKey: string, version: unknown): void {
  if (version === FORMAT_VERSION) return;
  throw new AppError('SEGMENT_FORMAT_UNSUPPORTED', `cannot read ${objectKey}: format version ${String(version)}`, {
    subject: objectKey,
    hint: `This release reads version ${FORMAT_VERSION}; use the release that wrote the segment, or a later one.`,
  });
}

/** Reads named texts strictly: what is missing or malformed is a SEGMENT_CORRUPT that names the field. */
export class FieldReader {
  readonly #objectKey: string;
  readonly #text: (name: string) => string | undefined;

  constructor(objectKey: string, text: (name: string) => string | undefined) {
    this.#objectKey = objectKey;
    this.#text = text;
  }

  optional<T>(name: string, parse: (text: string) => T): T | undefined {
    const text = this.#text(name);
    if (text === undefined) return undefined;
    try {
      return parse(text);
    } catch (cause) {
      throw this.#corrupt(`${name} is ${JSON.stringify(text.slice(0, 100))}`, cause);
    }
  }

  required<T>(name: string, parse: (text: string) => T): T {
    const text = this.#text(name);
    if (text === undefined) throw this.#corrupt(`${name} is missing`);
    try {
      return parse(text);
    } catch (cause) {
      throw this.#corrupt(`${name} is ${JSON.stringify(text.slice(0, 100))}`, cause);
    }
  }

  #corrupt(reason: string, cause?: unknown): AppError {
    return new AppError('SEGMENT_CORRUPT', `cannot read the metadata of ${this.#objectKey}: ${reason}`, {
      subject: this.#objectKey,
      hint: 'Something changed the object after it was written; restore it from a copy of the bucket.',
      cause,
    });
  }
}

function put(entries: Record<string, string>, name: string, value: bigint | string | undefined): void {
  if (value !== undefined && value !== '') entries[name] = String(value);
}

function sizeOf(entries: Readonly<Record<string, string>>): number {
  return Object.entries(entries).reduce((sum, [name, value]) => sum + PREFIX_BYTES + name.length + value.length, 0);
}

/** `control:5-7`: offsets 5 and 6. */
export function gapText(gap: OffsetGap): string {
  return `${gap.reason}:${gap.range.start}-${gap.range.end}`;
}

/** The reverse of `gapText`. @throws RangeError */
export function parseGap(text: string): OffsetGap {
  const match = /^([a-z]+):(\d{1,19})-(\d{1,19})$/.exec(text);
  if (match === null) throw new RangeError('not a gap');
  const range = { start: BigInt(match[2] ?? ''), end: BigInt(match[3] ?? '') };
  if (range.end <= range.start) throw new RangeError('an empty gap');
  return { reason: parseReason(match[1] ?? ''), range };
}

/** Eight hexadecimal digits. */
export function hexOf(value: number): string {
  return value.toString(16).padStart(8, '0');
}

/** The reverse of `hexOf`. @throws RangeError */
export function parseHex(text: string): number {
  if (!/^[0-9a-f]{8}$/.test(text)) throw new RangeError('not a checksum');
  return Number.parseInt(text, 16);
}

/** A whole number from 0 to 2^53 - 1. @throws RangeError */
export function parseCount(text: string): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw new RangeError('not a count');
  return value;
}

/** A 64-bit number. @throws RangeError */
export function parseInteger(text: string): bigint {
  const value = /^-?\d{1,19}$/.test(text) ? BigInt(text) : 1n << 64n;
  if (BigInt.asIntN(64, value) !== value) throw new RangeError('not a 64-bit number');
  return value;
}

/** @throws RangeError */
export function parseCompression(text: string): SegmentCompression {
  const found = COMPRESSIONS.find((name) => name === text);
  if (found === undefined) throw new RangeError('unknown compression');
  return found;
}

function parseReason(text: string): GapReason {
  const found = GAP_REASONS.find((name) => name === text);
  if (found === undefined) throw new RangeError('unknown reason');
  return found;
}

function parseGaps(text: string): OffsetGap[] {
  return text.split(',').map(parseGap);
}

/** `control:2,aborted:5`, in the order of GAP_REASONS. */
export function countsText(counts: Readonly<Partial<Record<GapReason, number>>>): string {
  return GAP_REASONS.flatMap((reason) => (counts[reason] ? [`${reason}:${counts[reason]}`] : [])).join(',');
}

/** The reverse of `countsText`. @throws RangeError */
export function parseCounts(text: string): Partial<Record<GapReason, number>> {
  const counts: Partial<Record<GapReason, number>> = {};
  if (text === '') return counts;
  for (const part of text.split(',')) {
    const [reason = '', count = ''] = part.split(':');
    counts[parseReason(reason)] = parseCount(count);
  }
  return counts;
}
