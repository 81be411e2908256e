import type { KafkaClient, TransactionalProducer } from '../../../core/kafka/kafka-client.ts';
import { PartitionReader } from '../../../core/kafka/partition-reader.ts';
import { nextStamp } from '../../../core/kafka/next-stamp.ts';
import type { KafkaRecord } from '../../../core/record/kafka-record.ts';
import { type Offset, partitionName } from '../../../core/record/topic-partition.ts';
import { writeBatch } from '../../../core/record/batch-records.ts';
import { objectOf, parseNotification, parseObject, type SnapshotNotification } from './snapshot-notifications.ts';

const TRANSACTION_TIMEOUT_MS = 60_000;

/** What is said to the connector through its Kafka channel. */
export interface SnapshotSignal {
  readonly topic: string;
  /** The key by which the connector knows that it is meant: its `topic.prefix`. */
  readonly prefix: string;
  /** Comes back in every notification of the snapshot that is asked for. */
  readonly id: string;
  /** To take an incremental snapshot of whole tables, or to stop it. */
  readonly type: 'execute-snapshot' | 'stop-snapshot';
  /** As the connector names them. */
  readonly tables: readonly string[];
}

/** Where partition 0 of a topic ends. */
export async function endOf(kafka: KafkaClient, topic: string): Promise<Offset> {
  const at = { topic, partition: 0 };
  return (await kafka.listOffsets([at], 'stable')).get(partitionName(at)) ?? 0n;
}

/**
 * What the connector has notified of, from an offset on (Debezium's topics for it have one partition). Undefined when
 * there are records but none can be read: the connector writes another format than JSON.
 */
export async function readNotifications(
  kafka: KafkaClient,
  topic: string,
  from: Offset,
): Promise<SnapshotNotification[] | undefined> {
  const records = await readAll(kafka, topic, from);
  const notifications = records.flatMap(({ value }) => parseNotification(value) ?? []);
  return records.length > 0 && notifications.length === 0 ? undefined : notifications;
}

/** Sends a signal, unless the topic holds one of that id: it outlives us there. Gives whether it was sent now. */
export async function sendSignalOnce(kafka: KafkaClient, signal: SnapshotSignal): Promise<boolean> {
  const producer = await signalProducer(kafka, signal);
  try {
    if (await hasSignal(kafka, signal)) return false;
    const at = { topic: signal.topic, partition: 0 };
    const data = { 'data-collections': signal.tables, type: 'INCREMENTAL' };
    const record: KafkaRecord = {
      offset: 0n,
      timestampMs: BigInt(Date.now()),
      timestampType: 'CreateTime',
      key: Buffer.from(signal.prefix),
      value: Buffer.from(JSON.stringify({ id: signal.id, type: signal.type, data })),
      headers: [],
    };
    producer.begin();
    const stamp = nextStamp(producer, at, 1);
    await producer.produce(at, writeBatch([record], stamp, 'none'), 1);
    await producer.commit();
    return true;
  } finally {
    await producer.close();
  }
}

/** The tables that a signal names which was sent, also when whoever sent it was killed just now; undefined: it was not. */
export async function signalledTables(
  kafka: KafkaClient,
  signal: Pick<SnapshotSignal, 'topic' | 'prefix' | 'id'>,
): Promise<readonly string[] | undefined> {
  const producer = await signalProducer(kafka, signal);
  await producer.close();
  return findSignal(kafka, signal);
}

/** Whether a signal of that id is in the topic, as far as can be seen: one whose commit is under way cannot. */
export async function hasSignal(kafka: KafkaClient, signal: Pick<SnapshotSignal, 'topic' | 'id'>): Promise<boolean> {
  return (await findSignal(kafka, signal)) !== undefined;
}

/** With it Kafka ends what a killed process had begun or committed, and could not be seen yet. */
function signalProducer(
  kafka: KafkaClient,
  { prefix, id }: Pick<SnapshotSignal, 'prefix' | 'id'>,
): Promise<TransactionalProducer> {
  return kafka.transactionalProducer({
    transactionalId: `bss-signal-${prefix}-${id}`,
    transactionTimeoutMs: TRANSACTION_TIMEOUT_MS,
  });
}

/** The tables of the signal. */
async function findSignal(
  kafka: KafkaClient,
  { topic, id }: Pick<SnapshotSignal, 'topic' | 'id'>,
): Promise<readonly string[] | undefined> {
  for (const { value } of await readAll(kafka, topic, 0n)) {
    const signal = parseObject(value);
    if (signal?.['id'] !== id) continue;
    const tables = objectOf(signal['data'])?.['data-collections'];
    return Array.isArray(tables) ? tables.map(String) : [];
  }
  return undefined;
}

async function readAll(kafka: KafkaClient, topic: string, from: Offset): Promise<KafkaRecord[]> {
  const at = { topic, partition: 0 };
  const earliest = (await kafka.listOffsets([at], 'earliest')).get(partitionName(at)) ?? 0n;
  const reader = new PartitionReader(kafka, at, await endOf(kafka, topic), from > earliest ? from : earliest);
  const records: KafkaRecord[] = [];
  for (let record = await reader.next(); record !== undefined; record = await reader.next()) records.push(record);
  return records;
}
