import type { KafkaClient, TransactionalProducer } from '../../src/core/kafka/kafka-client.ts';
import { writeBatch } from '../../src/core/record/batch-records.ts';
import type { KafkaRecord } from '../../src/core/record/kafka-record.ts';

/** What a read_committed reader must see of one record. */
export interface ExpectedRecord {
  readonly offset: bigint;
  readonly timestampMs: bigint;
  readonly key: string;
  readonly value: string;
  readonly header: string;
}

export interface TrafficOptions {
  readonly topic: string;
  readonly partitionCount: number;
  /** Records of one transaction in each partition. */
  readonly recordsPerPartition: number;
  /** Every so many transactions one is aborted. */
  readonly abortEvery: number;
}

const encoder = new TextEncoder();

/**
 * Writes transactions to a topic, one after the other, until it is told to stop, and remembers what was committed.
 * Values are numbered and made of printable characters, so that every reader and tool can show them.
 */
export class Traffic {
  readonly #options: TrafficOptions;
  readonly #producer: TransactionalProducer;
  /** By partition, in offset order. */
  readonly committed: ExpectedRecord[][];
  #transactions = 0;
  #number = 0;
  #stopped = false;
  #running: Promise<void> | undefined;

  constructor(options: TrafficOptions, producer: TransactionalProducer) {
    this.#options = options;
    this.#producer = producer;
    this.committed = Array.from({ length: options.partitionCount }, () => []);
  }

  static async start(kafka: KafkaClient, options: TrafficOptions): Promise<Traffic> {
    const transactionalId = `traffic-${options.topic}`;
    const traffic = new Traffic(
      options,
      await kafka.transactionalProducer({ transactionalId, transactionTimeoutMs: 30_000 }),
    );
    traffic.#running = traffic.#run();
    return traffic;
  }

  get recordCount(): number {
    return this.committed.reduce((sum, records) => sum + records.length, 0);
  }

  /** Ends after the transaction under way. Rejects with what ended it earlier. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
    await this.#producer.close();
  }

  async #run(): Promise<void> {
    while (!this.#stopped) await this.#transaction();
  }

  async #transaction(): Promise<void> {
    const { topic, partitionCount, abortEvery } = this.#options;
    const isAborted = ++this.#transactions % abortEvery === 0;
    this.#producer.begin();
    const written = await Promise.all(
      Array.from({ length: partitionCount }, async (_, partition) => {
        const records = this.#records(isAborted);
        const stamp = {
          producerId: this.#producer.producerId,
          producerEpoch: this.#producer.producerEpoch,
          baseSequence: this.#producer.nextSequence({ topic, partition }, records.length),
          transactional: true,
        };
        const batch = writeBatch(records, stamp, 'none');
        return { records, base: await this.#producer.produce({ topic, partition }, batch, records.length) };
      }),
    );
    if (isAborted) return await this.#producer.abort();
    await this.#producer.commit();
    for (const [partition, { records, base }] of written.entries()) {
      this.committed[partition]?.push(...records.map((record) => expected(record, base)));
    }
  }

  #records(isAborted: boolean): KafkaRecord[] {
    return Array.from({ length: this.#options.recordsPerPartition }, (_, i) => {
      const number = ++this.#number;
      return {
        offset: BigInt(i),
        timestampMs: BigInt(Date.now()),
        timestampType: 'CreateTime' as const,
        key: encoder.encode(`key-${number % 997}`),
        value: encoder.encode(
          JSON.stringify({ number, aborted: isAborted, note: `customer ${number * 7919} "quoted" \\ é` }),
        ),
        headers: [{ name: encoder.encode('trace'), value: encoder.encode(`t${number}`) }],
      };
    });
  }
}

const decoder = new TextDecoder();

function expected(record: KafkaRecord, base: bigint): ExpectedRecord {
  return {
    offset: base + record.offset,
    timestampMs: record.timestampMs,
    key: decoder.decode(record.key ?? undefined),
    value: decoder.decode(record.value ?? undefined),
    header: decoder.decode(record.headers[0]?.value ?? undefined),
  };
}
