import { crc32c } from '../record/crc32c.ts';
import { segmentCorrupt } from './segment-corrupt.ts';
import type { SegmentMetadata } from './segment-metadata.ts';

/** Adds up what is read of a segment, to be compared with what was written. */
export class SegmentTotals {
  #linesBytes = 0;
  #linesCrc32c = 0;

  add(lines: Uint8Array): void {
    this.#linesBytes += lines.length;
    this.#linesCrc32c = crc32c(lines, this.#linesCrc32c);
  }

  /** @throws SEGMENT_CORRUPT when a segment that was read to its end is not the one that was written. */
  check(metadata: SegmentMetadata, recordCount: number, objectKey: string, position: number): void {
    const found = `${recordCount} records, ${this.#linesBytes} bytes, checksum ${this.#linesCrc32c}`;
    const said = `${metadata.recordCount} records, ${metadata.linesBytes} bytes, checksum ${metadata.linesCrc32c}`;
    if (found === said) return;
    throw segmentCorrupt(objectKey, position, `it has ${found}, but its metadata says ${said}`);
  }
}
