import { AppError } from '../../core/errors.ts';
import type { KafkaClient, TransactionalProducer } from '../../core/kafka/kafka-client.ts';
import { nextStamp } from '../../core/kafka/next-stamp.ts';
import { asBuffer, readBatchHeader } from '../../core/record/batch-header.ts';
import { readRecords, verifyBatch, writeBatch } from '../../core/record/batch-records.ts';
import { CommittedFilter, isAbortMarker } from '../../core/record/committed-filter.ts';
import { type Offset, partitionName, type TopicPartition } from '../../core/record/topic-partition.ts';
import type { Clock } from '../../core/runtime/clock.ts';
import { decodeState, encodeState, type LoadState } from './load-state.ts';

const FETCH_BYTES = 4 * 1024 * 1024;
const SETTLE_TIMEOUT_MS = 120_000;
const SETTLE_PAUSE_MS = 20;

/**
 * The loads topic: one compacted partition, the latest record of each load's id says how far it is. Records are written in
 * the transactions that they speak of, so that a read_committed reader sees a state if and only if it can see the rows.
 */
export class LoadJournal {
  readonly #kafka: KafkaClient;
  readonly #clock: Clock;
  readonly #at: TopicPartition;

  constructor(kafka: KafkaClient, topic: string, clock: Clock) {
    this.#kafka = kafka;
    this.#clock = clock;
    this.#at = { topic, partition: 0 };
  }

  /** Creates the topic when it is missing. */
  async prepare(): Promise<void> {
    const { topic } = this.#at;
    if ((await this.#kafka.existingTopics([topic])).has(topic)) return;
    const config = { 'cleanup.policy': 'compact' };
    await this.#kafka.createTopics([{ name: topic, partitionCount: 1, replicationFactor: -1, config }]);
  }

  /**
   * The committed state of a load. Waits until no transaction that was open when it was called is undecided.
   * @throws KAFKA_UNAVAILABLE when one stays open
   */
  async read(id: string): Promise<LoadState | undefined> {
    const name = partitionName(this.#at);
    const end = (await this.#kafka.listOffsets([this.#at], 'latest')).get(name) ?? 0n;
    await this.#untilStable(end);
    let offset = (await this.#kafka.listOffsets([this.#at], 'earliest')).get(name) ?? 0n;
    let state: LoadState | undefined;
    while (offset < end) {
      offset = await this.#readFrom(offset, (key, value) => {
        if (key === id) state = value === null ? undefined : decodeState(value);
      });
    }
    return state;
  }

  /** Adds the load's next state to the producer's open transaction. */
  async write(producer: TransactionalProducer, state: LoadState): Promise<void> {
    const record = {
      offset: 0n,
      timestampMs: BigInt(this.#clock.nowMs()),
      timestampType: 'CreateTime' as const,
      key: Buffer.from(state.id),
      value: encodeState(state),
      headers: [],
    };
    const stamp = nextStamp(producer, this.#at, 1);
    await producer.produce(this.#at, writeBatch([record], stamp, 'none'), 1);
  }

  async #untilStable(end: Offset): Promise<void> {
    const name = partitionName(this.#at);
    const deadlineMs = this.#clock.monotonicMs() + SETTLE_TIMEOUT_MS;
    while (((await this.#kafka.listOffsets([this.#at], 'stable')).get(name) ?? 0n) < end) {
      if (this.#clock.monotonicMs() > deadlineMs) {
        throw new AppError('KAFKA_UNAVAILABLE', `a transaction has kept ${name} from being read for two minutes`, {
          subject: name,
          hint: 'Kafka ends it after the transaction timeout of its producer; try again then.',
        });
      }
      await this.#clock.sleep(SETTLE_PAUSE_MS);
    }
  }

  async #readFrom(from: Offset, see: (key: string, value: Uint8Array | null) => void): Promise<Offset> {
    const request = { ...this.#at, offset: from, bytesMax: FETCH_BYTES, waitMs: 100 };
    const fetched = await this.#kafka.fetch({ ...request, isolation: 'read_committed' });
    const name = partitionName(this.#at);
    const filter = new CommittedFilter(fetched.abortedTransactions);
    const bytes = asBuffer(fetched.bytes);
    let next = from;
    for (let position = 0; ;) {
      const header = readBatchHeader(bytes, position, name);
      if (header === undefined) return next;
      verifyBatch(bytes, header, name);
      const isAborted = filter.aborts(header, () => isAbortMarker(bytes, header));
      if (!isAborted && !header.control) {
        for (const { key, value, offset } of readRecords(bytes, header, name)) {
          if (key !== null && offset >= from) see(Buffer.from(key).toString('utf8'), value);
        }
      }
      next = header.lastOffset + 1n;
      position += header.sizeBytes;
    }
  }
}
