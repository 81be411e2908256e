import { AppError } from '../errors.ts';
import { type Offset, partitionName, type TopicPartition } from '../record/topic-partition.ts';
import { API } from './api-versions.ts';
import { CONTROL_LANE, type Cluster } from './cluster.ts';
import type { CommittedOffset, OffsetPosition } from './kafka-client.ts';
import { KAFKA, isStaleMetadata, kafkaError, movedError } from './kafka-errors.ts';

const CONSUMER_REPLICA_ID = -1;
const LATEST = -1n;
const EARLIEST = -2n;

/** Log offsets by position, and the offsets that groups have committed. */
export class OffsetReader {
  readonly #cluster: Cluster;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** See `KafkaClient.listOffsets`. */
  async listOffsets(partitions: readonly TopicPartition[], position: OffsetPosition): Promise<Map<string, Offset>> {
    const found = new Map<string, Offset>();
    let open = [...partitions];
    await this.#cluster.retrying(async () => {
      await this.#cluster.prefetch(open.map((at) => at.topic));
      const byLeader = Map.groupBy(await this.#withLeaders(open), (at) => at.nodeId);
      const rounds = [...byLeader].map(([nodeId, ofLeader]) => this.#listFromLeader(nodeId, ofLeader, position, found));
      const outcomes = await Promise.allSettled(rounds);
      const failed = outcomes.flatMap((outcome) =>
        outcome.status === 'rejected' ? [outcome.reason as unknown] : outcome.value,
      );
      const final = failed.find((error) => !(error instanceof AppError && error.retryable));
      if (final !== undefined) throw final;
      open = open.filter((at) => !found.has(partitionName(at)));
      if (failed.length === 0) return;
      for (const at of open) this.#cluster.forgetTopic(at.topic);
      throw failed[0];
    });
    for (const [name, offset] of found) if (offset < 0n) found.delete(name);
    return found;
  }

  /** See `KafkaClient.committedOffsets`. */
  async committedOffsets(group: string, partitions: readonly TopicPartition[]): Promise<Map<string, CommittedOffset>> {
    if (partitions.length === 0) return new Map();
    const topics = [...Map.groupBy(partitions, (at) => at.topic)].map(([name, ofTopic]) => ({
      name,
      partitionIndexes: ofTopic.map((at) => at.partition),
    }));
    const committed = await this.#fetchCommitted(group, topics);
    return new Map(committed.map(({ offset, metadata, ...at }) => [partitionName(at), { offset, metadata }]));
  }

  /** See `KafkaClient.allCommittedOffsets`. */
  async allCommittedOffsets(group: string): Promise<(TopicPartition & CommittedOffset)[]> {
    const committed = await this.#fetchCommitted(group, null);
    return committed.toSorted((a, b) => {
      if (a.topic !== b.topic) return a.topic < b.topic ? -1 : 1;
      return a.partition - b.partition;
    });
  }

  /** Null topics: all that the group has. */
  #fetchCommitted(
    group: string,
    topics: { name: string; partitionIndexes: number[] }[] | null,
  ): Promise<(TopicPartition & CommittedOffset)[]> {
    return this.#cluster.retrying(async () => {
      const response = await this.#cluster.sendToCoordinator(
        'group',
        group,
        API.offsetFetch,
        [[{ groupId: group, topics }], true],
        (answer) => answer.errorCode,
      );
      if (response.errorCode !== KAFKA.NONE)
        throw kafkaError(response.errorCode, 'Reading the offsets of group', group);
      const committed: (TopicPartition & CommittedOffset)[] = [];
      for (const { name: topic, partitions: ofTopic } of response.topics) {
        for (const { partitionIndex: partition, errorCode, committedOffset: offset, metadata } of ofTopic) {
          const name = partitionName({ topic, partition });
          if (errorCode !== KAFKA.NONE) throw kafkaError(errorCode, `Reading the offset of group ${group} in`, name);
          if (offset >= 0n) committed.push({ topic, partition, offset, metadata: metadata ?? '' });
        }
      }
      return committed;
    });
  }

  async #withLeaders(partitions: readonly TopicPartition[]): Promise<(TopicPartition & LedBy)[]> {
    const led: (TopicPartition & LedBy)[] = [];
    for (const { topic, partition } of partitions) {
      const { nodeId, epoch } = await this.#cluster.leader({ topic, partition });
      led.push({ topic, partition, nodeId, epoch });
    }
    return led;
  }

  /** Puts what it finds into `found`, and gives the passing errors of single partitions. */
  async #listFromLeader(
    nodeId: number,
    partitions: readonly (TopicPartition & LedBy)[],
    position: OffsetPosition,
    found: Map<string, Offset>,
  ): Promise<AppError[]> {
    const timestamp = timestampFor(position);
    const topics = [...Map.groupBy(partitions, (at) => at.topic)].map(([name, ofTopic]) => ({
      name,
      partitions: ofTopic.map((at) => ({ partitionIndex: at.partition, currentLeaderEpoch: at.epoch, timestamp })),
    }));
    const isolation = position === 'stable' ? 1 : 0;
    const args: [number, number, typeof topics] = [CONSUMER_REPLICA_ID, isolation, topics];
    const response = await this.#cluster.sendTo(CONTROL_LANE, nodeId, API.listOffsets, args);
    const passing: AppError[] = [];
    for (const { name: topic, partitions: ofTopic } of response.topics) {
      for (const { partitionIndex: partition, errorCode, offset } of ofTopic) {
        const name = partitionName({ topic, partition });
        if (errorCode === KAFKA.NONE) found.set(name, offset);
        else if (isStaleMetadata(errorCode)) passing.push(movedError(errorCode, 'Listing the offsets of', name));
        else passing.push(kafkaError(errorCode, 'Listing the offsets of', name));
      }
    }
    return passing;
  }
}

interface LedBy {
  readonly nodeId: number;
  readonly epoch: number;
}

/** Source: ListOffsets, "timestamp". The last stable offset is `latest` for a reader of committed records. */
function timestampFor(position: OffsetPosition): bigint {
  if (position === 'earliest') return EARLIEST;
  if (position === 'latest' || position === 'stable') return LATEST;
  return BigInt(position.timestampMs);
}
