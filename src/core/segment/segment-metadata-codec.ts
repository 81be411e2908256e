import { assert } from '../assert.ts';
import { AppError } from '../errors.ts';
import { GAP_REASONS, type GapReason, type OffsetGap } from '../record/topic-partition.ts';
import type { SegmentCompression, SegmentMetadata } from './segment-metadata.ts';

/**
 * Segment metadata as object metadata: short ASCII texts under lower-case names (docs/format.md, "Metadata"). Numbers are
 * decimal, the checksum is eight hexadecimal digits, ranges are `start-end` with the end exclusive.
 */

/** Names and values together; the bucket's contract allows 2,000. */
const OBJECT_METADATA_BYTES_MAX = 1900;

/** Says that the metadata is ours, and its version. */
const FORMAT_NAME = 'bss-format';

const COMPRESSIONS: readonly SegmentCompression[] = ['none', 'gzip', 'zstd'];

/** Object metadata for a segment. Gap ranges are left out when they do not fit; their counts always stay. */
export function formatObjectMetadata(metadata: SegmentMetadata): Record<string, string> {
  const fixed: Record<string, string> = {
    [FORMAT_NAME]: String(metadata.formatVersion),
    cluster: metadata.clusterId,
    topic: metadata.topic,
    'topic-id': metadata.topicId,
    partition: String(metadata.partition),
    compression: metadata.compression,
    start: String(metadata.start),
    end: String(metadata.end),
    records: String(metadata.recordCount),
    'lines-bytes': String(metadata.linesBytes),
    'lines-crc32c': metadata.linesCrc32c.toString(16).padStart(8, '0'),
    writer: metadata.writer,
    'created-ms': String(metadata.createdAtMs),
  };
  addOptional(fixed, 'first', metadata.firstOffset);
  addOptional(fixed, 'last', metadata.lastOffset);
  addOptional(fixed, 'min-ms', metadata.minTimestampMs);
  addOptional(fixed, 'max-ms', metadata.maxTimestampMs);
  if (metadata.precedingGap !== undefined) fixed['preceding-gap'] = formatGap(metadata.precedingGap);
  const counts = Object.entries(metadata.gapCounts).map(([reason, count]) => `${reason}:${count}`);
  if (counts.length > 0) fixed['gap-counts'] = counts.join(',');
  assert(sizeBytes(fixed) <= OBJECT_METADATA_BYTES_MAX, 'names of topic, cluster and writer leave room in the metadata');
  if (metadata.gaps === undefined) return fixed;
  const whole = { ...fixed, gaps: metadata.gaps.map(formatGap).join(',') };
  return sizeBytes(whole) <= OBJECT_METADATA_BYTES_MAX ? whole : fixed;
}

/**
 * What object metadata says of the segment; undefined when there is none of ours (the file came without it).
 * @throws SEGMENT_CORRUPT naming the object and the field; SEGMENT_FORMAT_UNSUPPORTED for another version.
 */
export function parseObjectMetadata(
  strings: Readonly<Record<string, string>>,
  objectKey: string,
): SegmentMetadata | undefined {
  const version = strings[FORMAT_NAME];
  if (version === undefined) return undefined;
  if (version !== '1') throw unsupportedFormat(version, objectKey);
  const field = new FieldReader(strings, objectKey);
  return {
    formatVersion: 1,
    clusterId: field.text('cluster'),
    topic: field.text('topic'),
    topicId: field.text('topic-id'),
    partition: field.count('partition'),
    compression: field.compression(),
    start: field.integer('start'),
    end: field.integer('end'),
    recordCount: field.count('records'),
    firstOffset: field.optionalInteger('first'),
    lastOffset: field.optionalInteger('last'),
    minTimestampMs: field.optionalInteger('min-ms'),
    maxTimestampMs: field.optionalInteger('max-ms'),
    linesBytes: field.count('lines-bytes'),
    linesCrc32c: field.checksum(),
    gapCounts: field.gapCounts(),
    gaps: field.gaps(),
    precedingGap: field.precedingGap(),
    writer: field.text('writer'),
    createdAtMs: field.count('created-ms'),
  };
}

/** A segment of a format version that this release does not know. */
function unsupportedFormat(version: string, objectKey: string): AppError {
  return new AppError('SEGMENT_FORMAT_UNSUPPORTED', `${objectKey} has format version ${version}; this release knows 1`, {
    subject: objectKey,
    hint: 'Use a later release of bss.',
  });
}

class FieldReader {
  readonly #strings: Readonly<Record<string, string>>;
  readonly #objectKey: string;

  constructor(strings: Readonly<Record<string, string>>, objectKey: string) {
    this.#strings = strings;
    this.#objectKey = objectKey;
  }

  text(name: string): string {
    const value = this.#strings[name];
    if (value === undefined || value === '') throw this.#corrupt(name);
    return value;
  }

  integer(name: string): bigint {
    const value = this.text(name);
    if (!/^-?\d{1,19}$/.test(value)) throw this.#corrupt(name);
    return BigInt(value);
  }

  optionalInteger(name: string): bigint | undefined {
    return this.#strings[name] === undefined ? undefined : this.integer(name);
  }

  count(name: string): number {
    return this.#asCount(name, this.text(name));
  }

  compression(): SegmentCompression {
    const value = COMPRESSIONS.find((known) => known === this.text('compression'));
    if (value === undefined) throw this.#corrupt('compression');
    return value;
  }

  checksum(): number {
    const value = this.text('lines-crc32c');
    if (!/^[\da-f]{8}$/.test(value)) throw this.#corrupt('lines-crc32c');
    return Number.parseInt(value, 16);
  }

  gapCounts(): Partial<Record<GapReason, number>> {
    const counts: Partial<Record<GapReason, number>> = {};
    for (const entry of this.#entries('gap-counts')) {
      const [reason, count] = entry.split(':');
      counts[this.#reason('gap-counts', reason)] = this.#asCount('gap-counts', count ?? '');
    }
    return counts;
  }

  gaps(): OffsetGap[] | undefined {
    if (this.#strings['gaps'] === undefined) return undefined;
    return this.#entries('gaps').map((entry) => this.#gap('gaps', entry));
  }

  precedingGap(): OffsetGap | undefined {
    const [entry] = this.#entries('preceding-gap');
    return entry === undefined ? undefined : this.#gap('preceding-gap', entry);
  }

  #entries(name: string): string[] {
    const value = this.#strings[name];
    return value === undefined || value === '' ? [] : value.split(',');
  }

  #gap(name: string, entry: string): OffsetGap {
    const [, reason, start, end] = /^([a-z]+):(\d{1,19})-(\d{1,19})$/.exec(entry) ?? [];
    if (start === undefined || end === undefined) throw this.#corrupt(name);
    const range = { start: BigInt(start), end: BigInt(end) };
    if (range.start >= range.end) throw this.#corrupt(name);
    return { range, reason: this.#reason(name, reason) };
  }

  #reason(name: string, value: string | undefined): GapReason {
    const reason = GAP_REASONS.find((known) => known === value);
    if (reason === undefined) throw this.#corrupt(name);
    return reason;
  }

  #asCount(name: string, value: string): number {
    if (!/^\d{1,16}$/.test(value) || !Number.isSafeInteger(Number(value))) throw this.#corrupt(name);
    return Number(value);
  }

  #corrupt(name: string): AppError {
    const found = JSON.stringify(this.#strings[name]) ?? 'nothing';
    return new AppError('SEGMENT_CORRUPT', `the metadata of ${this.#objectKey} is damaged: ${name} is ${found}`, {
      subject: this.#objectKey,
      hint: 'Restore the object together with its metadata from a copy.',
    });
  }
}

function formatGap({ range, reason }: OffsetGap): string {
  return `${reason}:${range.start}-${range.end}`;
}

function addOptional(strings: Record<string, string>, name: string, value: bigint | undefined): void {
  if (value !== undefined) strings[name] = String(value);
}

function sizeBytes(strings: Readonly<Record<string, string>>): number {
  let size = 0;
  for (const [name, value] of Object.entries(strings)) size += Buffer.byteLength(name) + Buffer.byteLength(value);
  return size;
}
