import { AppError } from '../../core/errors.ts';
import type { KafkaClient } from '../../core/kafka/kafka-client.ts';
import { asBuffer, readBatchHeader } from '../../core/record/batch-header.ts';
import { readRecords, verifyBatch } from '../../core/record/batch-records.ts';
import { CommittedFilter, isAbortMarker } from '../../core/record/committed-filter.ts';
import type { KafkaRecord } from '../../core/record/kafka-record.ts';
import { type Offset, partitionName, type TopicPartition } from '../../core/record/topic-partition.ts';
import type { Clock } from '../../core/runtime/clock.ts';
import type { Logger } from '../../core/runtime/logger.ts';
import { decodeJobRecord, decodeTaskRecord } from '../job/job-record.ts';
import { type JobView, parseTaskKey } from '../job/job-view.ts';
import type { InternalTopics } from './internal-topics.ts';

const FETCH_BYTES = 4 * 1024 * 1024;
const CATCH_UP_TIMEOUT_MS = 60_000;
const CATCH_UP_PAUSE_MS = 10;

/** What a state log needs. */
export interface StateLogOptions {
  readonly kafka: KafkaClient;
  readonly topics: InternalTopics;
  readonly view: JobView;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Keeps a `JobView` up to date with the two topics, as a read_committed reader. A round asks for the ends of all
 * partitions at once and fetches only what is new, so that an idle replica costs Kafka next to nothing. Rounds never
 * overlap, and read jobs before tasks: a view that shows a wish shows every task that was running when it was made.
 */
export class StateLog {
  readonly #options: StateLogOptions;
  readonly #jobs: readonly TopicPartition[];
  readonly #tasks: readonly TopicPartition[];
  readonly #positions = new Map<string, Offset>();
  #running: Promise<void> | undefined;
  #queued: Promise<void> | undefined;
  #readAtMs: number | undefined;

  constructor(options: StateLogOptions) {
    this.#options = options;
    const { jobsTopic, tasksTopic, tasksPartitionCount } = options.topics;
    this.#jobs = [{ topic: jobsTopic, partition: 0 }];
    this.#tasks = Array.from({ length: tasksPartitionCount }, (_, partition) => ({ topic: tasksTopic, partition }));
  }

  /** When the last round ended well, by the monotonic clock; undefined before the first. */
  get readAtMs(): number | undefined {
    return this.#readAtMs;
  }

  /** A round that begins now or later: afterwards the view has all that was committed and stable at the time of the call. */
  refresh(): Promise<void> {
    if (this.#running === undefined) return this.#begin();
    this.#queued ??= this.#running
      .catch(() => undefined)
      .then(() => {
        this.#queued = undefined;
        return this.#begin();
      });
    return this.#queued;
  }

  /**
   * Reads on until the view has everything that was in the partition of the tasks topic, or in the jobs topic, at the
   * time of the call, decided or not: waits for transactions that are open there.
   * @throws KAFKA_UNAVAILABLE when they stay open for a minute.
   */
  async catchUp(where: 'jobs' | { readonly tasksPartition: number }): Promise<void> {
    const { kafka, clock } = this.#options;
    const at = where === 'jobs' ? this.#jobs[0] : this.#tasks[where.tasksPartition];
    if (at === undefined) return;
    const name = partitionName(at);
    const end = (await kafka.listOffsets([at], 'latest')).get(name) ?? 0n;
    const deadlineMs = clock.monotonicMs() + CATCH_UP_TIMEOUT_MS;
    while ((this.#positions.get(name) ?? 0n) < end) {
      await this.refresh();
      if ((this.#positions.get(name) ?? 0n) >= end) return;
      if (clock.monotonicMs() > deadlineMs) {
        throw new AppError('KAFKA_UNAVAILABLE', `a transaction has kept ${name} from being read for a minute`, {
          subject: name,
          hint: 'Kafka ends it after the transaction timeout of its producer; the reload goes on by itself then.',
        });
      }
      await clock.sleep(CATCH_UP_PAUSE_MS);
    }
  }

  #begin(): Promise<void> {
    const round = this.#round().finally(() => {
      this.#running = undefined;
    });
    this.#running = round;
    return round;
  }

  async #round(): Promise<void> {
    await this.#read(this.#jobs, (record) => this.#applyJob(record));
    await this.#read(this.#tasks, (record) => this.#applyTask(record));
    this.#readAtMs = this.#options.clock.monotonicMs();
    this.#options.view.announce();
  }

  async #read(partitions: readonly TopicPartition[], apply: (record: KafkaRecord) => void): Promise<void> {
    const ends = await this.#options.kafka.listOffsets(partitions, 'stable');
    await Promise.all(partitions.map((at) => this.#readTo(at, ends.get(partitionName(at)) ?? 0n, apply)));
  }

  async #readTo(at: TopicPartition, end: Offset, apply: (record: KafkaRecord) => void): Promise<void> {
    const { kafka } = this.#options;
    const name = partitionName(at);
    let position = this.#positions.get(name) ?? (await kafka.listOffsets([at], 'earliest')).get(name) ?? 0n;
    while (position < end) {
      const fetched = await kafka.fetch({
        ...at,
        offset: position,
        bytesMax: FETCH_BYTES,
        waitMs: 0,
        isolation: 'read_committed',
      });
      const filter = new CommittedFilter(fetched.abortedTransactions);
      const bytes = asBuffer(fetched.bytes);
      const startedAt = position;
      for (
        let at = readBatchHeader(bytes, 0, name);
        at !== undefined;
        at = readBatchHeader(bytes, at.position + at.sizeBytes, name)
      ) {
        const header = at;
        if (header.baseOffset >= fetched.lastStableOffset) break;
        verifyBatch(bytes, header, name);
        const aborted = filter.aborts(header, () => isAbortMarker(bytes, header));
        if (!aborted && !header.control) {
          for (const record of readRecords(bytes, header, name)) if (record.offset >= startedAt) apply(record);
        }
        position = header.lastOffset + 1n;
      }
      this.#positions.set(name, position);
      // A leader that has just changed may not know its own end yet: the next round will tell.
      if (position === startedAt) return;
    }
    this.#positions.set(name, position);
  }

  #applyJob({ key, value }: KafkaRecord): void {
    const jobId = textOf(key);
    const job = value === null ? undefined : decodeJobRecord(value);
    if (jobId === undefined || (value !== null && job?.jobId !== jobId)) return this.#ignore('job', key);
    this.#options.view.applyJob(jobId, job);
  }

  #applyTask({ key, value }: KafkaRecord): void {
    const at = parseTaskKey(textOf(key) ?? '');
    const task = value === null ? undefined : decodeTaskRecord(value);
    if (at === undefined || (value !== null && (task?.jobId !== at.jobId || task.task !== at.task))) {
      return this.#ignore('task', key);
    }
    this.#options.view.applyTask(at.jobId, at.task, task);
  }

  /** Somebody else's record, or one of a later version: it cannot be ours to change. */
  #ignore(kind: string, key: Uint8Array | null): void {
    this.#options.logger.warn('a record of the reloader topics cannot be understood and is ignored', {
      kind,
      key: textOf(key) ?? null,
    });
  }
}

function textOf(bytes: Uint8Array | null): string | undefined {
  return bytes === null ? undefined : Buffer.from(bytes).toString('utf8');
}
