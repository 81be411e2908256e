import { crc32c } from '../core/record/crc32c.ts';
import type { Offset, OffsetGap } from '../core/record/topic-partition.ts';
import type { FrameLines } from '../core/segment/frame-reader.ts';
import type { SegmentMetadata } from '../core/segment/segment-metadata.ts';
import { scanLines } from './scan-lines.ts';

/** Where a segment is not what its metadata says. */
export interface ContentProblem {
  readonly position: number;
  readonly detail: string;
}

type Fact = string | number | bigint | undefined;

/** Compares the lines of a segment, as they are read, with its metadata. */
export class SegmentContent {
  readonly #metadata: SegmentMetadata;
  readonly #gaps: readonly OffsetGap[];
  #gapIndex = 0;
  #recordCount = 0;
  #linesBytes = 0;
  #linesCrc32c = 0;
  #firstOffset: Offset | undefined;
  #lastOffset: Offset | undefined;
  #minTimestampMs: bigint | undefined;
  #maxTimestampMs: bigint | undefined;

  constructor(metadata: SegmentMetadata) {
    this.#metadata = metadata;
    this.#gaps = metadata.gaps ?? [];
  }

  get recordCount(): number {
    return this.#recordCount;
  }

  /** Takes the next lines. Gives the first problem in them, after which there is no use in going on. */
  take({ position, lines }: FrameLines): ContentProblem | undefined {
    this.#linesBytes += lines.length;
    this.#linesCrc32c = crc32c(lines, this.#linesCrc32c);
    // Lines that are not compressed have places of their own in the object; others are somewhere in their frame.
    const isPlain = this.#metadata.compression === 'none';
    let scanned = 0;
    try {
      for (const { offset, timestampMs, partition, line } of scanLines(lines)) {
        const detail = this.#takeLine(offset, timestampMs, partition);
        if (detail !== undefined) return { position: isPlain ? position + scanned : position, detail };
        scanned += line.length;
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { position: isPlain ? position + scanned : position, detail: `a line is no record: ${reason}` };
    }
    return undefined;
  }

  /** What is wrong with the whole, once all lines were taken. */
  differences(): string[] {
    const metadata = this.#metadata;
    const gapOffsets = Object.values(metadata.gapCounts).reduce((sum, count) => sum + count, 0);
    const facts: readonly (readonly [name: string, said: Fact, found: Fact])[] = [
      ['records', metadata.recordCount, this.#recordCount],
      ['bytes of lines', metadata.linesBytes, this.#linesBytes],
      ['checksum of the lines', hex(metadata.linesCrc32c), hex(this.#linesCrc32c)],
      ['first offset', metadata.firstOffset, this.#firstOffset],
      ['last offset', metadata.lastOffset, this.#lastOffset],
      ['smallest timestamp', metadata.minTimestampMs, this.#minTimestampMs],
      ['largest timestamp', metadata.maxTimestampMs, this.#maxTimestampMs],
      ['offsets without a record', BigInt(gapOffsets), metadata.end - metadata.start - BigInt(this.#recordCount)],
    ];
    return facts
      .filter(([, said, found]) => said !== found)
      .map(([name, said, found]) => `${name}: ${shown(found)}, but the metadata says ${shown(said)}`);
  }

  #takeLine(offset: Offset, timestampMs: bigint, partition: number | undefined): string | undefined {
    const { start, end, partition: own } = this.#metadata;
    if (partition !== undefined && partition !== own) return `a record of partition ${partition}, not ${own}`;
    if (this.#lastOffset !== undefined && offset <= this.#lastOffset)
      return `offset ${offset} after ${this.#lastOffset}`;
    if (offset < start || offset >= end) return `offset ${offset} is outside ${start}..${end}`;
    if (this.#isInGap(offset)) return `offset ${offset} has a record, but the metadata has a gap there`;
    this.#recordCount++;
    this.#firstOffset ??= offset;
    this.#lastOffset = offset;
    if (this.#minTimestampMs === undefined || timestampMs < this.#minTimestampMs) this.#minTimestampMs = timestampMs;
    if (this.#maxTimestampMs === undefined || timestampMs > this.#maxTimestampMs) this.#maxTimestampMs = timestampMs;
    return undefined;
  }

  /** Offsets come in ascending order, and so do gaps. */
  #isInGap(offset: Offset): boolean {
    for (; this.#gapIndex < this.#gaps.length; this.#gapIndex++) {
      const range = this.#gaps[this.#gapIndex]?.range;
      if (range === undefined || offset < range.end) return range !== undefined && offset >= range.start;
    }
    return false;
  }
}

function shown(value: Fact): string {
  return value === undefined ? 'none' : String(value);
}

function hex(checksum: number): string {
  return checksum.toString(16).padStart(8, '0');
}
