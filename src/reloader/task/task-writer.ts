import { assert } from '../../core/assert.ts';
import type { TransactionalProducer } from '../../core/kafka/kafka-client.ts';
import { partitionName, type TopicPartition } from '../../core/record/topic-partition.ts';
import type { Clock } from '../../core/runtime/clock.ts';
import type { StampedBatch } from '../../core/segment/batch-decoder.ts';
import { encodeRecord, taskKey, type TaskRecord } from '../job/job-record.ts';
import { produceState } from '../state/state-records.ts';

/** Batches of a task that Kafka has not answered yet. */
const IN_FLIGHT_MAX = 4;

/** Where a batch v2 has its base sequence (Kafka protocol guide, "Record Batch"). */
const BASE_SEQUENCE_POSITION = 53;

/** What a task writer needs. */
export interface TaskWriterOptions {
  readonly producer: TransactionalProducer;
  readonly target: TopicPartition;
  /** The partition of the tasks topic that the task is recorded in. */
  readonly record: TopicPartition;
  readonly transactionBytesMax: number;
  readonly transactionAgeMaxMs: number;
  readonly clock: Clock;
}

/** Writes batches and checkpoints of one task in short transactions: what is in one becomes visible together. */
export class TaskWriter {
  readonly #options: TaskWriterOptions;
  readonly #inFlight = new Set<Promise<unknown>>();
  #failure: { readonly error: unknown } | undefined;
  #openedAtMs: number | undefined;
  #bytes = 0;

  constructor(options: TaskWriterOptions) {
    assert(options.transactionBytesMax > 0 && options.transactionAgeMaxMs > 0, 'transactions have bounds');
    this.#options = options;
  }

  /** Milliseconds until the open transaction should be committed, 0 or less when it is due; undefined without one. */
  get dueInMs(): number | undefined {
    if (this.#openedAtMs === undefined) return undefined;
    const { transactionBytesMax, transactionAgeMaxMs, clock } = this.#options;
    return this.#bytes >= transactionBytesMax ? 0 : this.#openedAtMs + transactionAgeMaxMs - clock.monotonicMs();
  }

  /** Sends a batch. Resolves when the next one may be sent. @throws what an earlier batch failed with. */
  async send({ batch, recordCount }: StampedBatch): Promise<void> {
    const { producer, target } = this.#options;
    this.#open();
    this.#bytes += batch.byteLength;
    const sequence = producer.nextSequence(target, recordCount);
    const stamped = new DataView(batch.buffer, batch.byteOffset, batch.byteLength).getInt32(BASE_SEQUENCE_POSITION);
    assert(sequence === stamped, `a batch for ${partitionName(target)} carries its own sequence number`);
    // A megabyte that nobody needs any more: freed now, and not when a garbage collection finds it.
    this.#track(producer.produce(target, batch, recordCount).then(() => batch.buffer.transfer(0)));
    while (this.#inFlight.size >= IN_FLIGHT_MAX) await Promise.race(this.#inFlight);
    this.#throwFailure();
  }

  /** Commits what was sent, with the task's record. */
  async commit(task: TaskRecord): Promise<void> {
    const { producer, record, clock } = this.#options;
    this.#open();
    const written = { key: taskKey(task.jobId, task.task), value: encodeRecord(task) };
    this.#track(produceState(producer, record, [written], clock.nowMs()));
    await Promise.all(this.#inFlight);
    this.#throwFailure();
    await producer.commit();
    this.#openedAtMs = undefined;
    this.#bytes = 0;
  }

  /** Takes back what was sent since the last commit. Errors do not matter: the next producer of the id does the same. */
  async abort(): Promise<void> {
    await Promise.all(this.#inFlight);
    if (this.#openedAtMs !== undefined) await this.#options.producer.abort().catch(() => undefined);
    this.#openedAtMs = undefined;
  }

  #open(): void {
    if (this.#openedAtMs !== undefined) return;
    this.#options.producer.begin();
    this.#openedAtMs = this.#options.clock.monotonicMs();
  }

  /** Keeps a request until it is answered; its error is kept for the next call, so that none goes unseen. */
  #track(request: Promise<unknown>): void {
    const answered = request
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => this.#inFlight.delete(answered));
    this.#inFlight.add(answered);
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
