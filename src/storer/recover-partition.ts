import { chainEnd } from '../core/archive/chain-end.ts';
import type { PartitionLocation } from '../core/archive/archive-layout.ts';
import { readStoredSegment } from '../core/archive/stored-segment.ts';
import type { Bucket } from '../core/bucket/bucket.ts';
import { AppError } from '../core/errors.ts';
import type { CommittedOffset } from '../core/kafka/kafka-client.ts';
import { type Offset, type OffsetGap, partitionName, type TopicPartition } from '../core/record/topic-partition.ts';
import { readCommitMetadata } from './commit-metadata.ts';

/** What recovery starts from. */
export interface RecoveryInput {
  readonly at: TopicPartition;
  readonly topicId: string;
  readonly location: PartitionLocation;
  readonly committed: CommittedOffset | undefined;
  /** Where a partition begins of which neither the group nor the archive knows anything. */
  readonly startOffset: () => Promise<Offset>;
}

/** Where archiving goes on. */
export interface RecoveredPosition {
  readonly position: Offset;
  /** True when the group does not have this position yet: it must be committed before anything is stored. */
  readonly toCommit: boolean;
  /** The bucket holds segments at or after the position already. */
  readonly hasMore: boolean;
  readonly skipped: OffsetGap | undefined;
  /** How the position was found, for the log. */
  readonly origin: 'committed' | 'moved by an operator' | 'end of the archive' | 'start position' | 'new topic id';
}

/**
 * Finds where to go on, from what the group has committed and what the bucket holds (the bucket has the last word):
 * - a commit of ours must lead to the segment that it names; otherwise the bucket was damaged, and going on would hide it;
 * - a commit that is not ours was made by an operator: obeyed, and the hole it leaves is recorded;
 * - no commit (a new or a forgotten group): after the end of the archive, or at the start position.
 * @throws ARCHIVE_CHAIN_BROKEN, BUCKET_*, SEGMENT_*.
 */
export async function recoverPosition(bucket: Bucket, input: RecoveryInput): Promise<RecoveredPosition> {
  const { committed, location } = input;
  if (committed === undefined) return await withoutCommit(bucket, input);
  const ours = readCommitMetadata(committed.metadata);
  if (ours === undefined) return await movedByOperator(bucket, location, committed.offset);
  if (ours.topicId !== input.topicId) return { ...(await withoutCommit(bucket, input)), origin: 'new topic id' };
  if (ours.segment !== undefined) {
    const segment = await readStoredSegment(bucket, ours.segment);
    if (segment === undefined || segment.metadata.end !== committed.offset) {
      throw brokenChain(input.at, committed.offset, ours.segment, segment?.metadata.end);
    }
  }
  const end = await chainEnd(bucket, location, { after: committed.offset });
  return {
    position: committed.offset,
    toCommit: false,
    hasMore: end.adopted.length > 0 || end.next !== undefined,
    skipped: undefined,
    origin: 'committed',
  };
}

async function withoutCommit(bucket: Bucket, input: RecoveryInput): Promise<RecoveredPosition> {
  const { end } = await chainEnd(bucket, input.location);
  const common = { toCommit: true, hasMore: false, skipped: undefined };
  if (end !== undefined) return { ...common, position: end, origin: 'end of the archive' };
  return { ...common, position: await input.startOffset(), origin: 'start position' };
}

async function movedByOperator(bucket: Bucket, location: PartitionLocation, to: Offset): Promise<RecoveredPosition> {
  const { end } = await chainEnd(bucket, location);
  const ahead = end !== undefined && to > end;
  return {
    position: to,
    toCommit: false,
    hasMore: end !== undefined && to < end,
    skipped: ahead ? { range: { start: end, end: to }, reason: 'skipped' } : undefined,
    origin: 'moved by an operator',
  };
}

function brokenChain(at: TopicPartition, committed: Offset, key: string, foundEnd: Offset | undefined): AppError {
  const found = foundEnd === undefined ? 'it is not in the bucket' : `it ends at ${foundEnd}`;
  return new AppError(
    'ARCHIVE_CHAIN_BROKEN',
    `recovering ${partitionName(at)}: offset ${committed} was committed after storing ${key}, but ${found}`,
    {
      subject: key,
      hint:
        'The bucket was changed, or it is another bucket. Restore the object, or point the configuration at the right ' +
        'bucket. To go on without it, set the group offset with `bss offsets apply <group> --to-offsets ...`: from an ' +
        'earlier offset if Kafka still has the records, else from here, and the hole is recorded as skipped.',
    },
  );
}
