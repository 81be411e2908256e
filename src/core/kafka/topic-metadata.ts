import type { metadataV12 } from '@platformatic/kafka';
import { KAFKA } from './kafka-errors.ts';
import type { BrokerAddress } from './broker-connection.ts';

type MetadataResponse = ReturnType<typeof metadataV12.parseResponse>;

/** Who leads a partition. */
export interface PartitionLeader {
  /** -1: nobody at the moment. */
  readonly nodeId: number;
  readonly epoch: number;
}

/** A topic as one broker described it. */
export interface TopicMetadata {
  readonly name: string;
  /** As RFC 4122 text. */
  readonly id: string;
  /** By partition number. */
  readonly leaders: readonly PartitionLeader[];
  readonly replicationFactor: number;
}

/** The cluster as one broker described it. */
export interface ClusterMetadata {
  readonly clusterId: string;
  readonly controllerId: number;
  readonly brokers: ReadonlyMap<number, BrokerAddress>;
  /** Those of the topics asked for that exist. */
  readonly topics: readonly TopicMetadata[];
  /** Kafka's error code of each topic that was asked for and cannot be described, UNKNOWN_TOPIC_OR_PARTITION included. */
  readonly failures: ReadonlyMap<string, number>;
}

/** A Metadata response in our words. */
export function readMetadata(response: MetadataResponse): ClusterMetadata {
  const topics: TopicMetadata[] = [];
  const failures = new Map<string, number>();
  for (const topic of response.topics) {
    const name = topic.name ?? topic.topicId;
    if (topic.errorCode !== KAFKA.NONE) {
      failures.set(name, topic.errorCode);
      continue;
    }
    const leaders: PartitionLeader[] = [];
    for (const partition of topic.partitions) {
      leaders[partition.partitionIndex] = { nodeId: partition.leaderId, epoch: partition.leaderEpoch };
    }
    const replicationFactor = topic.partitions[0]?.replicaNodes.length ?? 0;
    topics.push({ name, id: topic.topicId, leaders, replicationFactor });
  }
  return {
    clusterId: response.clusterId ?? '',
    controllerId: response.controllerId,
    brokers: new Map(response.brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }])),
    topics,
    failures,
  };
}
