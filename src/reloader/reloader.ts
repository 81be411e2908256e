import type { Bucket } from '../core/bucket/bucket.ts';
import type { ReloaderConfig } from '../core/config/reloader-options.ts';
import { isAppError } from '../core/errors.ts';
import type { GroupListener, GroupMembership, KafkaClient } from '../core/kafka/kafka-client.ts';
import { reasonOf } from '../core/runtime/error-report.ts';
import { retry } from '../core/runtime/backoff.ts';
import type { Clock } from '../core/runtime/clock.ts';
import type { Service } from '../core/runtime/lifecycle.ts';
import type { Logger } from '../core/runtime/logger.ts';
import type { HealthReport } from '../core/runtime/operational-routes.ts';
import type { SegmentThreadsPort } from '../core/segment/segment-threads.ts';
import { isFinal } from './job/job-state.ts';
import { JobView } from './job/job-view.ts';
import { JobDesk } from './job-desk.ts';
import { prepareInternalTopics } from './state/internal-topics.ts';
import { JobStore } from './state/job-store.ts';
import { StateLog } from './state/state-log.ts';
import type { TaskProgress } from './task/task-context.ts';
import { TaskScheduler } from './task/task-scheduler.ts';

/** What a reloader is made of; everything is closed by whoever opened it. */
export interface ReloaderParts {
  readonly config: ReloaderConfig;
  readonly kafka: KafkaClient;
  readonly bucket: Bucket;
  readonly threads: SegmentThreadsPort;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly progress: TaskProgress;
  /** A number in 0..1 (1 excluded). */
  readonly random: () => number;
  /** So many random bytes. */
  readonly randomBytes: (count: number) => Uint8Array;
  /** This replica, for people: host name and process, or so. */
  readonly owner: string;
}

interface Running {
  readonly desk: JobDesk;
  readonly view: JobView;
  readonly log: StateLog;
  readonly store: JobStore;
  readonly scheduler: TaskScheduler;
}

/** How often the topics are looked at: while a job is unfinished, and otherwise. */
const ACTIVE_INTERVAL_MS = 100;
const IDLE_INTERVAL_MS = 500;
/** Passing errors of reading the topics are got over for about ten minutes. */
const READ_POLICY = { initialMs: 100, delayMaxMs: 10_000, attemptsMax: 70 };
/** Readiness is lost when the topics could not be read for so long. */
const STALE_MS = 15_000;

/**
 * The Reloader: a member of a consumer group that shares out the tasks of reload jobs. Jobs and tasks are records of two
 * topics; every replica reads both, so that each can answer for all, and the state of a job needs no owner.
 */
export class Reloader implements Service {
  readonly #parts: ReloaderParts;
  readonly #stopped = new AbortController();
  readonly #ready = Promise.withResolvers<JobDesk>();
  #running: Running | undefined;
  #membership: GroupMembership | undefined;
  #partitions: ReadonlySet<number> | undefined;
  /** Why there is no assignment, in a sentence. */
  #hindrance: string | undefined;

  constructor(parts: ReloaderParts) {
    this.#parts = parts;
    this.#ready.promise.catch(() => undefined);
  }

  /** Where jobs are created and asked after; resolves once the topics have been read, rejects when that is impossible. */
  get desk(): Promise<JobDesk> {
    return this.#ready.promise;
  }

  /** Undefined until the topics have been read. */
  get view(): JobView | undefined {
    return this.#running?.view;
  }

  get runningTaskCount(): number {
    return this.#running?.scheduler.runningCount ?? 0;
  }

  /** How many partitions of the tasks topic are ours. */
  get partitionCount(): number {
    return this.#partitions?.size ?? 0;
  }

  /** KO until the topics are read and the group has given an assignment, and while Kafka cannot be reached. */
  get readiness(): HealthReport {
    const reasons: string[] = [];
    const readAtMs = this.#running?.log.readAtMs;
    if (this.#stopped.signal.aborted) reasons.push('The reloader is stopping.');
    if (readAtMs === undefined) reasons.push('The jobs have not been read yet.');
    else if (this.#parts.clock.monotonicMs() - readAtMs > STALE_MS) reasons.push('Kafka has not answered for a while.');
    if (this.#partitions === undefined) reasons.push(this.#hindrance ?? 'The group has assigned nothing yet.');
    return { status: reasons.length === 0 ? 'OK' : 'KO', reasons };
  }

  /** @throws what makes reloading impossible: wrong addresses, rights or topics. */
  async run(): Promise<void> {
    try {
      const running = await this.#open();
      this.#running = running;
      this.#ready.resolve(running.desk);
      await this.#work(running);
    } catch (error) {
      this.#ready.reject(error);
      throw error;
    }
  }

  /** Commits what is in flight, gives the tasks back and leaves the group. Their jobs go on on other replicas, or later. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#membership?.leave();
  }

  async #open(): Promise<Running> {
    const { config, kafka, bucket, threads, clock, logger, progress, random, owner } = this.#parts;
    const { reloader } = config;
    const topics = await prepareInternalTopics(kafka, {
      jobsTopic: reloader.jobsTopic,
      tasksTopic: reloader.tasksTopic,
      tasksTopicPartitions: reloader.tasksTopicPartitions,
      replicationFactor: reloader.internalReplicationFactor,
    });
    const view = new JobView(() => clock.monotonicMs());
    const log = new StateLog({ kafka, topics, view, clock, logger });
    const { groupId, transactionTimeoutMs } = reloader;
    const store = new JobStore({ kafka, topics, view, log, clock, groupId, transactionTimeoutMs });
    const limits = {
      groupId,
      owner,
      transactionTimeoutMs,
      transactionBytesMax: reloader.transactionSizeMaxBytes,
      transactionAgeMaxMs: reloader.transactionAgeMaxMs,
    };
    const context = { kafka, bucket, threads, view, log, topics, clock, random, logger, progress, limits };
    const scheduler = new TaskScheduler(context, { tasksInFlight: reloader.tasksInFlight });
    await log.refresh();
    const desk = new JobDesk({ kafka, bucket, view, log, store, clock, randomBytes: this.#parts.randomBytes });
    return { desk, view, log, store, scheduler };
  }

  async #work(running: Running): Promise<void> {
    const { config, kafka } = this.#parts;
    const { reloader } = config;
    const { view, scheduler } = running;
    const evaluate = (): void => scheduler.evaluate();
    view.on('changed', evaluate);
    const membership = kafka.joinGroup(
      {
        group: reloader.groupId,
        topics: [reloader.tasksTopic],
        sessionTimeoutMs: reloader.sessionTimeoutMs,
        rebalanceTimeoutMs: reloader.rebalanceTimeoutMs,
        instanceId: reloader.instanceId,
        clientId: config.kafka.clientId,
      },
      this.#listener(scheduler),
    );
    this.#membership = membership;
    if (this.#stopped.signal.aborted) return;
    try {
      // The one that fails ends the other.
      await Promise.all([
        membership.run().finally(() => this.#stopped.abort()),
        this.#read(running).catch(async (error: unknown) => {
          await membership.leave().catch(() => undefined);
          throw error;
        }),
      ]);
    } finally {
      view.off('changed', evaluate);
      await scheduler.release();
    }
  }

  #listener(scheduler: TaskScheduler): GroupListener {
    const { logger } = this.#parts;
    return {
      assigned: async (partitions, generation) => {
        await scheduler.release();
        this.#hindrance = undefined;
        this.#partitions = new Set(partitions.map(({ partition }) => partition));
        logger.info('partitions assigned', { count: partitions.length, generation: generation.generationId });
        scheduler.assign([...this.#partitions]);
      },
      revoking: () => scheduler.release(),
      lost: async (error) => {
        this.#partitions = undefined;
        this.#hindrance = `The group took the tasks away: ${reasonOf(error)}`;
        logger.warn('the group took the tasks away', { error });
        await scheduler.abandon();
      },
      notJoined: (error) => {
        this.#hindrance = `The group cannot be joined: ${reasonOf(error)}`;
        logger.warn('the group cannot be joined, trying again', { error });
      },
    };
  }

  async #read(running: Running): Promise<void> {
    const { clock, logger } = this.#parts;
    const { signal } = this.#stopped;
    const onRetry = ({ error, attempt }: { readonly error: unknown; readonly attempt: number }): void =>
      logger.warn('the topics of the reloader cannot be read at present', { error, attempt });
    try {
      for (;;) {
        const active = running.view.summaries().some(({ state }) => !isFinal(state));
        await clock.sleep(active ? ACTIVE_INTERVAL_MS : IDLE_INTERVAL_MS, signal);
        await retry(() => running.log.refresh(), READ_POLICY, { clock, signal, random: this.#parts.random, onRetry });
        await this.#prune(running.store);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** One replica is enough to forget old jobs. */
  async #prune(store: JobStore): Promise<void> {
    if (this.#partitions?.has(0) !== true) return;
    try {
      const count = await store.prune(this.#parts.config.reloader.jobsKeptMax);
      if (count > 0) this.#parts.logger.info('old jobs forgotten', { count });
    } catch (error) {
      if (!isAppError(error)) throw error;
      this.#parts.logger.warn('old jobs cannot be forgotten at present', { error });
    }
  }
}
