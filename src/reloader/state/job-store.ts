import { AppError, isAppError } from '../../core/errors.ts';
import type { KafkaClient } from '../../core/kafka/kafka-client.ts';
import type { Clock } from '../../core/runtime/clock.ts';
import { retry } from '../../core/runtime/backoff.ts';
import type { TopicPartition } from '../../core/record/topic-partition.ts';
import { encodeRecord, jobKey, type JobRecord, taskKey, taskPartition, type TaskRecord } from '../job/job-record.ts';
import { isFinal, type JobCommand, wishAfter } from '../job/job-state.ts';
import type { JobSummary, JobView } from '../job/job-view.ts';
import type { InternalTopics } from './internal-topics.ts';
import type { StateLog } from './state-log.ts';
import { produceState, type StateRecord } from './state-records.ts';

/** What a job store needs. */
export interface JobStoreOptions {
  readonly kafka: KafkaClient;
  readonly topics: InternalTopics;
  readonly view: JobView;
  readonly log: StateLog;
  readonly clock: Clock;
  /** Replicas with the same group share the jobs. */
  readonly groupId: string;
  readonly transactionTimeoutMs: number;
}

/** A job that was just created, or was there already under the same idempotency key. */
export interface CreatedJob {
  readonly jobId: string;
  readonly created: boolean;
}

interface Change<T> {
  readonly result: T;
  readonly writes: readonly { readonly at: TopicPartition; readonly records: readonly StateRecord[] }[];
}

/** Two replicas that write at once fence each other: the one that came first tries again. */
const WRITE_POLICY = { initialMs: 20, delayMaxMs: 1_000, attemptsMax: 12, totalMaxMs: 30_000 };

/**
 * Creates, commands and forgets jobs. Every change is one transaction under one transactional id that all replicas
 * share: beginning it fences whoever is at it, and what is decided is decided on records read after that. So changes
 * are one after the other, whatever replica they come from, without a leader.
 */
export class JobStore {
  readonly #options: JobStoreOptions;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(options: JobStoreOptions) {
    this.#options = options;
  }

  /**
   * Records a job with its tasks, all or nothing. A second call with the same key and request gives the first job.
   * @throws RELOAD_JOB_STATE when the key was used for another request.
   */
  create(job: JobRecord, tasks: readonly TaskRecord[]): Promise<CreatedJob> {
    return this.#change((): Change<CreatedJob> => {
      // An earlier attempt's answer was lost.
      if (this.#options.view.summary(job.jobId) !== undefined) {
        return { result: { jobId: job.jobId, created: true }, writes: [] };
      }
      const same =
        job.idempotencyKey === undefined ? undefined : this.#options.view.findByIdempotencyKey(job.idempotencyKey);
      if (same !== undefined) {
        checkSameRequest(job, same);
        return { result: { jobId: same.jobId, created: false }, writes: [] };
      }
      const writes = [
        ...this.#taskWrites(
          job.jobId,
          tasks.map((task) => ({ task: task.task, value: encodeRecord(task) })),
        ),
        this.#jobWrite(job.jobId, encodeRecord(job)),
      ];
      return { result: { jobId: job.jobId, created: true }, writes };
    });
  }

  /** Changes what is wished of a job. @throws RELOAD_JOB_MISSING, RELOAD_JOB_STATE. */
  command(jobId: string, command: JobCommand): Promise<JobSummary> {
    return this.#change(() => {
      const summary = requireJob(this.#options.view, jobId);
      const wish = wishAfter(command, summary.state, jobId);
      if (wish === summary.job.wish) return { result: summary, writes: [] };
      const job: JobRecord = { ...summary.job, wish, wishedAtMs: this.#options.clock.nowMs() };
      return { result: summary, writes: [this.#jobWrite(jobId, encodeRecord(job))] };
    }).then((before) => this.#options.view.summary(jobId) ?? before);
  }

  /** Forgets the oldest finished jobs above `jobsKeptMax`. Gives how many. */
  async prune(jobsKeptMax: number): Promise<number> {
    if (surplus(this.#options.view, jobsKeptMax).length === 0) return 0;
    return this.#change(() => {
      const jobs = surplus(this.#options.view, jobsKeptMax);
      const writes = jobs.flatMap(({ job: { jobId } }) => {
        const tasks = this.#options.view.tasks(jobId).map(({ task }) => ({ task, value: null }));
        return [this.#jobWrite(jobId, null), ...this.#taskWrites(jobId, tasks)];
      });
      return { result: jobs.length, writes };
    });
  }

  #change<T>(decide: () => Change<T>): Promise<T> {
    const { clock } = this.#options;
    const run = (): Promise<T> => retry(() => this.#attempt(decide), WRITE_POLICY, { clock, isRetryable });
    // One at a time within this process, so that it does not fence itself.
    const result = this.#tail.then(run, run);
    this.#tail = result.catch(() => undefined);
    return result;
  }

  async #attempt<T>(decide: () => Change<T>): Promise<T> {
    const { kafka, log, clock, groupId, transactionTimeoutMs } = this.#options;
    const producer = await kafka.transactionalProducer({ transactionalId: `${groupId}-control`, transactionTimeoutMs });
    try {
      await log.catchUp('jobs');
      await log.refresh();
      const { result, writes } = decide();
      if (writes.length === 0) return result;
      producer.begin();
      try {
        for (const { at, records } of writes) await produceState(producer, at, records, clock.nowMs());
        await producer.commit();
      } catch (error) {
        await producer.abort().catch(() => undefined);
        throw error;
      }
      await log.catchUp('jobs');
      return result;
    } finally {
      await producer.close();
    }
  }

  #jobWrite(jobId: string, value: Uint8Array | null): Change<unknown>['writes'][number] {
    return { at: { topic: this.#options.topics.jobsTopic, partition: 0 }, records: [{ key: jobKey(jobId), value }] };
  }

  #taskWrites(
    jobId: string,
    tasks: readonly { readonly task: number; readonly value: Uint8Array | null }[],
  ): Change<unknown>['writes'] {
    const { tasksTopic, tasksPartitionCount } = this.#options.topics;
    const byPartition = Map.groupBy(tasks, ({ task }) => taskPartition(jobId, task, tasksPartitionCount));
    return [...byPartition].map(([partition, inIt]) => ({
      at: { topic: tasksTopic, partition },
      records: inIt.map(({ task, value }) => ({ key: taskKey(jobId, task), value })),
    }));
  }
}

function isRetryable(error: unknown): boolean {
  return isAppError(error) && (error.retryable || error.code === 'KAFKA_FENCED');
}

/** @throws RELOAD_JOB_MISSING */
export function requireJob(view: JobView, jobId: string): JobSummary {
  const summary = view.summary(jobId);
  if (summary !== undefined) return summary;
  throw new AppError('RELOAD_JOB_MISSING', `there is no reload job ${jobId}`, {
    subject: jobId,
    hint: 'GET /v1/jobs lists the jobs; the oldest finished ones are forgotten (reloader.jobsKeptMax).',
  });
}

function checkSameRequest(wanted: JobRecord, found: JobRecord): void {
  if (JSON.stringify(wanted.request) === JSON.stringify(found.request)) return;
  throw new AppError('RELOAD_JOB_STATE', `the idempotency key was used for another request, job ${found.jobId}`, {
    subject: found.jobId,
    hint: 'Send a new Idempotency-Key with a new request.',
  });
}

function surplus(view: JobView, jobsKeptMax: number): JobSummary[] {
  return view
    .summaries()
    .filter(({ state }) => isFinal(state))
    .slice(jobsKeptMax);
}
