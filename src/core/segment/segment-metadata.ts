import type { GapReason, Offset, OffsetGap } from '../record/topic-partition.ts';

/** How a segment's lines are compressed; the file name's ending says it: `.jsonl`, `.jsonl.gz`, `.jsonl.zst`. */
export type SegmentCompression = 'none' | 'gzip' | 'zstd';

/** What a segment is part of, known before its first record. */
export interface SegmentIdentity {
  readonly clusterId: string;
  readonly topic: string;
  readonly topicId: string;
  readonly partition: number;
}

/**
 * Everything about a segment that is not in its lines. Travels as object metadata, and (zstd, gzip) in a trailer that
 * decompressors pass over, so that the file alone is enough. See docs/format.md.
 */
export interface SegmentMetadata extends SegmentIdentity {
  readonly formatVersion: 1;
  readonly compression: SegmentCompression;
  /** Offsets covered: from `start` up to, not including, `end`. */
  readonly start: Offset;
  readonly end: Offset;
  readonly recordCount: number;
  /** Of the records; undefined in a segment without records. */
  readonly firstOffset: Offset | undefined;
  readonly lastOffset: Offset | undefined;
  /** Smallest and largest, not first and last; milliseconds. Undefined in a segment without records. */
  readonly minTimestampMs: bigint | undefined;
  readonly maxTimestampMs: bigint | undefined;
  /** Length and CRC-32C of the lines before compression. */
  readonly linesBytes: number;
  readonly linesCrc32c: number;
  /** Offsets in `start..end` without a record, counted by reason. */
  readonly gapCounts: Readonly<Partial<Record<GapReason, number>>>;
  /** The same as ranges, ascending. Undefined when there were too many for where this was read from. */
  readonly gaps: readonly OffsetGap[] | undefined;
  /** A hole just before `start` that the archive knows of: `expired` or `skipped`. */
  readonly precedingGap: OffsetGap | undefined;
  /** Who wrote it: an id of the writing process, so that it knows its own object after a lost answer. */
  readonly writer: string;
  readonly createdAtMs: number;
}

/** A finished segment, ready for one put. */
export interface EncodedSegment {
  readonly metadata: SegmentMetadata;
  /** The object's body, trailer and all. */
  readonly body: readonly Uint8Array[];
  readonly bodyBytes: number;
}
