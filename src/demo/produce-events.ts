import type { KafkaClient, TransactionalProducer } from '../core/kafka/kafka-client.ts';
import { nextStamp } from '../core/kafka/next-stamp.ts';
import { BATCH_CODECS } from '../core/record/batch-header.ts';
import { writeBatch } from '../core/record/batch-records.ts';
import type { KafkaRecord } from '../core/record/kafka-record.ts';
import { type EventRecord, ODDITIES, type Oddity, orderEvents, type OrderEventsOptions } from './order-events.ts';

/** Records of a batch: small enough that every partition gets batches of every compression. */
const BATCH_RECORDS = 400;
const IN_FLIGHT_MAX = 24;

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
  const producer = await kafka.transactionalProducer({
    transactionalId: `demo-${topic}`,
    transactionTimeoutMs: 60_000,
  });
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

/** Collects records into batches and sends those that are full, a few ahead of the broker's answers. */
class EventWriter {
  readonly #producer: TransactionalProducer;
  readonly #topic: string;
  readonly #waiting = new Map<number, KafkaRecord[]>();
  readonly #inFlight = new Set<Promise<void>>();
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
    for (const [partition, records] of this.#waiting) await this.#send(partition, records);
    await Promise.all(this.#inFlight);
    await (abort ? this.#producer.abort() : this.#producer.commit());
    this.transactions++;
  }

  async #send(partition: number, records: readonly KafkaRecord[]): Promise<void> {
    this.#waiting.delete(partition);
    const at = { topic: this.#topic, partition };
    const stamp = nextStamp(this.#producer, at, records.length);
    const codec = BATCH_CODECS[this.#batches++ % BATCH_CODECS.length] ?? 'none';
    const batch = writeBatch(records, stamp, codec);
    this.batchBytes += batch.length;
    const request = this.#producer.produce(at, batch, records.length).then(() => void this.#inFlight.delete(request));
    // It stays in the set, so the error is found at the next wait; until then it is nobody's.
    request.catch(() => undefined);
    this.#inFlight.add(request);
    if (this.#inFlight.size >= IN_FLIGHT_MAX) await Promise.race(this.#inFlight);
  }
}
