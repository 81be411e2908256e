import { must } from '../assert.ts';
import { AppError } from '../errors.ts';
import { partitionName, type TopicPartition } from '../record/topic-partition.ts';
import { API, CONSUMER_GROUP_DESCRIBE } from './api-versions.ts';
import { CONTROL_LANE, type Cluster } from './cluster.ts';
import { readAssignment } from './group-assignment.ts';
import type { CommittedOffset, GroupDescription, GroupMember, GroupState, ListedGroup } from './kafka-client.ts';
import { KAFKA, kafkaError, kafkaErrorName } from './kafka-errors.ts';

const CONSUMER_PROTOCOL = 'consumer';
/** Neither a generation nor a member: the commit comes from outside of the group. Source: OffsetCommit. */
const NO_GENERATION = -1;
const NO_LEADER_EPOCH = -1;
/** The broker writes each request as one batch, which must fit `max.message.bytes` of its offsets topic (1 MB). */
const OFFSETS_PER_REQUEST = 1000;

const STATES: Readonly<Record<string, GroupState>> = {
  Dead: 'dead',
  Empty: 'empty',
  Stable: 'stable',
  PreparingRebalance: 'rebalancing',
  CompletingRebalance: 'rebalancing',
  Assigning: 'rebalancing',
  Reconciling: 'rebalancing',
};

/** What a commit from outside is refused with while somebody is in the group, by state and protocol of the group. */
const REFUSED_BY_MEMBERS: ReadonlySet<number> = new Set([
  KAFKA.UNKNOWN_MEMBER_ID,
  KAFKA.ILLEGAL_GENERATION,
  KAFKA.REBALANCE_IN_PROGRESS,
  KAFKA.FENCED_INSTANCE_ID,
  KAFKA.STALE_MEMBER_EPOCH,
]);

/** Looks at consumer groups, and sets their offsets from outside. */
export class GroupAdmin {
  readonly #cluster: Cluster;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** See `KafkaClient.listGroups`. */
  async listGroups(): Promise<ListedGroup[]> {
    // Each broker knows the groups that it coordinates.
    await this.#cluster.retrying(() => this.#cluster.metadata([]));
    const lists = await Promise.all(
      this.#cluster.brokerIds.map((nodeId) =>
        this.#cluster.retrying(async () => {
          const { errorCode, groups } = await this.#cluster.sendTo(CONTROL_LANE, nodeId, API.listGroups, [[], []]);
          if (errorCode !== KAFKA.NONE) throw kafkaError(errorCode, 'Listing the groups of broker', String(nodeId));
          return groups;
        }),
      ),
    );
    const byName = new Map(lists.flat().map((listed) => [listed.groupId, readListed(listed)]));
    return [...byName.values()].toSorted((a, b) => (a.group < b.group ? -1 : 1));
  }

  /** See `KafkaClient.describeGroup`. */
  async describeGroup(group: string): Promise<GroupDescription> {
    const described = await this.#describeClassic(group);
    if (described.state !== 'dead') return described;
    const listed = await this.#listedAtCoordinator(group);
    if (listed === undefined || listed.state === 'dead') return described;
    if (listed.protocolType !== CONSUMER_PROTOCOL) return { ...listed, members: [] };
    return await this.#describeConsumers(group);
  }

  /** See `KafkaClient.alterGroupOffsets`. */
  async alterGroupOffsets(group: string, offsets: readonly (TopicPartition & CommittedOffset)[]): Promise<void> {
    for (let start = 0; start < offsets.length; start += OFFSETS_PER_REQUEST) {
      await this.#alter(group, offsets.slice(start, start + OFFSETS_PER_REQUEST));
    }
  }

  /** See `KafkaClient.deleteGroupOffsets`. */
  async deleteGroupOffsets(group: string, partitions: readonly TopicPartition[]): Promise<void> {
    if (partitions.length === 0) return;
    const topics = [...Map.groupBy(partitions, (at) => at.topic)].map(([name, ofTopic]) => ({
      name,
      partitions: ofTopic.map((at) => ({ partitionIndex: at.partition })),
    }));
    await this.#cluster.retrying(async () => {
      const response = await this.#cluster.sendToCoordinator(
        'group',
        group,
        API.offsetDelete,
        [group, topics],
        (answer) => answer.errorCode,
      );
      if (response.errorCode === KAFKA.GROUP_ID_NOT_FOUND) return;
      if (response.errorCode !== KAFKA.NONE) {
        throw kafkaError(response.errorCode, 'Deleting offsets of group', group);
      }
      for (const { topic, partition, errorCode } of flatten(response.topics)) {
        if (errorCode === KAFKA.NONE || errorCode === KAFKA.UNKNOWN_TOPIC_OR_PARTITION) continue;
        throw kafkaError(errorCode, `Deleting the offset of group ${group} in`, partitionName({ topic, partition }));
      }
    });
  }

  #alter(group: string, offsets: readonly (TopicPartition & CommittedOffset)[]): Promise<void> {
    const topics = [...Map.groupBy(offsets, (at) => at.topic)].map(([name, ofTopic]) => ({
      name,
      partitions: ofTopic.map(({ partition, offset, metadata }) => ({
        partitionIndex: partition,
        committedOffset: offset,
        committedLeaderEpoch: NO_LEADER_EPOCH,
        committedMetadata: metadata,
      })),
    }));
    return this.#cluster.retrying(async () => {
      const response = await this.#cluster.sendToCoordinator(
        'group',
        group,
        API.offsetCommit,
        [group, NO_GENERATION, '', null, topics],
        // A coordinator that has moved says so for every partition.
        (answer) => answer.topics[0]?.partitions[0]?.errorCode ?? KAFKA.NONE,
      );
      for (const { topic, partition, errorCode } of flatten(response.topics)) {
        if (REFUSED_BY_MEMBERS.has(errorCode)) throw refusedByMembers(group, errorCode);
        if (errorCode !== KAFKA.NONE) {
          throw kafkaError(errorCode, `Setting the offset of group ${group} in`, partitionName({ topic, partition }));
        }
      }
    });
  }

  #describeClassic(group: string): Promise<GroupDescription> {
    return this.#cluster.retrying(async () => {
      const response = await this.#cluster.sendToCoordinator(
        'group',
        group,
        API.describeGroups,
        [[group], false],
        (answer) => answer.groups[0]?.errorCode ?? KAFKA.NONE,
      );
      const found = must(response.groups[0], 'one group is asked for, one is described');
      if (found.errorCode !== KAFKA.NONE) throw kafkaError(found.errorCode, 'Describing group', group);
      const { protocolType } = found;
      const members = found.members.map(
        ({ memberId, groupInstanceId, clientId, clientHost, memberAssignment }): GroupMember => ({
          memberId,
          instanceId: groupInstanceId ?? undefined,
          clientId,
          host: clientHost,
          partitions: protocolType === CONSUMER_PROTOCOL ? dealtTo(memberAssignment) : [],
        }),
      );
      return { group, state: stateOf(found.groupState), protocolType, members };
    });
  }

  #listedAtCoordinator(group: string): Promise<ListedGroup | undefined> {
    return this.#cluster.retrying(async () => {
      const response = await this.#cluster.sendToCoordinator(
        'group',
        group,
        API.listGroups,
        [[], []],
        (answer) => answer.errorCode,
      );
      if (response.errorCode !== KAFKA.NONE) throw kafkaError(response.errorCode, 'Looking for group', group);
      const listed = response.groups.find(({ groupId }) => groupId === group);
      return listed === undefined ? undefined : readListed(listed);
    });
  }

  #describeConsumers(group: string): Promise<GroupDescription> {
    return this.#cluster.retrying(async () => {
      const response = await this.#cluster.sendToCoordinator(
        'group',
        group,
        CONSUMER_GROUP_DESCRIBE,
        [[group], false],
        (answer) => answer.groups[0]?.errorCode ?? KAFKA.NONE,
      );
      const found = must(response.groups[0], 'one group is asked for, one is described');
      const { errorCode, errorMessage } = found;
      if (errorCode === KAFKA.GROUP_ID_NOT_FOUND) return { group, state: 'dead', protocolType: '', members: [] };
      if (errorCode !== KAFKA.NONE) throw kafkaError(errorCode, 'Describing group', group, errorMessage);
      const members = found.members.map(({ memberId, instanceId, clientId, clientHost, assignment }): GroupMember => ({
        memberId,
        instanceId: instanceId ?? undefined,
        clientId,
        host: clientHost,
        partitions: assignment.topicPartitions.flatMap(({ topicName: topic, partitions }) =>
          partitions.map((partition) => ({ topic, partition })),
        ),
      }));
      return { group, state: stateOf(found.groupState), protocolType: CONSUMER_PROTOCOL, members };
    });
  }
}

interface AnsweredTopic {
  readonly name: string;
  readonly partitions: readonly { readonly partitionIndex: number; readonly errorCode: number }[];
}

function flatten(topics: readonly AnsweredTopic[]): (TopicPartition & { readonly errorCode: number })[] {
  return topics.flatMap(({ name: topic, partitions }) =>
    partitions.map(({ partitionIndex: partition, errorCode }) => ({ topic, partition, errorCode })),
  );
}

function readListed(listed: { readonly groupId: string; readonly groupState: string; readonly protocolType: string }) {
  return { group: listed.groupId, state: stateOf(listed.groupState), protocolType: listed.protocolType };
}

function stateOf(word: string): GroupState {
  return STATES[word] ?? 'unknown';
}

/** Nothing for an assignment that is not in the format of Kafka's consumers: it is the members' own business. */
function dealtTo(assignment: Buffer): TopicPartition[] {
  try {
    return readAssignment(assignment);
  } catch {
    return [];
  }
}

function refusedByMembers(group: string, kafkaCode: number): AppError {
  return new AppError(
    'KAFKA_GROUP_NOT_EMPTY',
    `Setting the offsets of group ${group}: it has members (${kafkaErrorName(kafkaCode)})`,
    { subject: group, hint: 'Stop the members of the group, and wait until their sessions are over.' },
  );
}
