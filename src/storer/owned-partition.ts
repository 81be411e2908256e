import type { PartitionLocation } from '../core/archive/archive-layout.ts';
import type { ChainLink } from '../core/archive/partition-chain.ts';
import type { AppError } from '../core/errors.ts';
import type { TopicPartition } from '../core/record/topic-partition.ts';
import type { SegmentIdentity } from '../core/segment/segment-metadata.ts';
import type { PartitionProgress } from './partition-progress.ts';
import type { ArchivedTopic } from './archived-topics.ts';
import type { StableOffsetStall } from './stable-offset-stall.ts';

/** A partition that the group gave to this storer, from its recovery until it is taken away again. */
export interface OwnedPartition {
  readonly at: TopicPartition;
  readonly topic: ArchivedTopic;
  readonly location: PartitionLocation;
  readonly identity: SegmentIdentity;
  readonly progress: PartitionProgress;
  readonly stall: StableOffsetStall;
  /**
   * The commit of the position that it begins with, where the group has none yet. Nothing is stored before it is made:
   * who finds a segment and no commit would take it for an announced one.
   */
  readonly begun: Promise<void> | undefined;
  /**
   * What the bucket holds at and after the stored position already: written before a crash, or by another owner.
   * Followed link by link before anything is fetched; undefined once there is nothing more.
   */
  existing: AsyncIterator<ChainLink> | undefined;
  /** A segment of it is being made, or a link of `existing` followed. */
  busy: boolean;
  /** Segments stored since it was taken over: tells when to extend the index. */
  storedCount: number;
  /** False: what waited when it was taken over is older than the maximum age, nobody has looked by how much. */
  isAgeKnown: boolean;
  /** The log ends before the stored position: it was cut, or the position was set too far. */
  beyondLog: boolean;
  /** Why it is not archived any further, until somebody repairs it; the others go on. */
  stopped: AppError | undefined;
}
