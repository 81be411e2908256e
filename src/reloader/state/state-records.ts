import type { TransactionalProducer } from '../../core/kafka/kafka-client.ts';
import { nextStamp } from '../../core/kafka/next-stamp.ts';
import { writeBatch } from '../../core/record/batch-records.ts';
import type { KafkaRecord } from '../../core/record/kafka-record.ts';
import type { TopicPartition } from '../../core/record/topic-partition.ts';

/** A record of one of the two topics; a null value takes the key away. */
export interface StateRecord {
  readonly key: string;
  readonly value: Uint8Array | null;
}

/** Well below every broker's default limit. */
const BATCH_BYTES_MAX = 512 * 1024;

/** Writes records into the producer's open transaction, in batches of a bounded size. */
export async function produceState(
  producer: TransactionalProducer,
  at: TopicPartition,
  records: readonly StateRecord[],
  nowMs: number,
): Promise<void> {
  for (const batch of inBatches(records)) {
    const stamp = nextStamp(producer, at, batch.length);
    const written = batch.map((record, index) => kafkaRecord(record, index, nowMs));
    await producer.produce(at, writeBatch(written, stamp, 'none'), batch.length);
  }
}

function inBatches(records: readonly StateRecord[]): StateRecord[][] {
  const batches: StateRecord[][] = [];
  let sizeBytes = Infinity;
  for (const record of records) {
    const recordBytes = record.key.length + (record.value?.length ?? 0) + 64;
    if (sizeBytes + recordBytes > BATCH_BYTES_MAX) {
      batches.push([]);
      sizeBytes = 0;
    }
    batches.at(-1)?.push(record);
    sizeBytes += recordBytes;
  }
  return batches;
}

function kafkaRecord({ key, value }: StateRecord, index: number, nowMs: number): KafkaRecord {
  return {
    offset: BigInt(index),
    timestampMs: BigInt(nowMs),
    timestampType: 'CreateTime',
    key: Buffer.from(key),
    value,
    headers: [],
  };
}
