import type { StartPosition } from '../core/config/start-position.ts';
import { isAppError, AppError } from '../core/errors.ts';
import type { GroupGeneration, KafkaClient } from '../core/kafka/kafka-client.ts';
import { type Offset, partitionName, type TopicPartition } from '../core/record/topic-partition.ts';
import { type BackoffPolicy, backoffDelayMs } from '../core/runtime/backoff.ts';
import { Semaphore } from '../core/runtime/semaphore.ts';
import { type ArchiveContext, archiveStep, followExistingFrom, type StepContext } from './archive-step.ts';
import type { ArchivedTopic } from './archived-topics.ts';
import { findBacklogAges } from './backlog-age.ts';
import { CommitQueue } from './commit-queue.ts';
import type { CommitTransaction } from './commit-transaction.ts';
import type { OwnedPartition } from './owned-partition.ts';
import { isPassing } from './passing-error.ts';
import { PartitionProgress } from './partition-progress.ts';
import { recoverPosition } from './recover-partition.ts';
import { duePartitions, type RotationPolicy } from './rotation-policy.ts';
import { StableOffsetStall } from './stable-offset-stall.ts';
import { startOffset } from './start-offset.ts';
import { watchLogs } from './watch-logs.ts';

/** What an assignment works with. */
export interface AssignmentOptions {
  readonly context: ArchiveContext;
  readonly transaction: CommitTransaction;
  readonly topics: ReadonlyMap<string, ArchivedTopic>;
  readonly generation: GroupGeneration;
  readonly rotation: RotationPolicy;
  readonly pollIntervalMs: number;
  readonly startPosition: StartPosition;
  /** The topics as they were when the storer started. */
  readonly startedWith: ReadonlyMap<string, ArchivedTopic>;
  /** Bounds the segments in the making, over all assignments of the process. */
  readonly slots: Semaphore;
  /** A topic is gone, or is another one under the same name. */
  readonly topicGone: () => void;
}

/** Partitions recovered at once, when an assignment begins. */
const RECOVERIES_MAX = 16;
/** A partition whose step failed rests, longer each time. */
const STEP_BACKOFF: BackoffPolicy = { initialMs: 200, delayMaxMs: 30_000, attemptsMax: 1_000_000 };
/** What is rare is looked at this often: open transactions that stall, topics that were created again. */
const SLOW_CHECK_MS = 5_000;
/** The age of what waits is known to this part of the maximum age. */
const AGE_STEPS = 16;
/** Before a partition is recovered whose commit was refused: in passing, and until somebody mends what is in the way. */
const RECOVER_AGAIN_MS = 1_000;
const MENDED_MS = 15_000;
const COMMIT_BACKOFF: BackoffPolicy = { initialMs: 100, delayMaxMs: 5_000, attemptsMax: 1_000_000 };

interface Resting {
  readonly untilMs: number;
  readonly failures: number;
}

/** A partition that waits for a person, and why. */
export interface StoppedPartition {
  readonly at: TopicPartition;
  readonly error: AppError;
}

interface LogAges {
  readonly end: Offset | undefined;
  readonly youngFrom: Offset | undefined;
}

/**
 * The partitions that one generation of the group gave us, from `begin` until `release` (given back in good order) or
 * `abandon` (lost). Everything that happens to them happens in here, and nothing of it outlives the generation: a new
 * one starts from what Kafka and the bucket say.
 */
export class Assignment {
  readonly #options: AssignmentOptions;
  readonly #commits: CommitQueue;
  readonly #partitions = new Map<string, OwnedPartition>();
  readonly #resting = new Map<string, Resting>();
  readonly #steps = new Set<Promise<void>>();
  readonly #cut = new AbortController();
  readonly #over = new AbortController();
  #wake = Promise.withResolvers<void>();
  /** Bounds the looks for positions. Who waits to look again holds nobody up. */
  readonly #gate = new Semaphore({ permits: RECOVERIES_MAX });
  /** Names of partitions whose position is being looked for. */
  readonly #recovering = new Set<string>();
  /** By name: partitions whose position cannot be told before somebody mends something. */
  readonly #unrecoverable = new Map<string, StoppedPartition>();
  #owned = 0;
  #topicIsGone = false;
  #slowCheckMs = Number.NEGATIVE_INFINITY;
  #loop: Promise<void> | undefined;

  constructor(options: AssignmentOptions) {
    this.#options = options;
    const { observer, clock } = options.context;
    this.#commits = new CommitQueue({
      transaction: options.transaction,
      generation: options.generation,
      listener: {
        committed: (items) => observer.committed(items),
        retrying: (error, attempt, delayMs) => observer.commitRetried(error, attempt, delayMs),
      },
      clock,
      backoff: COMMIT_BACKOFF,
      moreToCome: () => this.#steps.size > 0,
    });
  }

  /** The partitions recovered so far. */
  get partitions(): Iterable<OwnedPartition> {
    return this.#partitions.values();
  }

  /** Partitions that the group gave us, recovered or not. */
  get ownedCount(): number {
    return this.#owned;
  }

  /** Every partition of the assignment is recovered, or stopped. */
  get isRecovered(): boolean {
    return this.#recovering.size === 0;
  }

  /** The partitions that wait for a person; the others go on. */
  get stopped(): StoppedPartition[] {
    const stopped = new Map(this.#unrecoverable);
    for (const [name, { at, stopped: error }] of this.#partitions) {
      if (error !== undefined && !stopped.has(name)) stopped.set(name, { at, error });
    }
    return [...stopped.values()];
  }

  /** Starts recovering and archiving; returns at once. */
  begin(partitions: readonly TopicPartition[]): void {
    this.#owned = partitions.length;
    for (const at of partitions) this.#recovering.add(partitionName(at));
    this.#loop = this.#run();
    for (const at of partitions) void this.#recoverUntilDone(at);
  }

  /** Whatever waits in Kafka now becomes segments at once. `isFlushed` tells when that is done. */
  async flush(): Promise<void> {
    await this.#pollLogEnds([...this.#partitions.values()].filter(isWorking));
    for (const { progress } of this.#partitions.values()) progress.requestFlush();
    this.#wakeUp();
  }

  /** What waited when a flush was last asked for is archived, announced and committed. */
  get isFlushed(): boolean {
    return [...this.#partitions.values()].every((partition) => !isWorking(partition) || partition.progress.isFlushed);
  }

  /** A topic that this assignment knows exists under another id now. */
  async hasNewTopic(kafka: KafkaClient): Promise<boolean> {
    const names = new Set([...this.#partitions.values()].map(({ at }) => at.topic));
    const existing = await kafka.describeTopics([...(await kafka.existingTopics([...names]))]);
    return existing.some(({ name, id }) => this.#options.topics.get(name)?.description.id !== id);
  }

  /** Gives the partitions back: segments in the making end with what they have, are stored, announced and committed. */
  async release(): Promise<void> {
    this.#cut.abort();
    this.#over.abort();
    this.#wakeUp();
    await this.#loop;
    await Promise.allSettled(this.#steps);
    await this.#commits.settled();
    for (const partition of this.#partitions.values()) await partition.existing?.return?.();
  }

  /** The partitions are somebody else's already: nothing more is stored for them, and no commit will be accepted. */
  abandon(reason: unknown): void {
    this.#commits.cancel(reason);
    void this.release().catch(() => undefined);
  }

  async #recoverUntilDone(at: TopicPartition): Promise<void> {
    const { clock } = this.#options.context;
    const name = partitionName(at);
    for (let failures = 1; !this.#over.signal.aborted; failures++) {
      try {
        const partition = await this.#gate.run(() => this.#recover(at));
        this.#partitions.set(name, partition);
        this.#unrecoverable.delete(name);
        this.#wakeUp();
        await partition.begun?.catch((error: unknown) => this.#refused(partition, error));
        break;
      } catch (error) {
        await clock.sleep(this.#notRecovered(at, error, failures), this.#over.signal).catch(() => undefined);
      }
    }
    this.#recovering.delete(name);
    this.#wakeUp();
  }

  /** What a person has to mend shows until it is mended, and is told once. Gives how long to wait. */
  #notRecovered(at: TopicPartition, error: unknown, failures: number): number {
    const { observer } = this.#options.context;
    const name = partitionName(at);
    if (isPassing(error)) {
      const delayMs = backoffDelayMs(STEP_BACKOFF, Math.min(failures, 16), Math.random);
      observer.stepFailed(at, error, delayMs);
      return delayMs;
    }
    const reason = isAppError(error) ? error : unexpected(error);
    const isTold = this.#unrecoverable.get(name)?.error.message === reason.message;
    if (!isTold) observer.stepFailed(at, error, undefined);
    this.#unrecoverable.set(name, { at, error: reason });
    this.#recovering.delete(name);
    return MENDED_MS;
  }

  async #recover(at: TopicPartition): Promise<OwnedPartition> {
    const { context, topics, generation, rotation } = this.#options;
    const { kafka, bucket, logger, clock } = context;
    const topic = topics.get(at.topic);
    if (topic === undefined)
      throw new AppError('KAFKA_TOPIC_MISSING', `the group assigned ${at.topic}, which does not exist any more`);
    const topicId = topic.description.id;
    const location = { folder: topic.route.folder, source: topic.source.number, partition: at.partition };
    const [offsets, log] = await Promise.all([
      kafka.committedOffsets(generation.group, [at]),
      this.#lookAtLog(at, clock.nowMs() - rotation.ageMaxMs),
    ]);
    const committed = offsets.get(partitionName(at));
    const input = {
      at,
      topicId,
      location,
      committed,
      startOffset: () => startOffset(kafka, at, this.#startPosition(at)),
    };
    const found = await recoverPosition(bucket, input);
    const { position, skipped } = found;
    logger.info('partition taken over', { partition: partitionName(at), position, origin: found.origin });
    if (skipped !== undefined) context.observer.skipped(at, skipped);
    const begun = found.toCommit ? this.#commits.add({ at, topicId, end: position, segment: undefined }) : undefined;
    // What waits already may have waited long: if a record is older than the maximum age, it is due at once.
    const isOld = log.youngFrom === undefined || log.youngFrom > position;
    const partition: OwnedPartition = {
      at,
      topic,
      location,
      identity: { clusterId: topic.source.clusterId, topic: at.topic, topicId, partition: at.partition },
      progress: new PartitionProgress(at, position, {
        precedingGap: skipped,
        markEveryMs: rotation.ageMaxMs / AGE_STEPS,
      }),
      stall: new StableOffsetStall(),
      isAgeKnown: !isOld,
      beyondLog: false,
      begun,
      existing: undefined,
      busy: false,
      storedCount: 0,
      stopped: undefined,
    };
    if (found.hasMore) partition.existing = followExistingFrom(bucket, partition);
    partition.progress.logEndSeen(log.end ?? position, clock.monotonicMs() - (isOld ? rotation.ageMaxMs : 0));
    return partition;
  }

  /** What came into being while we archived is archived whole: "latest" was said of what there was. */
  #startPosition(at: TopicPartition): StartPosition {
    const { startPosition, startedWith } = this.#options;
    if (startPosition !== 'latest') return startPosition;
    const topic = this.#options.topics.get(at.topic);
    const known = startedWith.get(at.topic);
    const isOld = topic?.description.id === known?.description.id;
    const partitionCount = Math.min(known?.description.partitionCount ?? 0, topic?.source.partitionCount ?? 0);
    return isOld && at.partition < partitionCount ? 'latest' : 'earliest';
  }

  /** Where a partition's log ends, and where in it what is younger than `limitMs` begins (undefined: nowhere). */
  async #lookAtLog(at: TopicPartition, limitMs: number): Promise<LogAges> {
    const { context } = this.#options;
    const [ends, young] = await Promise.all([
      context.kafka.listOffsets([at], endPosition(context)),
      context.kafka.listOffsets([at], { timestampMs: limitMs }),
    ]);
    const name = partitionName(at);
    return { end: ends.get(name), youngFrom: young.get(name) };
  }

  async #run(): Promise<void> {
    const { clock } = this.#options.context;
    let polledMs = Number.NEGATIVE_INFINITY;
    while (!this.#over.signal.aborted) {
      if (clock.monotonicMs() - polledMs >= this.#options.pollIntervalMs) {
        await this.#pollLogEnds([...this.#partitions.values()].filter(hasLog));
        await this.#slowCheck();
        polledMs = clock.monotonicMs();
      }
      this.#fillSlots();
      const waitMs = Math.max(1, polledMs + this.#options.pollIntervalMs - clock.monotonicMs());
      const timer = new AbortController();
      await Promise.race([this.#wake.promise, clock.sleep(waitMs, timer.signal).catch(() => undefined)]);
      timer.abort();
      this.#wake = Promise.withResolvers<void>();
    }
  }

  async #pollLogEnds(partitions: readonly OwnedPartition[]): Promise<void> {
    try {
      await this.#readLogEnds(partitions);
    } catch (error) {
      // One deleted topic must not hide the ends of the others.
      const topics = isAppError(error, 'KAFKA_TOPIC_MISSING')
        ? Map.groupBy(partitions, ({ at }) => at.topic)
        : undefined;
      if (topics === undefined) this.#pollFailed(partitions, error);
      for (const ofTopic of topics?.values() ?? []) {
        await this.#readLogEnds(ofTopic).catch((reason: unknown) => this.#pollFailed(ofTopic, reason));
      }
    }
  }

  #pollFailed(partitions: readonly OwnedPartition[], error: unknown): void {
    const { observer } = this.#options.context;
    if (!isAppError(error, 'KAFKA_TOPIC_MISSING')) {
      observer.pollFailed(partitions.length, error, this.#options.pollIntervalMs);
      return;
    }
    for (const partition of partitions) {
      this.#stop(partition, error);
      observer.stepFailed(partition.at, error, undefined);
    }
  }

  async #readLogEnds(partitions: readonly OwnedPartition[]): Promise<void> {
    if (partitions.length === 0) return;
    const { kafka, clock } = this.#options.context;
    const ends = await kafka.listOffsets(
      partitions.map(({ at }) => at),
      endPosition(this.#options.context),
    );
    for (const { at, progress } of partitions) {
      const end = ends.get(partitionName(at));
      if (end !== undefined) progress.logEndSeen(end, clock.monotonicMs());
    }
  }

  /** What need not be looked at with every poll. */
  async #slowCheck(): Promise<void> {
    const { context } = this.#options;
    const { kafka, clock, logger } = context;
    if (clock.monotonicMs() - this.#slowCheckMs < SLOW_CHECK_MS) return;
    this.#slowCheckMs = clock.monotonicMs();
    try {
      const working = [...this.#partitions.values()].filter(isWorking);
      await watchLogs(context, working);
      if (await this.hasNewTopic(kafka)) this.#topicWentAway();
      await findBacklogAges(context, working);
    } catch (error) {
      logger.debug('a check failed, and is made again soon', { error });
    }
  }

  #fillSlots(): void {
    const { slots, rotation, context } = this.#options;
    const nowMs = context.clock.monotonicMs();
    const limit = slots.permits - slots.inUse;
    if (limit <= 0 || this.#over.signal.aborted) return;
    const free = [...this.#partitions.entries()]
      .filter(([name, partition]) => isWorking(partition) && !partition.busy && this.#isRested(name, nowMs))
      .map(([, partition]) => partition);
    const existing = free.filter((partition) => partition.existing !== undefined).slice(0, limit);
    const rest = free.filter((partition) => partition.existing === undefined);
    const due = duePartitions(rest, rotation, {
      nowMs,
      wallMs: context.clock.nowMs(),
      limit: limit - existing.length,
    });
    for (const partition of [...existing, ...due.map((d) => d.partition)]) this.#start(partition);
  }

  #start(partition: OwnedPartition): void {
    partition.busy = true;
    partition.progress.beginTurn(this.#options.context.clock.monotonicMs());
    const step = this.#options.slots
      .run(() => this.#step(partition))
      .finally(() => {
        partition.busy = false;
        this.#steps.delete(step);
        if (this.#steps.size === 0) this.#commits.hurry();
        this.#wakeUp();
      });
    this.#steps.add(step);
  }

  async #step(partition: OwnedPartition): Promise<void> {
    const { context, pollIntervalMs } = this.#options;
    const name = partitionName(partition.at);
    const nowMs = (): number => context.clock.monotonicMs();
    const refused = (of: OwnedPartition, error: unknown): void => this.#refused(of, error);
    const step: StepContext = { ...context, commits: this.#commits, refused, cut: this.#cut.signal };
    try {
      if (await archiveStep(step, partition)) this.#resting.delete(name);
      else this.#resting.set(name, { untilMs: nowMs() + pollIntervalMs, failures: 0 });
    } catch (error) {
      const failures = (this.#resting.get(name)?.failures ?? 0) + 1;
      const delayMs = isPassing(error) ? backoffDelayMs(STEP_BACKOFF, Math.min(failures, 16), Math.random) : undefined;
      if (delayMs === undefined) this.#stop(partition, error);
      else this.#resting.set(name, { untilMs: nowMs() + delayMs, failures });
      context.observer.stepFailed(partition.at, error, delayMs);
    }
  }

  /**
   * Fenced: either the group gave the partition away, and will say so soon, or only the producer was taken for dead.
   * Recovering finds out: it starts from what is committed, and announces what is stored since. Anything else (a topic of
   * its events or forwards is gone, or takes no record so large) shows until somebody has mended it.
   */
  #refused(partition: OwnedPartition, error: unknown): void {
    this.#options.context.observer.commitRefused(partition.at, error);
    if (partition.stopped !== undefined) return;
    partition.stopped = isAppError(error) ? error : unexpected(error);
    if (this.#over.signal.aborted || !isAppError(error)) return;
    void this.#recoverAgain(partition.at, isPassing(error) ? RECOVER_AGAIN_MS : MENDED_MS);
  }

  async #recoverAgain(at: TopicPartition, delayMs: number): Promise<void> {
    const { clock } = this.#options.context;
    await Promise.allSettled(this.#steps);
    await clock.sleep(delayMs, this.#over.signal).catch(() => undefined);
    this.#recovering.add(partitionName(at));
    await this.#recoverUntilDone(at);
  }

  #stop(partition: OwnedPartition, error: unknown): void {
    partition.stopped = isAppError(error) ? error : unexpected(error);
    if (isAppError(error, 'KAFKA_TOPIC_MISSING')) this.#topicWentAway();
  }

  #topicWentAway(): void {
    if (this.#topicIsGone) return;
    this.#topicIsGone = true;
    this.#options.topicGone();
  }

  #isRested(name: string, nowMs: number): boolean {
    const resting = this.#resting.get(name);
    return resting === undefined || resting.untilMs <= nowMs;
  }

  #wakeUp(): void {
    this.#wake.resolve();
  }
}

function isWorking({ stopped }: OwnedPartition): boolean {
  return stopped === undefined;
}

/** Also what is stopped, or waits for the store: how much there is to be archived is never more interesting than then. */
function hasLog({ stopped }: OwnedPartition): boolean {
  return stopped?.code !== 'KAFKA_TOPIC_MISSING';
}

function endPosition(context: ArchiveContext): 'stable' | 'latest' {
  return context.isolation === 'read_committed' ? 'stable' : 'latest';
}

function unexpected(error: unknown): AppError {
  return new AppError('KAFKA_REQUEST_FAILED', `unexpected: ${String(error)}`, { cause: error });
}
