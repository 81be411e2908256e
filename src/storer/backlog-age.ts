import type { KafkaClient } from '../core/kafka/kafka-client.ts';
import { asBuffer, readBatchHeader } from '../core/record/batch-header.ts';
import { type Offset, partitionName, type TopicPartition } from '../core/record/topic-partition.ts';
import { Semaphore } from '../core/runtime/semaphore.ts';
import type { ArchiveContext } from './archive-step.ts';
import type { OwnedPartition } from './owned-partition.ts';

const REQUESTS_MAX = 16;

/**
 * Looks how old the backlog is that a partition was taken over with, as far as it is not archived meanwhile: of that only
 * is known that it is older than the maximum age, and how much older decides whether it may be lost. @throws KAFKA_*
 */
export async function findBacklogAges(context: ArchiveContext, partitions: readonly OwnedPartition[]): Promise<void> {
  const { kafka, clock } = context;
  const gate = new Semaphore({ permits: REQUESTS_MAX });
  const find = async (partition: OwnedPartition): Promise<void> => {
    const { at, progress } = partition;
    const position = progress.stored;
    const timestampMs = progress.backlog > 0n ? await timestampAt(kafka, at, position) : undefined;
    partition.isAgeKnown = true;
    // A producer may write any time, and none at all.
    if (timestampMs === undefined || timestampMs <= 0 || progress.stored !== position) return;
    progress.waitsSince(clock.monotonicMs() - (clock.nowMs() - timestampMs));
  };
  await Promise.all(
    partitions.filter(({ isAgeKnown }) => !isAgeKnown).map((partition) => gate.run(() => find(partition))),
  );
}

/** The time of the batch at an offset: of its oldest record, or of its arrival, whatever Kafka keeps of the topic. */
async function timestampAt(kafka: KafkaClient, at: TopicPartition, offset: Offset): Promise<number | undefined> {
  // However little is asked for, there is a batch, if there is any.
  const { bytes } = await kafka.fetch({ ...at, offset, bytesMax: 1, waitMs: 0, isolation: 'read_uncommitted' });
  const header = readBatchHeader(asBuffer(bytes), 0, partitionName(at));
  if (header === undefined) return undefined;
  return Number(header.timestampType === 'LogAppendTime' ? header.maxTimestampMs : header.baseTimestampMs);
}
