import type { StoreResult } from '../core/archive/segment-store.ts';
import type { StoredSegment } from '../core/archive/stored-segment.ts';
import type { OffsetGap, TopicPartition } from '../core/record/topic-partition.ts';
import type { CommitItem } from './commit-transaction.ts';

/** What happens in the storer, as its metrics and log want to know it (I8). */
export interface StorerObserver {
  /** A put was answered. */
  stored(at: TopicPartition, segment: StoredSegment, outcome: StoreResult['outcome']): void;
  /** A segment that was in the bucket already is announced instead of written again. */
  adopted(at: TopicPartition, segment: StoredSegment): void;
  skipped(at: TopicPartition, gap: OffsetGap): void;
  committed(items: readonly CommitItem[]): void;
  commitRetried(error: unknown, attempt: number, delayMs: number): void;
  /** The partition was not ours any more, or the storer stops. */
  commitRefused(at: TopicPartition, error: unknown): void;
  /** A step failed; it is tried again after `delayMs`, or never when that is undefined. */
  stepFailed(at: TopicPartition, error: unknown, delayMs: number | undefined): void;
  /** The ends of the logs of so many partitions could not be read; they are asked for again after `delayMs`. */
  pollFailed(partitionCount: number, error: unknown, delayMs: number): void;
}
