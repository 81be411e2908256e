import { AppError } from '../errors.ts';
import { Cluster } from './cluster.ts';
import type { KafkaConnectionOptions } from './connection-options.ts';
import { Fetcher } from './fetcher.ts';
import { GroupAdmin } from './group-admin.ts';
import { createGroupMembership } from './group-membership.ts';
import type { KafkaClient } from './kafka-client.ts';
import { OffsetReader } from './offset-reader.ts';
import { TopicAdmin } from './topic-admin.ts';
import { openTransactionalProducer } from './transactional-producer.ts';

/**
 * A client of a cluster, once one of its brokers has been reached and has accepted us. That is tried once per bootstrap
 * server, within the connect timeout each, so that a wrong address or password is told at once.
 * @throws KAFKA_UNAVAILABLE, KAFKA_AUTHENTICATION_FAILED, KAFKA_REQUEST_FAILED (a broker too old), CONFIG_INVALID
 */
export async function connectKafka(options: KafkaConnectionOptions): Promise<KafkaClient> {
  if (options.bootstrapServers.length === 0) {
    throw new AppError('CONFIG_INVALID', 'No Kafka broker is configured', { hint: 'Name at least one, as host:port.' });
  }
  const cluster = new Cluster(options);
  try {
    await cluster.metadata([]);
  } catch (error) {
    await cluster.close();
    throw error;
  }
  const admin = new TopicAdmin(cluster);
  const groups = new GroupAdmin(cluster);
  const offsets = new OffsetReader(cluster);
  const fetcher = new Fetcher(cluster, offsets);
  return {
    clusterId: () => admin.clusterId(),
    describeTopics: (names) => admin.describeTopics(names),
    existingTopics: (names) => admin.existingTopics(names),
    listTopics: () => admin.listTopics(),
    topicConfig: (name, config) => admin.topicConfig(name, config),
    alterTopicConfig: (name, changes) => admin.alterTopicConfig(name, changes),
    createTopics: (topics) => admin.createTopics(topics),
    deleteTopics: (names) => admin.deleteTopics(names),
    listOffsets: (partitions, position) => offsets.listOffsets(partitions, position),
    fetch: (request) => fetcher.fetch(request),
    recycle: (memory) => cluster.recycle(memory),
    committedOffsets: (group, partitions) => offsets.committedOffsets(group, partitions),
    allCommittedOffsets: (group) => offsets.allCommittedOffsets(group),
    listGroups: () => groups.listGroups(),
    describeGroup: (group) => groups.describeGroup(group),
    alterGroupOffsets: (group, altered) => groups.alterGroupOffsets(group, altered),
    deleteGroupOffsets: (group, partitions) => groups.deleteGroupOffsets(group, partitions),
    joinGroup: (group, listener) => createGroupMembership(cluster, group, listener),
    transactionalProducer: (producer) => openTransactionalProducer(cluster, producer),
    close: () => cluster.close(),
  };
}
