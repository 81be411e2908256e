import type { CommittedOffset } from '../../core/kafka/kafka-client.ts';
import type { Offset, TopicPartition } from '../../core/record/topic-partition.ts';

/** What a group's offsets will be, and what that means. Made without changing anything. */
export interface OffsetsPlan {
  readonly clusterId: string;
  readonly group: string;
  readonly madeAtMs: number;
  /** In words: `the start of the log`. */
  readonly target: string;
  /** In the order of topics and partitions. */
  readonly partitions: readonly PlannedOffset[];
  /** Partitions of the same topics that the target does not mention; they stay as they are. */
  readonly untouched: readonly TopicPartition[];
}

/** One partition of a plan. */
export interface PlannedOffset extends TopicPartition {
  readonly topicId: string;
  /** What the group has committed; undefined: nothing yet. */
  readonly before: CommittedOffset | undefined;
  readonly after: Offset;
  readonly logStart: Offset;
  readonly logEnd: Offset;
  readonly stableEnd: Offset;
  /**
   * Offsets of the log that the group will pass over (with nothing committed: all that lie before `after`). As many
   * records at most: transaction markers, and what compaction removed, have offsets too.
   */
  readonly skipped: bigint;
  /** Offsets of the log that the group has read and will read again. */
  readonly repeated: bigint;
  readonly warnings: readonly OffsetWarning[];
}

/** Something that whoever applies a plan should know. */
export interface OffsetWarning {
  readonly name: OffsetWarningName;
  /** A sentence. */
  readonly text: string;
}

/**
 * - `records-skipped`: the group will not read records that it has not read.
 * - `records-expired`: records that the group has not read are no longer in the log, whatever is done.
 * - `open-transaction`: records of transactions that may still be committed lie before the offset.
 * - `committed-outside-log`: what is committed is behind the end of the log: it may be of an earlier topic of that name.
 * - `clamped`: the target is not in the log; the nearest offset that is was taken.
 * - `time-after-end`: no record is of that time or later; the end was taken.
 */
export type OffsetWarningName =
  | 'records-skipped'
  | 'records-expired'
  | 'open-transaction'
  | 'committed-outside-log'
  | 'clamped'
  | 'time-after-end';

/** True when applying the plan changes nothing in that partition. */
export function isUnchanged({ before, after }: PlannedOffset): boolean {
  return before?.offset === after && before.metadata === '';
}
