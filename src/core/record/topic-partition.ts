/** Words of Kafka that everything else is written in. */

/** A position in a partition. Decimal string in JSON. */
export type Offset = bigint;

/** One partition of a topic. */
/** A partition of a topic. */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** Offsets from `start` up to, not including, `end`. */
export interface OffsetRange {
  readonly start: Offset;
  readonly end: Offset;
}

/**
 * Why offsets between two archived records hold no record of the archive:
 * - `control`: a transaction marker, which no reader sees;
 * - `aborted`: a record of an aborted transaction;
 * - `compacted`: the log holds nothing at that offset any more (compaction, or never written);
 * - `expired`: retention or DeleteRecords removed it before it was archived;
 * - `skipped`: an operator moved the consumer group past it.
 */
export type GapReason = 'control' | 'aborted' | 'compacted' | 'expired' | 'skipped';

/** Every reason, in the order in which they are shown. */
/** All reasons, in the order in which they are listed. */
export const GAP_REASONS: readonly GapReason[] = ['control', 'aborted', 'compacted', 'expired', 'skipped'];

/** Offsets without a record, and why. */
/** Offsets without a record, and why. */
export interface OffsetGap {
  readonly range: OffsetRange;
  readonly reason: GapReason;
}

/** `topic-3`, as Kafka writes it. */
export function partitionName(at: TopicPartition): string {
  return `${at.topic}-${at.partition}`;
}
