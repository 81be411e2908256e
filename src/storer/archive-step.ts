import { followChain } from '../core/archive/partition-chain.ts';
import { buildIndex, indexIsDue } from '../core/archive/segment-index.ts';
import { checkSameSource, storeSegment } from '../core/archive/segment-store.ts';
import type { StoredSegment } from '../core/archive/stored-segment.ts';
import type { Bucket } from '../core/bucket/bucket.ts';
import { isAppError } from '../core/errors.ts';
import type { KafkaClient } from '../core/kafka/kafka-client.ts';
import { type Offset, type OffsetRange, partitionName } from '../core/record/topic-partition.ts';
import type { Clock } from '../core/runtime/clock.ts';
import type { Logger } from '../core/runtime/logger.ts';
import type { EncodedSegment, SegmentCompression } from '../core/segment/segment-metadata.ts';
import type { SegmentThreads } from '../core/segment/segment-threads.ts';
import type { CommitQueue } from './commit-queue.ts';
import { encodeSegment, type FetchPolicy } from './encode-segment.ts';
import type { OwnedPartition } from './owned-partition.ts';
import type { StorerObserver } from './storer-observer.ts';

/** What one step on a partition needs. */
export interface ArchiveContext {
  readonly kafka: KafkaClient;
  readonly bucket: Bucket;
  readonly threads: SegmentThreads;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observer: StorerObserver;
  /** Id of this process, in the segments that it writes. */
  readonly writer: string;
  readonly isolation: 'read_committed' | 'read_uncommitted';
  readonly compression: SegmentCompression;
  readonly compressionLevel: number;
  readonly segmentBytes: number;
  readonly fetch: FetchPolicy;
}

/** One assignment's part of it. */
export interface StepContext extends ArchiveContext {
  readonly commits: CommitQueue;
  /** The partition's commit was refused: what is stored is not announced. */
  readonly refused: (partition: OwnedPartition, error: unknown) => void;
  /** Aborted when the partitions are about to be given back: finish with what is there. */
  readonly cut: AbortSignal;
}

/** Where a log without an end is not cut. */
const NO_LIMIT: Offset = 2n ** 63n - 1n;

/**
 * One step forward of a partition: one link of what the bucket holds already, or one new segment.
 * False when there was nothing to do after all.
 */
export async function archiveStep(context: StepContext, partition: OwnedPartition): Promise<boolean> {
  try {
    if (partition.existing !== undefined) {
      await followExisting(context, partition, partition.existing);
      return true;
    }
    return await archiveNext(context, partition, partition.progress.logEnd, NO_LIMIT);
  } catch (error) {
    if (!isAppError(error, 'KAFKA_OFFSET_OUT_OF_RANGE')) throw error;
    await skipExpired(context, partition, error);
    return true;
  }
}

async function followExisting(
  context: StepContext,
  partition: OwnedPartition,
  links: NonNullable<OwnedPartition['existing']>,
): Promise<void> {
  const next = await links.next();
  if (next.done === true) {
    partition.existing = undefined;
    return;
  }
  const link = next.value;
  if (link.kind === 'segment') {
    checkSameSource(link, partition.identity);
    context.observer.adopted(partition.at, link);
    await advance(context, partition, link, link.readable, undefined);
  } else if (link.reason === 'missing') {
    await fillHole(context, partition, link.range);
  } else {
    if (link.reason === 'skipped') {
      context.logger.warn('offsets that were skipped stay skipped', {
        partition: partitionName(partition.at),
        range: link.range,
      });
    }
    partition.progress.storedUpTo(link.range.end);
  }
}

/** Archives what lies between two existing segments; what Kafka does not have any more stays a hole. */
async function fillHole(context: StepContext, partition: OwnedPartition, hole: OffsetRange): Promise<void> {
  const { progress } = partition;
  while (progress.stored < hole.end && !context.cut.aborted) {
    const earliest = await logStart(context.kafka, partition);
    if (earliest > progress.stored) {
      const end = earliest < hole.end ? earliest : hole.end;
      context.logger.error('records expired in Kafka before they were archived', {
        partition: partitionName(partition.at),
        range: { start: progress.stored, end },
      });
      context.observer.skipped(partition.at, { range: { start: progress.stored, end }, reason: 'expired' });
      progress.storedUpTo(end);
      continue;
    }
    if (!(await archiveNext(context, partition, hole.end, hole.end))) break;
  }
}

/** Makes, stores and announces one segment. False when nothing could be read. */
async function archiveNext(
  context: StepContext,
  partition: OwnedPartition,
  stopAt: Offset,
  limit: Offset,
): Promise<boolean> {
  const { progress, identity, at, topic } = partition;
  const { kafka, isolation, compression, segmentBytes, writer, clock } = context;
  const start = progress.stored;
  const encoder = context.threads.openEncoder({
    identity,
    start,
    isolation,
    compression,
    // A level is a question of what is compressed; `none` has none.
    level: context.compression === 'none' ? undefined : context.compressionLevel,
    writer,
    createdAtMs: clock.nowMs(),
    precedingGap: progress.precedingGap,
  });
  const target = { at, topicId: topic.description.id, start, stopAt, limit, segmentBytes, isolation };
  const logEndSeen = (end: Offset): void => progress.logEndSeen(end, clock.monotonicMs());
  const encoded = await encodeSegment(target, encoder, { kafka, fetch: context.fetch, logEndSeen, cut: context.cut });
  if (encoded === undefined) return false;
  await partition.begun;
  await store(context, partition, encoded);
  encoded.release();
  return true;
}

/** When it returns, the body is of no use any more. */
async function store(context: StepContext, partition: OwnedPartition, encoded: EncodedSegment): Promise<void> {
  const { outcome, segment } = await storeSegment(context.bucket, partition.location, encoded);
  context.observer.stored(partition.at, segment, outcome);
  if (outcome === 'exists') {
    // Another owner was faster. Its segment counts, and more of its may follow: go along what is there.
    partition.existing ??= followExistingFrom(context.bucket, partition);
    return;
  }
  const { start, end, linesBytes } = segment.metadata;
  partition.progress.learn(linesBytes, end - start);
  const body = partition.topic.route.postIngestion.length > 0 ? encoded.body : undefined;
  await advance(context, partition, segment, { start, end }, body);
  partition.storedCount++;
  if (indexIsDue(partition.storedCount)) {
    await buildIndex(context.bucket, partition.location).catch((error: unknown) => {
      context.logger.warn('an index object could not be written', { partition: partitionName(partition.at), error });
    });
  }
}

/** The segment is in the bucket: go on after it, and have it announced, forwarded and committed. */
async function advance(
  context: StepContext,
  partition: OwnedPartition,
  segment: StoredSegment,
  readable: OffsetRange,
  body: EncodedSegment['body'] | undefined,
): Promise<void> {
  const { at, progress, topic } = partition;
  progress.storedUpTo(readable.end);
  // After a refused commit nothing later may be committed: it would pass over what was refused.
  if (partition.stopped !== undefined) return;
  const forwardTo = topic.route.postIngestion;
  const committed = context.commits.add({
    at,
    topicId: topic.description.id,
    end: readable.end,
    segment: { ...segment, from: readable.start, forwardTo, body },
  });
  const settled = committed.then(
    () => progress.committedUpTo(readable.end),
    (error: unknown) => context.refused(partition, error),
  );
  // Whoever forwards holds segments in memory until they are forwarded; who does not, need not wait.
  if (forwardTo.length > 0 || context.commits.isLong) await settled;
}

/** What the bucket holds from the partition's stored position on. */
export function followExistingFrom(bucket: Bucket, partition: OwnedPartition): OwnedPartition['existing'] {
  return followChain(bucket, partition.location, { from: partition.progress.stored })[Symbol.asyncIterator]();
}

/** Retention was faster than we: a loss that nothing can undo. It is recorded, counted and shouted about. */
async function skipExpired(context: StepContext, partition: OwnedPartition, cause: unknown): Promise<void> {
  const { progress, at } = partition;
  const earliest = await logStart(context.kafka, partition);
  if (earliest <= progress.stored) throw cause;
  const gap = { range: { start: progress.stored, end: earliest }, reason: 'expired' } as const;
  progress.skip(gap);
  context.observer.skipped(at, gap);
  context.logger.error('records expired in Kafka before they were archived', {
    partition: partitionName(at),
    range: gap.range,
    hint: 'Raise retention.ms/retention.bytes of the topic, or lower storer.rotation.ageMax; the hole is recorded.',
  });
}

async function logStart(kafka: KafkaClient, { at }: OwnedPartition): Promise<Offset> {
  return (await kafka.listOffsets([at], 'earliest')).get(partitionName(at)) ?? 0n;
}
