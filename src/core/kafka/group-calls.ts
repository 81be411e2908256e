import { must } from '../assert.ts';
import type { TopicPartition } from '../record/topic-partition.ts';
import { API } from './api-versions.ts';
import type { Cluster } from './cluster.ts';
import {
  assignBalanced,
  GROUP_PROTOCOL,
  readAssignment,
  readSubscription,
  writeAssignment,
  writeSubscription,
} from './group-assignment.ts';
import type { GroupGeneration, GroupOptions } from './kafka-client.ts';
import { KAFKA, kafkaError } from './kafka-errors.ts';

/** The outcome of a rebalance, for one member. */
export interface JoinedGroup {
  readonly generation: GroupGeneration;
  readonly partitions: readonly TopicPartition[];
  /** What the leader dealt out: partitions per topic of the whole group. Undefined for the other members. */
  readonly partitionCounts: ReadonlyMap<string, number> | undefined;
}

/** The group has moved on while we were joining: join again. */
export const JOIN_AGAIN: unique symbol = Symbol('join again');

const PROTOCOL_TYPE = 'consumer';

/**
 * The calls of Kafka's classic group protocol, eager: all members give up everything, then all are dealt anew.
 * Source: kafka.apache.org/protocol, JoinGroup 9, SyncGroup 5, LeaveGroup 5; KIP-345 (static members), KIP-394 (member ids).
 */
export class GroupCalls {
  readonly #cluster: Cluster;
  readonly #options: GroupOptions;
  /** Of this membership alone: JoinGroup is answered only when all members have joined. */
  readonly lane: string;

  constructor(cluster: Cluster, options: GroupOptions, lane: string) {
    this.#cluster = cluster;
    this.#options = options;
    this.lane = lane;
  }

  /** Joins, and takes part in dealing the partitions out. No retries. `memberId` is empty for a new member. */
  async join(
    memberId: string,
  ): Promise<JoinedGroup | { readonly again: typeof JOIN_AGAIN; readonly memberId: string }> {
    const { group, topics, sessionTimeoutMs, rebalanceTimeoutMs, instanceId } = this.#options;
    const protocols = [{ name: GROUP_PROTOCOL, metadata: writeSubscription(topics) }];
    const joined = await this.#cluster.sendToCoordinator(
      'group',
      group,
      API.joinGroup,
      [group, sessionTimeoutMs, rebalanceTimeoutMs, memberId, instanceId ?? null, PROTOCOL_TYPE, protocols, null],
      (answer) => answer.errorCode,
      { lane: this.lane, timeoutMs: rebalanceTimeoutMs + this.#cluster.options.requestTimeoutMs },
    );
    if (joined.errorCode === KAFKA.MEMBER_ID_REQUIRED) return { again: JOIN_AGAIN, memberId: joined.memberId };
    if (joined.errorCode === KAFKA.UNKNOWN_MEMBER_ID) return { again: JOIN_AGAIN, memberId: '' };
    if (joined.errorCode !== KAFKA.NONE) throw kafkaError(joined.errorCode, 'Joining group', group);
    const generation = { group, memberId: joined.memberId, generationId: joined.generationId, instanceId };
    const isLeader = joined.leader === joined.memberId;
    const partitionCounts = isLeader ? await this.partitionCounts(subscribed(joined.members)) : undefined;
    // A static leader that came back within its session is told that what was dealt stands (KIP-814).
    const dealt = partitionCounts === undefined || joined.skipAssignment ? [] : deal(joined.members, partitionCounts);
    const synced = await this.#cluster.sendToCoordinator(
      'group',
      group,
      API.syncGroup,
      [group, generation.generationId, generation.memberId, instanceId ?? null, PROTOCOL_TYPE, GROUP_PROTOCOL, dealt],
      (answer) => answer.errorCode,
      { lane: this.lane, timeoutMs: rebalanceTimeoutMs + this.#cluster.options.requestTimeoutMs },
    );
    if (synced.errorCode === KAFKA.REBALANCE_IN_PROGRESS) return { again: JOIN_AGAIN, memberId: generation.memberId };
    if (synced.errorCode === KAFKA.UNKNOWN_MEMBER_ID || synced.errorCode === KAFKA.ILLEGAL_GENERATION) {
      return { again: JOIN_AGAIN, memberId: '' };
    }
    if (synced.errorCode !== KAFKA.NONE) throw kafkaError(synced.errorCode, 'Taking part in group', group);
    return { generation, partitions: readAssignment(synced.assignment), partitionCounts };
  }

  /** Leaves the group, a static member too. A membership that is over already is left. */
  async leave({ group, memberId, instanceId }: GroupGeneration): Promise<void> {
    await this.#cluster.retrying(async () => {
      const member = { memberId, groupInstanceId: instanceId ?? null, reason: 'the consumer is being closed' };
      const args: [string, (typeof member)[]] = [group, [member]];
      const response = await this.#cluster.sendToCoordinator(
        'group',
        group,
        API.leaveGroup,
        args,
        (answer) => answer.errorCode,
        {
          lane: this.lane,
        },
      );
      if (response.errorCode !== KAFKA.NONE) throw kafkaError(response.errorCode, 'Leaving group', group);
      const own = must(response.members[0], 'one member leaves, one is answered for').errorCode;
      if (own === KAFKA.NONE || own === KAFKA.UNKNOWN_MEMBER_ID || own === KAFKA.FENCED_INSTANCE_ID) return;
      throw kafkaError(own, 'Leaving group', group);
    });
  }

  /** Partitions of each topic that exists, asked now. */
  async partitionCounts(topics: readonly string[]): Promise<Map<string, number>> {
    const metadata = await this.#cluster.metadata(topics);
    for (const [name, failure] of metadata.failures) {
      // A member may want a topic that is yet to be created, or was deleted: there is nothing of it to deal out.
      if (failure !== KAFKA.UNKNOWN_TOPIC_OR_PARTITION) throw kafkaError(failure, 'Describing topic', name);
    }
    return new Map(
      topics.map((name) => [name, metadata.topics.find((topic) => topic.name === name)?.leaders.length ?? 0]),
    );
  }
}

interface Member {
  readonly memberId: string;
  readonly groupInstanceId?: string | null | undefined;
  readonly metadata: Buffer;
}

function subscribed(members: readonly Member[]): string[] {
  return [...new Set(members.flatMap((member) => readSubscription(member.metadata)))];
}

function deal(
  members: readonly Member[],
  partitionCounts: ReadonlyMap<string, number>,
): { memberId: string; assignment: Buffer }[] {
  const subscribers = members.map(({ memberId, groupInstanceId, metadata }) => ({
    memberId,
    instanceId: groupInstanceId,
    topics: readSubscription(metadata),
  }));
  return [...assignBalanced(subscribers, partitionCounts)].map(([memberId, partitions]) => ({
    memberId,
    assignment: writeAssignment(partitions),
  }));
}
