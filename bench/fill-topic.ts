import type { KafkaClient } from '../src/core/kafka/kafka-client.ts';
import { BATCH_HEADER_BYTES } from '../src/core/record/batch-header.ts';
import { writeBatch } from '../src/core/record/batch-records.ts';
import type { BatchStamp } from '../src/core/record/batch-stamp.ts';
import { stampBatch } from '../src/core/record/stamp-batch.ts';
import type { KafkaRecord } from '../src/core/record/kafka-record.ts';
import { makeKeys, makeValues, type ValueSize, VALUE_BYTES } from './values.ts';

/** Of the topics: as many as every comparison has. */
export const PARTITIONS = 4;
/** A batch of a producer with Kafka's defaults (`batch.size`). */
const BATCH_BYTES = 16 * 1024;
/** Records that differ. They come again only after many megabytes, out of reach of any compressor's window. */
const DISTINCT_BYTES = 20_000_000;
const TRANSACTION_BATCHES = 2_000;
const IN_FLIGHT_MAX = 64;
const NOT_STAMPED: BatchStamp = { producerId: -1n, producerEpoch: -1, baseSequence: -1, transactional: false };

interface ReadyBody {
  readonly body: Uint8Array;
  readonly recordCount: number;
  readonly baseTimestampMs: bigint;
  readonly maxTimestampMs: bigint;
}

/** Makes the topic and fills it with so many records, batches of all partitions in turn, not compressed. */
export async function fillTopic(kafka: KafkaClient, topic: string, size: ValueSize, records: number): Promise<void> {
  await kafka.createTopics([{ name: topic, partitionCount: PARTITIONS, replicationFactor: 1 }]);
  const bodies = makeBodies(size);
  const producer = await kafka.transactionalProducer({
    transactionalId: `bench-${topic}`,
    transactionTimeoutMs: 60_000,
  });
  const inFlight = new Set<Promise<void>>();
  let sent = 0;
  try {
    for (let i = 0; sent < records; i++) {
      if (i % TRANSACTION_BATCHES === 0) {
        await Promise.all(inFlight);
        if (i > 0) await producer.commit();
        producer.begin();
      }
      const whole = bodies[i % bodies.length];
      const ready =
        whole !== undefined && whole.recordCount <= records - sent ? whole : makeBody(size, records - sent, 0);
      const at = { topic, partition: i % PARTITIONS };
      const baseSequence = producer.nextSequence(at, ready.recordCount);
      const { producerId, producerEpoch } = producer;
      const batch = stampBatch(
        ready.body,
        ready,
        { producerId, producerEpoch, baseSequence, transactional: true },
        'none',
      );
      const request = producer.produce(at, batch, ready.recordCount).then(() => void inFlight.delete(request));
      // Awaited below; until then a failure is nobody's, which Node would end the process for.
      request.catch(() => undefined);
      inFlight.add(request);
      if (inFlight.size >= IN_FLIGHT_MAX) await Promise.race(inFlight);
      sent += ready.recordCount;
    }
    await Promise.all(inFlight);
    await producer.commit();
  } finally {
    await producer.close();
  }
}

function makeBodies(size: ValueSize): ReadyBody[] {
  const perBatch = Math.floor(BATCH_BYTES / (VALUE_BYTES[size] + 32));
  const count = Math.ceil(DISTINCT_BYTES / VALUE_BYTES[size] / perBatch);
  return Array.from({ length: count }, (_, seed) => makeBody(size, perBatch, seed));
}

/** Records one millisecond apart. */
function makeBody(size: ValueSize, recordCount: number, seed: number): ReadyBody {
  const [values, keys] = [makeValues(size, recordCount, 2 * seed + 1), makeKeys(recordCount, 2 * seed + 2)];
  const startMs = Date.UTC(2026, 2, 1) + seed * recordCount;
  const records = values.map((value, index): KafkaRecord => {
    const timestampMs = BigInt(startMs + index);
    return {
      offset: BigInt(index),
      timestampMs,
      timestampType: 'CreateTime',
      key: keys[index] ?? null,
      value,
      headers: [],
    };
  });
  const body = writeBatch(records, NOT_STAMPED, 'none').subarray(BATCH_HEADER_BYTES);
  return { body, recordCount, baseTimestampMs: BigInt(startMs), maxTimestampMs: BigInt(startMs + recordCount - 1) };
}
