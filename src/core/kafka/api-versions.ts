import {
  addOffsetsToTxnV3,
  addPartitionsToTxnV3,
  consumerGroupDescribeV0,
  createTopicsV7,
  deleteTopicsV6,
  describeConfigsV4,
  describeGroupsV5,
  endTxnV3,
  findCoordinatorV4,
  heartbeatV4,
  incrementalAlterConfigsV1,
  initProducerIdV4,
  joinGroupV9,
  leaveGroupV5,
  listGroupsV4,
  listOffsetsV7,
  metadataV12,
  offsetCommitV8,
  offsetDeleteV0,
  offsetFetchV7,
  syncGroupV5,
  txnOffsetCommitV3,
} from '@platformatic/kafka';
import { AppError } from '../errors.ts';
import type { VersionRange } from './broker-connection.ts';
import { fetchApi } from './raw-fetch.ts';
import { produceApi } from './raw-produce.ts';

/**
 * The one version of each of Kafka's APIs that this client speaks: Kafka 3.2 introduced the newest of them, and Kafka 4
 * still has them all. AddPartitionsToTxn above 3 is for brokers; EndTxn above 4 changes the producer epoch with every
 * transaction, which record batches that are stamped ahead of time could not follow.
 */
export const API = {
  addOffsetsToTxn: addOffsetsToTxnV3.api,
  addPartitionsToTxn: addPartitionsToTxnV3.api,
  createTopics: createTopicsV7.api,
  deleteTopics: deleteTopicsV6.api,
  describeConfigs: describeConfigsV4.api,
  describeGroups: describeGroupsV5.api,
  endTxn: endTxnV3.api,
  fetch: fetchApi,
  findCoordinator: findCoordinatorV4.api,
  heartbeat: heartbeatV4.api,
  incrementalAlterConfigs: incrementalAlterConfigsV1.api,
  initProducerId: initProducerIdV4.api,
  joinGroup: joinGroupV9.api,
  leaveGroup: leaveGroupV5.api,
  listGroups: listGroupsV4.api,
  listOffsets: listOffsetsV7.api,
  metadata: metadataV12.api,
  offsetCommit: offsetCommitV8.api,
  offsetDelete: offsetDeleteV0.api,
  offsetFetch: offsetFetchV7.api,
  produce: produceApi,
  syncGroup: syncGroupV5.api,
  txnOffsetCommit: txnOffsetCommitV3.api,
} as const;

/**
 * Describes the groups of Kafka's newer consumer protocol (KIP-848), which `describeGroups` takes for dead. Older brokers
 * do not speak it and have no such groups: it is asked only for a group that was seen there.
 */
export const CONSUMER_GROUP_DESCRIBE = consumerGroupDescribeV0.api;

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
