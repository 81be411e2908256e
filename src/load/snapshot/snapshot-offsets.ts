import { AppError } from '../../core/errors.ts';
import type { KafkaClient } from '../../core/kafka/kafka-client.ts';
import { partitionName, type TopicPartition } from '../../core/record/topic-partition.ts';
import type { SnapshotOffset, SnapshotOffsets } from './snapshot-manifest.ts';

/**
 * How far a group is in every partition of the topics. To be read before the projections are: whatever the group has
 * not committed by then comes again when the topics are read from here on.
 * @throws SNAPSHOT_GROUP_UNKNOWN when it has committed nothing of a topic that has records; KAFKA_*
 */
export async function readSnapshotOffsets(
  kafka: KafkaClient,
  group: string,
  topics: readonly string[],
): Promise<SnapshotOffsets> {
  const partitions: SnapshotOffset[] = [];
  for (const { name: topic, partitionCount } of await kafka.describeTopics(topics)) {
    const all: TopicPartition[] = Array.from({ length: partitionCount }, (_, partition) => ({ topic, partition }));
    const committed = await kafka.committedOffsets(group, all);
    const earliest = await kafka.listOffsets(all, 'earliest');
    if (committed.size === 0) await requireEmpty(kafka, group, all);
    for (const at of all) {
      const name = partitionName(at);
      const own = committed.get(name)?.offset;
      partitions.push({ ...at, offset: String(own ?? earliest.get(name) ?? 0n), committed: own !== undefined });
    }
  }
  return { group, partitions };
}

async function requireEmpty(kafka: KafkaClient, group: string, all: readonly TopicPartition[]): Promise<void> {
  const topic = all[0]?.topic ?? '';
  const latest = await kafka.listOffsets(all, 'latest');
  if ([...latest.values()].every((end) => end === 0n)) return;
  throw new AppError('SNAPSHOT_GROUP_UNKNOWN', `the group ${group} has committed nothing of ${topic}`, {
    subject: group,
    hint: 'Name the consumer group that writes the projections; `bss offsets show` lists the groups there are.',
  });
}
