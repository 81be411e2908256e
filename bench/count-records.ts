import { AppError } from '../src/core/errors.ts';
import type { KafkaClient } from '../src/core/kafka/kafka-client.ts';
import { asBuffer, readBatchHeader } from '../src/core/record/batch-header.ts';
import { CommittedFilter, isAbortMarker } from '../src/core/record/committed-filter.ts';
import { partitionName, type Offset, type TopicPartition } from '../src/core/record/topic-partition.ts';
import { PARTITIONS } from './fill-topic.ts';

const FETCH_BYTES = 8 * 1024 * 1024;

/** Counts the records of a topic that a read_committed consumer sees, by the headers of their batches. */
export async function countRecords(kafka: KafkaClient, topic: string): Promise<number> {
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({ topic, partition }));
  const ends = await kafka.listOffsets(partitions, 'stable');
  const counts = await Promise.all(
    partitions.map((at) => countPartition(kafka, at, ends.get(partitionName(at)) ?? 0n)),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

async function countPartition(kafka: KafkaClient, at: TopicPartition, end: Offset): Promise<number> {
  let [offset, count] = [0n, 0];
  while (offset < end) {
    const request = { ...at, offset, bytesMax: FETCH_BYTES, waitMs: 500, isolation: 'read_committed' } as const;
    const { bytes, abortedTransactions } = await kafka.fetch(request);
    const filter = new CommittedFilter(abortedTransactions);
    const buffer = asBuffer(bytes);
    const before = offset;
    for (let position = 0; ;) {
      const header = readBatchHeader(buffer, position, partitionName(at));
      if (header === undefined) break;
      const aborted = filter.aborts(header, () => isAbortMarker(bytes, header));
      if (!header.control && !aborted) count += header.recordCount;
      position += header.sizeBytes;
      offset = header.lastOffset + 1n;
    }
    if (offset === before)
      throw new AppError('KAFKA_UNAVAILABLE', `${partitionName(at)} gives nothing at ${offset}, before its end ${end}`);
  }
  return count;
}
