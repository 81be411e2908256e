import { AppError } from '../errors.ts';
import type { VersionRange } from './broker-connection.ts';
import { apiModule } from './protocol-library.ts';
import { fetchApi } from './raw-fetch.ts';
import { produceApi } from './raw-produce.ts';

/**
 * The one version of each of Kafka's APIs that this client speaks: Kafka 3.2 introduced the newest of them, and Kafka 4
 * still has them all. AddPartitionsToTxn above 3 is for brokers; EndTxn above 4 changes the producer epoch with every
 * transaction, which record batches that are stamped ahead of time could not follow.
 */
export const API = {
  addOffsetsToTxn: (await apiModule<'addOffsetsToTxnV3'>('producer/add-offsets-to-txn-v3')).api,
  addPartitionsToTxn: (await apiModule<'addPartitionsToTxnV3'>('producer/add-partitions-to-txn-v3')).api,
  createTopics: (await apiModule<'createTopicsV7'>('admin/create-topics-v7')).api,
  deleteTopics: (await apiModule<'deleteTopicsV6'>('admin/delete-topics-v6')).api,
  describeConfigs: (await apiModule<'describeConfigsV4'>('admin/describe-configs-v4')).api,
  describeGroups: (await apiModule<'describeGroupsV5'>('admin/describe-groups-v5')).api,
  endTxn: (await apiModule<'endTxnV3'>('producer/end-txn-v3')).api,
  fetch: fetchApi,
  findCoordinator: (await apiModule<'findCoordinatorV4'>('metadata/find-coordinator-v4')).api,
  heartbeat: (await apiModule<'heartbeatV4'>('consumer/heartbeat-v4')).api,
  incrementalAlterConfigs: (await apiModule<'incrementalAlterConfigsV1'>('admin/incremental-alter-configs-v1')).api,
  initProducerId: (await apiModule<'initProducerIdV4'>('producer/init-producer-id-v4')).api,
  joinGroup: (await apiModule<'joinGroupV9'>('consumer/join-group-v9')).api,
  leaveGroup: (await apiModule<'leaveGroupV5'>('consumer/leave-group-v5')).api,
  listGroups: (await apiModule<'listGroupsV4'>('admin/list-groups-v4')).api,
  listOffsets: (await apiModule<'listOffsetsV7'>('consumer/list-offsets-v7')).api,
  metadata: (await apiModule<'metadataV12'>('metadata/metadata-v12')).api,
  offsetCommit: (await apiModule<'offsetCommitV8'>('consumer/offset-commit-v8')).api,
  offsetDelete: (await apiModule<'offsetDeleteV0'>('admin/offset-delete-v0')).api,
  offsetFetch: (await apiModule<'offsetFetchV7'>('consumer/offset-fetch-v7')).api,
  produce: produceApi,
  syncGroup: (await apiModule<'syncGroupV5'>('consumer/sync-group-v5')).api,
  txnOffsetCommit: (await apiModule<'txnOffsetCommitV3'>('producer/txn-offset-commit-v3')).api,
} as const;

/**
 * Describes the groups of Kafka's newer consumer protocol (KIP-848), which `describeGroups` takes for dead. Older brokers
 * do not speak it and have no such groups: it is asked only for a group that was seen there.
 */
export const CONSUMER_GROUP_DESCRIBE = (await apiModule<'consumerGroupDescribeV0'>('admin/consumer-group-describe-v0'))
  .api;

/** Refuses a broker that does not speak one of the versions of `API`. @throws KAFKA_REQUEST_FAILED */
export function assertVersions(spoken: readonly VersionRange[], address: string): void {
  const ranges = new Map(spoken.map((range) => [range.apiKey, range]));
  for (const [name, { key, version }] of Object.entries(API)) {
    const range = ranges.get(key);
    if (range !== undefined && version >= range.minVersion && version <= range.maxVersion) continue;
    const has = range === undefined ? 'not at all' : `versions ${range.minVersion} to ${range.maxVersion}`;
    throw new AppError(
      'KAFKA_REQUEST_FAILED',
      `The broker at ${address} does not speak ${name} version ${version} (${has})`,
      {
        subject: address,
        hint: 'Apache Kafka 3.2 or later, or a broker that speaks its protocol, is needed.',
      },
    );
  }
}
