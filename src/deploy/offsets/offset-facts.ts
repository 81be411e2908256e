import { AppError } from '../../core/errors.ts';
import type { CommittedOffset, GroupDescription, KafkaClient } from '../../core/kafka/kafka-client.ts';
import { type Offset, partitionName, type TopicPartition } from '../../core/record/topic-partition.ts';
import { comparePartitions, type OffsetTarget } from './offset-target.ts';

/** What a plan is made from: a group, and the logs that it reads, at one time. */
export interface OffsetFacts {
  readonly clusterId: string;
  readonly group: GroupDescription;
  readonly atMs: number;
  /** In the order of topics and partitions. */
  readonly partitions: readonly PartitionFacts[];
}

/** A partition, and where the group is in it. */
export interface PartitionFacts extends TopicPartition {
  /** UUID of the topic: another one means another topic of that name. */
  readonly topicId: string;
  readonly committed: CommittedOffset | undefined;
  /** First offset that the log still has. */
  readonly logStart: Offset;
  /** Behind the last record (high watermark). */
  readonly logEnd: Offset;
  /** Behind the last record that a reader of committed records sees; less than `logEnd` while a transaction is open. */
  readonly stableEnd: Offset;
  /** First record of the asked time or later; undefined when there is none, or no time was asked for. */
  readonly atTime: Offset | undefined;
}

/** Whose offsets are wanted. */
export interface OffsetFactsRequest {
  readonly group: string;
  /** All partitions of these topics. Undefined: the topics that the group has offsets of. */
  readonly topics?: readonly string[] | undefined;
  /** Whose time, if it has one, is looked up. */
  readonly target?: OffsetTarget | undefined;
  readonly nowMs: number;
}

/**
 * Reads what a group has committed and where its logs begin and end. Changes nothing.
 * @throws KAFKA_TOPIC_MISSING for a topic that was asked for
 */
export async function readOffsetFacts(kafka: KafkaClient, request: OffsetFactsRequest): Promise<OffsetFacts> {
  const { group, target, nowMs } = request;
  const [clusterId, description] = [await kafka.clusterId(), await kafka.describeGroup(group)];
  // Before the ends of the logs: a group that goes on reading is then never ahead of them.
  const committed = await kafka.allCommittedOffsets(group);
  const topics = request.topics ?? (await existing(kafka, committed));
  const described = await kafka.describeTopics([...new Set(topics)]);
  const wanted = described.flatMap(({ name: topic, id: topicId, partitionCount }) =>
    Array.from({ length: partitionCount }, (_, partition) => ({ topic, partition, topicId })),
  );
  const starts = await kafka.listOffsets(wanted, 'earliest');
  const atTimes =
    target?.kind === 'time' ? await kafka.listOffsets(wanted, { timestampMs: target.timestampMs }) : undefined;
  const stableEnds = await kafka.listOffsets(wanted, 'stable');
  const ends = await kafka.listOffsets(wanted, 'latest');
  const byName = new Map(committed.map((at) => [partitionName(at), at]));
  const partitions = wanted.map(({ topic, partition, topicId }): PartitionFacts => {
    const name = partitionName({ topic, partition });
    const found = byName.get(name);
    return {
      topic,
      partition,
      topicId,
      committed: found === undefined ? undefined : { offset: found.offset, metadata: found.metadata },
      logStart: listed(starts, name),
      logEnd: listed(ends, name),
      stableEnd: listed(stableEnds, name),
      atTime: atTimes?.get(name),
    };
  });
  return { clusterId, group: description, atMs: nowMs, partitions: partitions.toSorted(comparePartitions) };
}

/** Offsets of a deleted topic outlive it by a moment. */
async function existing(kafka: KafkaClient, committed: readonly TopicPartition[]): Promise<string[]> {
  return [...(await kafka.existingTopics([...new Set(committed.map(({ topic }) => topic))]))];
}

function listed(offsets: ReadonlyMap<string, Offset>, name: string): Offset {
  const offset = offsets.get(name);
  if (offset === undefined) {
    throw new AppError('KAFKA_UNAVAILABLE', `Listing the offsets of ${name}: the broker gave none`, { subject: name });
  }
  return offset;
}
