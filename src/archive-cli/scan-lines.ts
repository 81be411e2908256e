import type { Offset } from '../core/record/topic-partition.ts';
import { decodeLine } from '../core/segment/line-decoder.ts';

/** What the tools want to know of a line without reading all of it. */
export interface ScannedLine {
  readonly offset: Offset;
  readonly timestampMs: bigint;
  /** Undefined when the line does not say. */
  readonly partition: number | undefined;
  /** With its line feed. */
  readonly line: Buffer;
}

const LINE_FEED = 10;

/** As far as the offset of a line that we wrote: fields in this order, nothing between them. */
const CANONICAL =
  /^\{"timestamp":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)","partition":(\d{1,10}),"offset":(\d{1,19}),/;

/** More than `CANONICAL` can match. */
const PREFIX_BYTES = 120;

/**
 * The lines of some bytes that end in a line feed. Of lines as we write them only the beginning is read: ten times faster
 * than parsing them.
 * @throws RangeError, SyntaxError or TypeError for a line that is no record.
 */
export function* scanLines(lines: Uint8Array): Generator<ScannedLine> {
  const bytes = Buffer.from(lines.buffer, lines.byteOffset, lines.byteLength);
  for (let start = 0; start < bytes.length;) {
    const feed = bytes.indexOf(LINE_FEED, start);
    const end = feed === -1 ? bytes.length : feed + 1;
    yield scanLine(bytes.subarray(start, end));
    start = end;
  }
}

function scanLine(line: Buffer): ScannedLine {
  const [, time, partition, offset] = CANONICAL.exec(line.toString('latin1', 0, PREFIX_BYTES)) ?? [];
  const timestampMs = time === undefined ? Number.NaN : Date.parse(time);
  if (offset === undefined || Number.isNaN(timestampMs)) return decodeWhole(line);
  return { offset: BigInt(offset), timestampMs: BigInt(timestampMs), partition: Number(partition), line };
}

function decodeWhole(line: Buffer): ScannedLine {
  const { record, partition } = decodeLine(line);
  return { offset: record.offset, timestampMs: record.timestampMs, partition, line };
}
