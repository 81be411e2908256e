import { type Offset, partitionName, type TopicPartition } from '../../core/record/topic-partition.ts';

/**
 * Where a group is to be set to.
 * - `earliest`: the start of the log; `latest`: its end for a reader of committed records (the last stable offset).
 * - `time`: the first record with that timestamp or a later one; the end where there is none.
 * - `shift`: so many offsets on from what is committed, or back when negative.
 * - `offsets`: these offsets, of these partitions and no others. `origin` says who named them: `the command line`.
 */
export type OffsetTarget =
  | { readonly kind: 'earliest' }
  | { readonly kind: 'latest' }
  | { readonly kind: 'time'; readonly timestampMs: number }
  | { readonly kind: 'shift'; readonly by: bigint }
  | { readonly kind: 'offsets'; readonly offsets: readonly NamedOffset[]; readonly origin: string };

/** An offset of a partition. */
export interface NamedOffset extends TopicPartition {
  readonly offset: Offset;
}

/** The target in words, for plans and messages: `the records of 2026-01-31T08:30:00.000Z`. */
export function describeTarget(target: OffsetTarget): string {
  switch (target.kind) {
    case 'earliest':
      return 'the start of the log';
    case 'latest':
      return 'the end of the log';
    case 'time':
      return `the first record of ${new Date(target.timestampMs).toISOString()} or later`;
    case 'shift':
      return target.by < 0n ? `${-target.by} offsets back` : `${target.by} offsets on`;
    case 'offsets':
      return `offsets from ${target.origin}`;
  }
}

/** Order of topics and partitions. */
export function comparePartitions(a: TopicPartition, b: TopicPartition): number {
  if (a.topic !== b.topic) return a.topic < b.topic ? -1 : 1;
  return a.partition - b.partition;
}

/** `orders-0, orders-1, and 5 more`: enough to know what is meant. */
export function partitionNames(partitions: readonly TopicPartition[], shownMax = 10): string {
  const names = partitions.slice(0, shownMax).map(partitionName).join(', ');
  const more = partitions.length - shownMax;
  return more > 0 ? `${names}, and ${more} more` : names;
}
