import type { KafkaClient } from '../core/kafka/kafka-client.ts';
import type { KafkaRecord } from '../core/record/kafka-record.ts';
import { partitionName } from '../core/record/topic-partition.ts';
import type { EventRecord, OrderEvent } from './order-events.ts';
import { PartitionReader } from '../core/kafka/partition-reader.ts';

/** What of a record can differ. */
export type Difference = 'key' | 'value' | 'headers' | 'timestamp' | 'timestamp type';

/**
 * Compares a topic with the events it must hold: each partition the committed events produced into it, in that order,
 * byte for byte, and nothing else. Gives the number of records compared.
 * @throws Error that names the first record that differs, is missing or is one too many.
 */
export async function compareTopic(
  kafka: KafkaClient,
  topic: string,
  partitionCount: number,
  events: Iterable<OrderEvent>,
  progress: (records: number) => void,
): Promise<number> {
  const partitions = Array.from({ length: partitionCount }, (_, partition) => ({ topic, partition }));
  const ends = await kafka.listOffsets(partitions, 'stable');
  const readers = partitions.map((at) => new PartitionReader(kafka, at, ends.get(partitionName(at)) ?? 0n));
  const counts = partitions.map(() => 0);
  let compared = 0;
  for (const { partition, record, aborted } of events) {
    if (aborted) continue;
    const found = await readers[partition]?.next();
    const place = `record ${counts[partition]} of ${topic}-${partition}`;
    if (found === undefined) throw new Error(`${place} is missing`);
    const difference = findDifference(record, found);
    if (difference !== undefined)
      throw new Error(`${place} (offset ${found.offset}) has another ${difference} than was produced`);
    counts[partition] = (counts[partition] ?? 0) + 1;
    if (++compared % 1_000 === 0) progress(compared);
  }
  progress(compared);
  for (const [partition, reader] of readers.entries()) {
    const surplus = await reader.next();
    if (surplus !== undefined)
      throw new Error(`${topic}-${partition} has a record that nobody produced, at offset ${surplus.offset}`);
  }
  return compared;
}

/** The first thing in which a record is not what was produced; null and empty differ. */
export function findDifference(produced: EventRecord, found: KafkaRecord): Difference | undefined {
  if (!sameBytes(produced.key, found.key)) return 'key';
  if (!sameBytes(produced.value, found.value)) return 'value';
  if (produced.timestampMs !== found.timestampMs) return 'timestamp';
  if (found.timestampType !== 'CreateTime') return 'timestamp type';
  const sameHeaders =
    produced.headers.length === found.headers.length &&
    produced.headers.every(({ name, value }, index) => {
      const other = found.headers[index];
      return other !== undefined && sameBytes(name, other.name) && sameBytes(value, other.value);
    });
  return sameHeaders ? undefined : 'headers';
}

function sameBytes(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === null || b === null ? a === b : Buffer.compare(a, b) === 0;
}
