import type { KafkaClient } from '../../core/kafka/kafka-client.ts';
import { type Offset, partitionName, type TopicPartition } from '../../core/record/topic-partition.ts';
import { readOffsetFacts } from '../offsets/offset-facts.ts';

/** What was planned for a group, and what was read right after it was set. */
export interface IntendedOffset extends TopicPartition {
  readonly planned: Offset;
  /** Undefined: it was not read, or not set by us. */
  readonly applied: Offset | undefined;
}

/** A group's offsets: as planned, as applied, and as they are now. */
export interface GroupFacts {
  readonly group: string;
  readonly state: string;
  readonly partitions: readonly GroupPartition[];
}

/** One partition of a group. */
export interface GroupPartition extends TopicPartition {
  readonly planned: Offset | undefined;
  readonly applied: Offset | undefined;
  readonly current: Offset | undefined;
  readonly logStart: Offset;
  readonly logEnd: Offset;
}

/** Reads where a group is in all partitions of these topics, beside what was intended. @throws KAFKA_* */
export async function collectGroupFacts(
  kafka: KafkaClient,
  group: string,
  topics: readonly string[],
  intended: readonly IntendedOffset[] = [],
): Promise<GroupFacts> {
  const facts = await readOffsetFacts(kafka, { group, topics, nowMs: 0 });
  const byName = new Map(intended.map((at) => [partitionName(at), at]));
  return {
    group,
    state: facts.group.state,
    partitions: facts.partitions.map(({ topic, partition, committed, logStart, logEnd }) => {
      const intent = byName.get(partitionName({ topic, partition }));
      return {
        topic,
        partition,
        planned: intent?.planned,
        applied: intent?.applied,
        current: committed?.offset,
        logStart,
        logEnd,
      };
    }),
  };
}
