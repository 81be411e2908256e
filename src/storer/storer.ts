import type { Bucket } from '../core/bucket/bucket.ts';
import { probeBucket } from '../core/bucket/probe-bucket.ts';
import type { StorerConfig } from '../core/config/storer-options.ts';
import type { GroupGeneration, GroupListener, GroupMembership, KafkaClient } from '../core/kafka/kafka-client.ts';
import { partitionName, type TopicPartition } from '../core/record/topic-partition.ts';
import type { Clock } from '../core/runtime/clock.ts';
import type { Service } from '../core/runtime/lifecycle.ts';
import type { Logger } from '../core/runtime/logger.ts';
import type { HealthReport } from '../core/runtime/operational-routes.ts';
import { Semaphore } from '../core/runtime/semaphore.ts';
import type { SegmentThreads } from '../core/segment/segment-threads.ts';
import type { ArchiveContext } from './archive-step.ts';
import { existingRoutes, openTopics, type TopicRoute } from './archived-topics.ts';
import { Assignment, type StoppedPartition } from './assignment.ts';
import { CommitTransaction } from './commit-transaction.ts';
import type { OwnedPartition } from './owned-partition.ts';
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
const FETCH_BYTES = 2 * 1024 * 1024;
const FETCH_WAIT_MS = 500;
const FLUSH_CHECK_MS = 50;
const TOPIC_CHECK_MS = 2_000;
/** Share of the drain timeout that flushing may take; the rest is for what is in flight and for leaving. */
const FLUSH_SHARE = 0.6;

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
  #stopping = false;

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
    if (this.#assignment === undefined) reasons.push('The group has assigned nothing yet.');
    else if (!this.#assignment.isRecovered) reasons.push('Positions are being recovered from the bucket.');
    for (const { at, error } of this.stopped) {
      reasons.push(`${partitionName(at)} is stopped: ${error.message} (${error.code})`);
    }
    return { status: reasons.length === 0 ? 'OK' : 'KO', reasons: reasons.slice(0, 20) };
  }

  /** @throws what makes archiving impossible: wrong addresses, rights, topics, or a store that breaks its promises. */
  async run(): Promise<void> {
    const { config, kafka, bucket, clock, logger } = this.#parts;
    const { storer } = config;
    await probeBucket(bucket);
    const topics = await openTopics(kafka, bucket, routes(config), clock.nowMs());
    if (storer.eventsTopic !== undefined) await kafka.describeTopics([storer.eventsTopic]);
    for (const [topic, { retention }] of topics) {
      const warning = retentionWarning(topic, retention, storer.rotation.ageMaxMs);
      if (warning !== undefined) logger.warn('retention may be faster than archiving', { topic, warning });
    }
    await this.#transaction.open();
    if (this.#stopping) return;
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
    } finally {
      await this.#turn.run(() => this.#endAssignment());
      await this.#transaction.close();
    }
  }

  /** Archives what waits, as far as the drain timeout allows; then gives the partitions back and leaves the group. */
  async stop(): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    await this.flush(this.#parts.config.storer.drainTimeoutMs * FLUSH_SHARE);
    await this.#membership?.leave();
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
    return {
      assigned: (partitions, generation) => this.#turn.run(() => this.#beginAssignment(partitions, generation)),
      revoking: () => this.#turn.run(() => this.#endAssignment()),
      lost: (error) => {
        this.#parts.logger.warn('the group took the partitions away', { error });
        // Not in turn: whatever the turn is taken by works for the assignment that is lost.
        this.#assignment?.abandon(error);
        this.#assignment = undefined;
        return Promise.resolve();
      },
    };
  }

  async #beginAssignment(partitions: readonly TopicPartition[], generation: GroupGeneration): Promise<void> {
    const { config, kafka, bucket, clock, logger } = this.#parts;
    const { rotation, startPosition } = config.storer;
    await this.#endAssignment();
    // A topic may have been created anew since: then it is another source.
    const topics = await openTopics(kafka, bucket, await existingRoutes(kafka, routes(config)), clock.nowMs());
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
    while (assignment === this.#assignment && !this.#stopping) {
      await clock.sleep(TOPIC_CHECK_MS);
      try {
        if (!(await assignment.hasNewTopic(kafka))) continue;
        await this.#turn.run(async () => {
          if (assignment === this.#assignment) await this.#beginAssignment(partitions, generation);
        });
        return;
      } catch (error) {
        logger.warn('a topic that was created again cannot be archived yet', { error });
      }
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
