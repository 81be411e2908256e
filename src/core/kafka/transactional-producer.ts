import { assert } from '../assert.ts';
import { AppError, isAppError } from '../errors.ts';
import { type Offset, partitionName, type TopicPartition } from '../record/topic-partition.ts';
import type { Cluster } from './cluster.ts';
import type { CommittedOffset, GroupGeneration, ProducerOptions, TransactionalProducer } from './kafka-client.ts';
import { ProduceQueue } from './produce-queue.ts';
import { SequenceNumbers } from './sequence-numbers.ts';
import { type ProducerIdentity, TransactionCalls } from './transaction-calls.ts';

type State = 'ready' | 'in transaction' | 'failed' | 'fenced' | 'closed';

/** A batch of partitions that are being made part of the transaction in one request. */
interface Joining {
  readonly partitions: TopicPartition[];
  readonly done: Promise<void>;
}

/** Takes the transactional id and gives its producer. See `KafkaClient.transactionalProducer`. */
export async function openTransactionalProducer(
  cluster: Cluster,
  options: ProducerOptions,
): Promise<TransactionalProducer> {
  const calls = new TransactionCalls(cluster, options);
  return new Producer(calls, new ProduceQueue(cluster, options.transactionalId), await calls.initialize(), options);
}

class Producer implements TransactionalProducer {
  readonly #calls: TransactionCalls;
  readonly #queue: ProduceQueue;
  readonly #options: ProducerOptions;
  readonly #sequences = new Map<string, SequenceNumbers>();
  readonly #joined = new Map<string, Promise<void>>();
  readonly #groups = new Set<string>();
  readonly #running = new Set<Promise<unknown>>();
  #identity: ProducerIdentity;
  #state: State = 'ready';
  #failure: Error | undefined;
  #joining: Joining | undefined;

  constructor(calls: TransactionCalls, queue: ProduceQueue, identity: ProducerIdentity, options: ProducerOptions) {
    this.#calls = calls;
    this.#queue = queue;
    this.#identity = identity;
    this.#options = options;
  }

  get producerId(): bigint {
    return this.#identity.producerId;
  }

  get producerEpoch(): number {
    return this.#identity.producerEpoch;
  }

  begin(): void {
    this.#expect('ready');
    this.#state = 'in transaction';
  }

  nextSequence(at: TopicPartition, recordCount: number): number {
    return this.#sequencesOf(at).draw(recordCount);
  }

  produce(at: TopicPartition, batch: Uint8Array, recordCount: number): Promise<Offset> {
    return this.#underWay(async () => {
      this.#expect('in transaction');
      const sequence = sequenceIn(batch);
      this.#sequencesOf(at).use(sequence, recordCount);
      // In the order of the calls also when the partition is new: whoever waits for it waits in line.
      const joined = this.#join(at);
      if (joined !== undefined) await joined;
      const offset = await this.#queue.send(at, batch);
      this.#sequencesOf(at).markStored(sequence, recordCount);
      return offset;
    });
  }

  commitOffsets(
    group: string | GroupGeneration,
    offsets: readonly (TopicPartition & CommittedOffset)[],
  ): Promise<void> {
    const name = typeof group === 'string' ? group : group.group;
    return this.#underWay(async () => {
      this.#expect('in transaction');
      if (offsets.length === 0) return;
      if (!this.#groups.has(name)) await this.#calls.addOffsets(this.#identity, name);
      this.#groups.add(name);
      await this.#calls.commitOffsets(this.#identity, group, offsets);
    });
  }

  async commit(): Promise<void> {
    this.#expect('in transaction');
    await this.#settled();
    // What was produced and not awaited may have failed meanwhile.
    this.#expect('in transaction');
    await this.#failing(async () => {
      if (this.#isBegunAtBroker) await this.#calls.end(this.#identity, 'commit');
    });
    this.#reset();
  }

  async abort(): Promise<void> {
    if (this.#state === 'ready') return;
    if (this.#state !== 'failed') this.#expect('in transaction');
    const { transactionalId } = this.#options;
    this.#queue.cancel(
      new AppError('KAFKA_REQUEST_FAILED', `The transaction of ${transactionalId} was aborted`, {
        subject: transactionalId,
      }),
    );
    await this.#settled();
    await this.#failing(async () => {
      if (this.#isBegunAtBroker) await this.#endAborted();
      // Numbers that were drawn and did not reach the broker leave a hole, which a new epoch closes.
      const isSettled = [...this.#sequences.values()].every((sequences) => sequences.isSettled);
      if (!isSettled || this.#state === 'failed') await this.#startNewEpoch();
    });
    this.#reset();
  }

  async close(): Promise<void> {
    if (this.#state === 'closed') return;
    try {
      if (this.#state === 'in transaction' || this.#state === 'failed') await this.abort();
    } catch (error) {
      // Nobody holds the id any more, or nobody can be told: the broker aborts what is open when its time is up.
      if (!isAppError(error)) throw error;
    } finally {
      this.#state = 'closed';
      await this.#queue.close();
    }
  }

  get #isBegunAtBroker(): boolean {
    return this.#joined.size > 0 || this.#groups.size > 0;
  }

  async #endAborted(): Promise<void> {
    try {
      await this.#calls.end(this.#identity, 'abort');
    } catch (error) {
      // Adding the first partition may never have reached the coordinator: then there is nothing to abort.
      if (!(this.#state === 'failed' && isAppError(error, 'KAFKA_REQUEST_FAILED'))) throw error;
    }
  }

  async #startNewEpoch(): Promise<void> {
    this.#identity = await this.#calls.initialize(this.#identity);
    this.#sequences.clear();
    this.#queue.startEpoch();
  }

  #reset(): void {
    this.#queue.resume();
    this.#joined.clear();
    this.#groups.clear();
    this.#joining = undefined;
    this.#failure = undefined;
    this.#state = 'ready';
  }

  /** Waits until nothing is under way any more; failures are then in the state. */
  async #settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }

  /** Runs a part of the transaction, which its end waits for, and whose failure its end reports: it need not be awaited. */
  #underWay<T>(work: () => Promise<T>): Promise<T> {
    const running = this.#failing(work);
    this.#running.add(running);
    const remove = (): boolean => this.#running.delete(running);
    running.then(remove, remove);
    return running;
  }

  #sequencesOf(at: TopicPartition): SequenceNumbers {
    const name = partitionName(at);
    let sequences = this.#sequences.get(name);
    if (sequences === undefined) this.#sequences.set(name, (sequences = new SequenceNumbers()));
    return sequences;
  }

  /** Makes the partition part of the transaction; those that are new in the same turn go in one request. */
  #join(at: TopicPartition): Promise<void> | undefined {
    const name = partitionName(at);
    const known = this.#joined.get(name);
    if (known !== undefined) return known;
    if (this.#joining === undefined) {
      const partitions: TopicPartition[] = [];
      const done = Promise.resolve().then(() => {
        this.#joining = undefined;
        return this.#calls.addPartitions(this.#identity, partitions);
      });
      this.#joining = { partitions, done };
    }
    this.#joining.partitions.push({ topic: at.topic, partition: at.partition });
    this.#joined.set(name, this.#joining.done);
    return this.#joining.done;
  }

  /** After an error a transaction can only be aborted; after fencing, nothing can be done at all. */
  async #failing<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (this.#state === 'in transaction' || this.#state === 'failed') {
        this.#state = isAppError(error, 'KAFKA_FENCED') ? 'fenced' : 'failed';
        this.#failure ??= error instanceof Error ? error : new Error(String(error));
      }
      throw error;
    }
  }

  #expect(expected: 'ready' | 'in transaction'): void {
    const isOver = this.#state === 'fenced' || (this.#state === 'failed' && expected === 'in transaction');
    if (isOver && this.#failure !== undefined) throw this.#failure;
    assert(this.#state === expected, `a producer is ${expected}; it is ${this.#state}`);
  }
}

/** Where `baseSequence` is in a record batch (version 2). Source: kafka.apache.org/documentation/#recordbatch */
const BASE_SEQUENCE_AT = 53;

function sequenceIn(batch: Uint8Array): number {
  assert(batch.length >= BASE_SEQUENCE_AT + 8, 'a batch is complete, with its header');
  return new DataView(batch.buffer, batch.byteOffset, batch.byteLength).getInt32(BASE_SEQUENCE_AT);
}
