import type { Offset } from '../record/topic-partition.ts';

/** One compressed frame of a segment, in order: enough to find the one that holds an offset or a time. */
export interface FrameEntry {
  /** Position in the object, and length. */
  readonly position: number;
  readonly bodyBytes: number;
  readonly linesBytes: number;
  readonly recordCount: number;
  readonly firstOffset: Offset;
  readonly lastOffset: Offset;
  readonly minTimestampMs: bigint;
  readonly maxTimestampMs: bigint;
}
