import type { StartPosition } from '../core/config/start-position.ts';
import type { KafkaClient } from '../core/kafka/kafka-client.ts';
import { type Offset, partitionName, type TopicPartition } from '../core/record/topic-partition.ts';

/** Where to begin in a partition of which neither the group nor the archive knows anything. */
export async function startOffset(kafka: KafkaClient, at: TopicPartition, start: StartPosition): Promise<Offset> {
  const name = partitionName(at);
  const latest = async (): Promise<Offset> => (await kafka.listOffsets([at], 'latest')).get(name) ?? 0n;
  if (start === 'latest') return await latest();
  if (start === 'earliest') return (await kafka.listOffsets([at], 'earliest')).get(name) ?? 0n;
  return (await kafka.listOffsets([at], start)).get(name) ?? (await latest());
}
