import type { Bucket } from '../core/bucket/bucket.ts';
import { probeBucket } from '../core/bucket/probe-bucket.ts';
import type { StorerConfig } from '../core/config/storer-options.ts';
import { isAppError } from '../core/errors.ts';
import type { GroupGeneration, GroupListener, GroupMembership, KafkaClient } from '../core/kafka/kafka-client.ts';
import { partitionName, type TopicPartition } from '../core/record/topic-partition.ts';
import { type BackoffPolicy, backoffDelayMs } from '../core/runtime/backoff.ts';
import type { Clock } from '../core/runtime/clock.ts';
import { reasonOf } from '../core/runtime/error-report.ts';
import type { Service } from '../core/runtime/lifecycle.ts';
import type { Logger } from '../core/runtime/logger.ts';
import type { HealthReport } from '../core/runtime/operational-routes.ts';
import { Semaphore } from '../core/runtime/semaphore.ts';
import type { SegmentThreads } from '../core/segment/segment-threads.ts';
import type { ArchiveContext } from './archive-step.ts';
import {
  checkPostIngestion,
  existingRoutes,
  openTopics,
  type ArchivedTopic,
  type TopicRoute,
} from './archived-topics.ts';
import { Assignment, type StoppedPartition } from './assignment.ts';
import { CommitTransaction } from './commit-transaction.ts';
import type { OwnedPartition } from './owned-partition.ts';
import { isPassing } from './passing-error.ts';
import { retentionWarning } from './topic-retention.ts';
import type { StorerObserver } from './storer-observer.ts';

/** What a storer is made of; everything is closed by whoever opened it. */
export interface StorerParts {
  readonly config: StorerConfig;
  readonly kafka: KafkaClient;
  readonly bucket: Bucket;
  readonly threads: SegmentThreads;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observer: StorerObserver;
  /** Random id of this process. */
  readonly processId: string;
}

/** Of one fetch: large enough that requests cost nothing, small enough that several are no weight. */
const FETCH_BYTES = 4 * 1024 * 1024;
const FETCH_WAIT_MS = 500;
const FLUSH_CHECK_MS = 50;
const TOPIC_CHECK_MS = 2_000;
const OPEN_BACKOFF: BackoffPolicy = { initialMs: 500, delayMaxMs: 15_000, attemptsMax: 1_000_000 };
/** Share of the drain timeout that flushing may take; the rest is for what is in flight and for leaving. */
const FLUSH_SHARE = 0.6;
/** Share of it after which the group is left with work in flight: nobody else would get the partitions before the session ends. */
const LEAVE_SHARE = 0.9;

/**
 * The Storer: a member of a consumer group that turns the partitions it is given into segments of a bucket. Kafka is
 * the buffer: a partition is read only when enough waits there, or it has waited long enough, so that memory depends
 * on the segments in the making and on nothing else.
 */
export class Storer implements Service {
  readonly #parts: StorerParts;
  readonly #slots: Semaphore;
  readonly #context: ArchiveContext;
  readonly #transaction: CommitTransaction;
  /** Assignments begin and end one after the other. */
  readonly #turn = new Semaphore({ permits: 1 });
  #assignment: Assignment | undefined;
  #membership: GroupMembership | undefined;
  readonly #stopAsked = Promise.withResolvers<undefined>();
  /** Resolves when the group is left whatever is in flight. */
  readonly #leaveAnyway = Promise.withResolvers<void>();
  #stopping = false;
  #startedWith: ReadonlyMap<string, ArchivedTopic> = new Map();
  /** Aborted when the assignment that is about to begin is of no use any more. */
  #beginning = new AbortController();
  /** Why there is no assignment, in a sentence. */
  #hindrance: string | undefined = 'The bucket and the topics are being looked at.';
  /** What ended the work of a member that was well. */
  #failure: { readonly error: unknown } | undefined;

  constructor(parts: StorerParts) {
    this.#parts = parts;
    const { storer } = parts.config;
    const { kafka, bucket, threads, clock, logger, observer, processId } = parts;
    this.#slots = new Semaphore({ permits: storer.segmentsInFlight });
    this.#context = {
      kafka,
      bucket,
      threads,
      clock,
      logger,
      observer,
      writer: processId,
      isolation: storer.isolation,
      compression: storer.compression,
      compressionLevel: storer.compressionLevel,
      segmentBytes: storer.rotation.segmentSizeBytes,
      fetch: { bytesMax: FETCH_BYTES, waitMs: FETCH_WAIT_MS },
    };
    this.#transaction = new CommitTransaction({
      kafka,
      bucket,
      threads,
      transactionalId: `${storer.groupId}-${storer.instanceId ?? processId}`,
      transactionTimeoutMs: storer.transactionTimeoutMs,
      eventsTopic: storer.eventsTopic,
      nowMs: () => clock.nowMs(),
    });
  }

  /** The partitions that are being archived, for metrics. */
  get partitions(): Iterable<OwnedPartition> {
    return this.#assignment?.partitions ?? [];
  }

  /** The partitions that the group gave us, recovered or not. */
  get ownedCount(): number {
    return this.#assignment?.ownedCount ?? 0;
  }

  /** The partitions that wait for a person. */
  get stopped(): readonly StoppedPartition[] {
    return this.#assignment?.stopped ?? [];
  }

  get segmentsInFlight(): number {
    return this.#slots.inUse;
  }

  /** KO until the group has given an assignment and all of it is recovered, and while a partition waits for a person. */
  get readiness(): HealthReport {
    const reasons: string[] = [];
    if (this.#stopping) reasons.push('The storer is stopping.');
    if (this.#assignment === undefined) reasons.push(this.#hindrance ?? 'The group has assigned nothing yet.');
    else if (!this.#assignment.isRecovered) reasons.push('Positions are being recovered from the bucket.');
    for (const { at, error } of this.stopped) {
      reasons.push(`${partitionName(at)} is stopped: ${reasonOf(error)}`);
    }
    return { status: reasons.length === 0 ? 'OK' : 'KO', reasons: reasons.slice(0, 20) };
  }

  /** @throws what makes archiving impossible: wrong addresses, rights, topics, or a store that breaks its promises. */
  async run(): Promise<void> {
    const { config, kafka } = this.#parts;
    const { storer } = config;
    const topics = await Promise.race([this.#start(), this.#stopAsked.promise]);
    if (topics === undefined) return;
    this.#hindrance = undefined;
    this.#startedWith = topics;
    const options = {
      group: storer.groupId,
      topics: [...topics.keys()],
      sessionTimeoutMs: storer.sessionTimeoutMs,
      rebalanceTimeoutMs: storer.rebalanceTimeoutMs,
      instanceId: storer.instanceId,
      clientId: config.kafka.clientId,
    };
    this.#membership = kafka.joinGroup(options, this.#listener());
    try {
      await this.#membership.run();
      if (this.#failure !== undefined) throw this.#failure.error;
    } finally {
      await this.#turn.run(() => this.#endAssignment());
      await this.#transaction.close();
    }
  }

  /** What must be right before anything is archived. */
  async #start(): Promise<ReadonlyMap<string, ArchivedTopic>> {
    const { config, kafka, bucket, clock, logger } = this.#parts;
    const { storer } = config;
    await probeBucket(bucket);
    const topics = await openTopics(kafka, bucket, routes(config), clock.nowMs());
    await checkPostIngestion(kafka, topics.values());
    if (storer.eventsTopic !== undefined) await kafka.describeTopics([storer.eventsTopic]);
    for (const [topic, { retention }] of topics) {
      const warning = retentionWarning(topic, retention, storer.rotation.ageMaxMs);
      if (warning !== undefined) logger.warn('retention may be faster than archiving', { topic, warning });
    }
    await this.#transaction.open();
    return topics;
  }

  /**
   * Archives what waits, as far as the drain timeout allows; then gives the partitions back and leaves the group. What is
   * not finished then is the next owner's: a segment that is stored later is found, and no commit is accepted (I5).
   */
  async stop(): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#stopAsked.resolve(undefined);
    const { config, clock } = this.#parts;
    const { drainTimeoutMs } = config.storer;
    const stopped = new AbortController();
    clock.sleep(drainTimeoutMs * LEAVE_SHARE, stopped.signal).then(this.#leaveAnyway.resolve, () => undefined);
    try {
      await this.flush(drainTimeoutMs * FLUSH_SHARE);
      await this.#membership?.leave();
    } finally {
      stopped.abort();
    }
  }

  /** Archives whatever waits in Kafka now. True when it is done within the time. */
  async flush(timeoutMs: number): Promise<boolean> {
    const { clock } = this.#parts;
    const assignment = this.#assignment;
    if (assignment === undefined) return true;
    const deadlineMs = clock.monotonicMs() + timeoutMs;
    await assignment.flush();
    while (!assignment.isFlushed) {
      if (assignment !== this.#assignment || clock.monotonicMs() >= deadlineMs) return false;
      await clock.sleep(FLUSH_CHECK_MS);
    }
    return true;
  }

  #listener(): GroupListener {
    const { logger } = this.#parts;
    return {
      // Not waited for: the store may be away for long, and the membership must go on meanwhile.
      assigned: (partitions, generation) => {
        this.#beginning.abort();
        this.#beginning = new AbortController();
        const { signal } = this.#beginning;
        void this.#turn.run(() => this.#beginAssignment(partitions, generation, signal));
        return Promise.resolve();
      },
      revoking: () => {
        this.#hindrance = 'The group deals its partitions out anew; what is in the making is finished first.';
        this.#beginning.abort();
        return Promise.race([this.#turn.run(() => this.#endAssignment()), this.#leaveAnyway.promise]);
      },
      lost: (error) => {
        logger.warn('the group took the partitions away', { error });
        this.#hindrance = `The group took the partitions away: ${reasonOf(error)}`;
        this.#beginning.abort();
        // Not in turn: whatever the turn is taken by works for the assignment that is lost.
        this.#assignment?.abandon(error);
        this.#assignment = undefined;
        return Promise.resolve();
      },
      notJoined: (error) => {
        this.#hindrance = `The group cannot be joined: ${reasonOf(error)}`;
        logger.warn('the group cannot be joined, trying again', { error });
      },
    };
  }

  /** Never rejects: what cannot be got over ends the storer. */
  async #beginAssignment(
    partitions: readonly TopicPartition[],
    generation: GroupGeneration,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      await this.#endAssignment();
      // A topic may have been created anew since: then it is another source.
      const topics = await this.#openTopics(signal);
      if (signal.aborted) return;
      this.#hindrance = undefined;
      this.#begin(partitions, generation, topics);
    } catch (error) {
      if (signal.aborted) return;
      this.#failure = { error };
      void this.#membership?.leave().catch(() => undefined);
    }
  }

  /** Tries until it succeeds: neither a store nor brokers that are away for a while end a storer that is a member. */
  async #openTopics(signal: AbortSignal): Promise<ReadonlyMap<string, ArchivedTopic>> {
    const { config, kafka, bucket, clock, logger } = this.#parts;
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    aborted.catch(() => undefined);
    for (let attempt = 1; ; attempt++) {
      signal.throwIfAborted();
      try {
        const wanted = routes(config);
        const existing = await Promise.race([existingRoutes(kafka, wanted), aborted]);
        const opened = await Promise.race([openTopics(kafka, bucket, existing, clock.nowMs()), aborted]);
        for (const { topic } of wanted) {
          if (!opened.has(topic)) logger.warn('a topic does not exist, and is not archived until it does', { topic });
        }
        return opened;
      } catch (error) {
        // A topic may be deleted between the two looks.
        if (signal.aborted || !(isPassing(error) || isAppError(error, 'KAFKA_TOPIC_MISSING'))) throw error;
        const delayMs = backoffDelayMs(OPEN_BACKOFF, Math.min(attempt, 16), Math.random);
        logger.warn('the topics cannot be opened at present, trying again', { error, attempt, delayMs });
        this.#hindrance = `The topics cannot be opened: ${reasonOf(error)}`;
        await clock.sleep(delayMs, signal);
      }
    }
  }

  #begin(
    partitions: readonly TopicPartition[],
    generation: GroupGeneration,
    topics: ReadonlyMap<string, ArchivedTopic>,
  ): void {
    const { config, logger } = this.#parts;
    const { rotation, startPosition } = config.storer;
    logger.info('partitions assigned', { count: partitions.length, generation: generation.generationId });
    const assignment = new Assignment({
      context: this.#context,
      transaction: this.#transaction,
      topics,
      generation,
      rotation: {
        segmentBytes: rotation.segmentSizeBytes,
        ageMaxMs: rotation.ageMaxMs,
        alignToMs: rotation.alignToMs ?? 0,
      },
      pollIntervalMs: rotation.pollIntervalMs,
      startPosition,
      startedWith: this.#startedWith,
      slots: this.#slots,
      topicGone: () => void this.#beginAgain(assignment, partitions, generation),
    });
    this.#assignment = assignment;
    assignment.begin(partitions);
  }

  /** A topic was deleted. If it is created again it is a new source, and the assignment begins anew with that. */
  async #beginAgain(
    assignment: Assignment,
    partitions: readonly TopicPartition[],
    generation: GroupGeneration,
  ): Promise<void> {
    const { kafka, clock, logger } = this.#parts;
    const { signal } = this.#beginning;
    while (assignment === this.#assignment && !this.#stopping) {
      await clock.sleep(TOPIC_CHECK_MS);
      try {
        if (!(await assignment.hasNewTopic(kafka))) continue;
      } catch (error) {
        logger.warn('a topic that was created again cannot be archived yet', { error });
        continue;
      }
      await this.#turn.run(async () => {
        if (assignment === this.#assignment) await this.#beginAssignment(partitions, generation, signal);
      });
      return;
    }
  }

  async #endAssignment(): Promise<void> {
    const assignment = this.#assignment;
    this.#assignment = undefined;
    await assignment?.release();
  }
}

function routes({ storer }: StorerConfig): TopicRoute[] {
  return storer.topics.map(({ topic, folder, postIngestion }) => ({
    topic,
    folder,
    postIngestion: storer.enablePostIngestion ? postIngestion : [],
  }));
}
