import type { KafkaClient, TransactionalProducer } from '../core/kafka/kafka-client.ts';
import { BATCH_CODECS } from '../core/record/batch-header.ts';
import { writeBatch } from '../core/record/batch-records.ts';
import type { KafkaRecord } from '../core/record/kafka-record.ts';
import { type EventRecord, ODDITIES, type Oddity, orderEvents, type OrderEventsOptions } from './order-events.ts';

/** Records of a batch: small enough that every partition gets batches of every compression. */
const BATCH_RECORDS = 400;

/** What was produced. */
export interface Produced {
  /** In transactions that were committed. */
  readonly records: number;
  /** In the one that was aborted. */
  readonly aborted: number;
  readonly transactions: number;
  /** Committed records by what is odd about them. */
  readonly oddities: Readonly<Record<Oddity, number>>;
  /** Of the batches as Kafka stores them, compressed in all the ways it knows. */
  readonly batchBytes: number;
}

/** Produces the events (see `orderEvents`) into the topic, in transactions, batches compressed in turn by every codec. */
export async function produceEvents(
  kafka: KafkaClient,
  topic: string,
  options: OrderEventsOptions,
  progress: (records: number) => void,
): Promise<Produced> {
  const producer = await kafka.transactionalProducer({ transactionalId: `demo-${topic}`, transactionTimeoutMs: 60_000 });
  try {
    const writer = new EventWriter(producer, topic);
    const oddities = new Map<Oddity, number>(ODDITIES.map((oddity) => [oddity, 0]));
    let [records, aborted] = [0, 0];
    let current: { readonly transaction: number; readonly aborted: boolean } | undefined;
    for (const event of orderEvents(options)) {
      if (event.transaction !== current?.transaction) {
        if (current !== undefined) await writer.end(current.aborted);
        producer.begin();
        progress(records);
        current = event;
      }
      await writer.add(event.partition, event.record);
      if (event.aborted) aborted++;
      else {
        records++;
        for (const oddity of event.oddities) oddities.set(oddity, (oddities.get(oddity) ?? 0) + 1);
      }
    }
    if (current !== undefined) await writer.end(current.aborted);
    progress(records);
    const { batchBytes, transactions } = writer;
    const counts = Object.fromEntries(oddities) as Record<Oddity, number>;
    return { records, aborted, transactions, oddities: counts, batchBytes };
  } finally {
    await producer.close();
  }
}

/** Collects records into batches and sends those that are full. */
class EventWriter {
  readonly #producer: TransactionalProducer;
  readonly #topic: string;
  readonly #waiting = new Map<number, KafkaRecord[]>();
  #batches = 0;
  batchBytes = 0;
  transactions = 0;

  constructor(producer: TransactionalProducer, topic: string) {
    this.#producer = producer;
    this.#topic = topic;
  }

  async add(partition: number, record: EventRecord): Promise<void> {
    const waiting = this.#waiting.get(partition) ?? [];
    if (waiting.length === 0) this.#waiting.set(partition, waiting);
    waiting.push({ ...record, offset: BigInt(waiting.length), timestampType: 'CreateTime' });
    if (waiting.length >= BATCH_RECORDS) await this.#send(partition, waiting);
  }

  async end(abort: boolean): Promise<void> {
    await Promise.all([...this.#waiting].map(([partition, records]) => this.#send(partition, records)));
    await (abort ? this.#producer.abort() : this.#producer.commit());
    this.transactions++;
  }

  async #send(partition: number, records: readonly KafkaRecord[]): Promise<void> {
    this.#waiting.delete(partition);
    const at = { topic: this.#topic, partition };
    const { producerId, producerEpoch } = this.#producer;
    const baseSequence = this.#producer.nextSequence(at, records.length);
    const codec = BATCH_CODECS[this.#batches++ % BATCH_CODECS.length] ?? 'none';
    const batch = writeBatch(records, { producerId, producerEpoch, baseSequence, transactional: true }, codec);
    this.batchBytes += batch.length;
    await this.#producer.produce(at, batch, records.length);
  }
}
