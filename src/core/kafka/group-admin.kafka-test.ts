import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test, type TestContext } from 'node:test';
import { consumerGroupHeartbeatV0 } from '@platformatic/kafka';
import { joinIdly } from '../../../test/harness/group-member.ts';
import { testClient, testTopic } from '../../../test/harness/kafka-topic.ts';
import { testKafka, uniqueName } from '../../../test/harness/shared-services.ts';
import { until } from '../../demo/services/until.ts';
import type { TopicPartition } from '../record/topic-partition.ts';
import { Cluster } from './cluster.ts';
import type { CommittedOffset, KafkaClient } from './kafka-client.ts';
import { KAFKA } from './kafka-errors.ts';

const kafka = await testKafka();

function at(topic: string, partition: number, offset: bigint, metadata = ''): TopicPartition & CommittedOffset {
  return { topic, partition, offset, metadata };
}

test('offsets are set, read, set again and deleted while nobody is in the group', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const [a = '', b = ''] = [await testTopic(client, 3), await testTopic(client, 3)].toSorted();
  const group = uniqueName('group');
  assert.deepEqual(await client.allCommittedOffsets(group), []);
  await client.alterGroupOffsets(group, [at(b, 1, 7n), at(a, 2, 5n, 'moved, é'), at(a, 0, 0n)]);
  assert.deepEqual(await client.allCommittedOffsets(group), [at(a, 0, 0n), at(a, 2, 5n, 'moved, é'), at(b, 1, 7n)]);
  await client.alterGroupOffsets(group, [at(a, 2, 4n)]);
  const absent = { topic: b, partition: 0 };
  await client.deleteGroupOffsets(group, [{ topic: a, partition: 0 }, absent]);
  await client.deleteGroupOffsets(group, [absent]);
  assert.deepEqual(await client.allCommittedOffsets(group), [at(a, 2, 4n), at(b, 1, 7n)]);
  assert.deepEqual(
    await client.committedOffsets(group, [absent, { topic: b, partition: 1 }]),
    new Map([[`${b}-1`, { offset: 7n, metadata: '' }]]),
  );
});

test('deleting offsets of a group that does not exist changes nothing', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const topic = await testTopic(client, 1);
  const group = uniqueName('group');
  await client.deleteGroupOffsets(group, [{ topic, partition: 0 }]);
  assert.equal((await client.describeGroup(group)).state, 'dead');
});

test('more offsets than one request takes', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const topic = await testTopic(client, 1500);
  const group = uniqueName('group');
  const metadata = 'x'.repeat(200);
  const offsets = Array.from({ length: 1500 }, (_, partition) => at(topic, partition, BigInt(partition), metadata));
  await client.alterGroupOffsets(group, offsets);
  const committed = await client.allCommittedOffsets(group);
  await client.deleteTopics([topic]);
  assert.deepEqual(committed, offsets);
});

test('a group with members names them, and its offsets cannot be touched', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const topic = await testTopic(client, 2);
  const group = uniqueName('group');
  assert.deepEqual(await client.describeGroup(group), { group, state: 'dead', protocolType: '', members: [] });
  await client.alterGroupOffsets(group, [at(topic, 0, 0n)]);
  const member = await joinIdly(t, kafka.bootstrap, group, [topic]);
  const { members, ...rest } = await until(
    async () => {
      const described = await client.describeGroup(group);
      return described.state === 'stable' ? described : undefined;
    },
    { deadlineMs: 20_000, what: 'the group to be stable' },
  );
  assert.deepEqual(rest, { group, state: 'stable', protocolType: 'consumer' });
  const partitions = [0, 1].map((partition) => ({ topic, partition }));
  const [only, ...others] = members;
  assert.deepEqual(others, []);
  assert.deepEqual([only?.clientId, only?.instanceId, only?.partitions], ['idle-member', undefined, partitions]);
  assert.match(only?.host ?? '', /127\.0\.0\.1/);
  const refused = { code: 'KAFKA_GROUP_NOT_EMPTY' };
  await assert.rejects(client.alterGroupOffsets(group, [at(topic, 0, 1n)]), refused);
  await assert.rejects(client.deleteGroupOffsets(group, [{ topic, partition: 0 }]), refused);
  await member.leave();
  assert.deepEqual(await client.describeGroup(group), { group, state: 'empty', protocolType: 'consumer', members: [] });
  await client.alterGroupOffsets(group, [at(topic, 0, 1n)]);
  assert.deepEqual(await client.allCommittedOffsets(group), [at(topic, 0, 1n)]);
});

test('a member of the newer consumer protocol is seen, and protects the offsets', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const topic = await testTopic(client, 1);
  const group = uniqueName('group');
  const heartbeat = await newerMember(t, group, topic);
  await until(async () => (await heartbeat('stay')).includes(0), { deadlineMs: 20_000, what: 'the partition' });
  const described = await client.describeGroup(group);
  assert.equal(described.protocolType, 'consumer');
  assert.ok(['stable', 'rebalancing'].includes(described.state), described.state);
  assert.deepEqual(
    described.members.map(({ partitions }) => partitions),
    [[{ topic, partition: 0 }]],
  );
  await assert.rejects(client.alterGroupOffsets(group, [at(topic, 0, 1n)]), { code: 'KAFKA_GROUP_NOT_EMPTY' });
  await heartbeat('leave');
  assert.equal((await client.describeGroup(group)).state, 'empty');
  await client.alterGroupOffsets(group, [at(topic, 0, 1n)]);
  assert.deepEqual(await client.allCommittedOffsets(group), [at(topic, 0, 1n)]);
});

test('groups are listed with their states', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const topic = await testTopic(client, 1);
  const [empty, live] = [uniqueName('a-group'), uniqueName('b-group')];
  await client.alterGroupOffsets(empty, [at(topic, 0, 0n)]);
  await joinIdly(t, kafka.bootstrap, live, [topic]);
  const listed = await listedOf(client, [empty, live]);
  assert.deepEqual(
    listed.map(({ group, state }) => [group, state === 'rebalancing' ? 'stable' : state]),
    [
      [empty, 'empty'],
      [live, 'stable'],
    ],
  );
  assert.equal(listed[1]?.protocolType, 'consumer');
});

test('offsets of a topic that does not exist are refused', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const topic = await testTopic(client, 1);
  const refused = { code: 'KAFKA_TOPIC_MISSING' };
  await assert.rejects(client.alterGroupOffsets(uniqueName('group'), [at(uniqueName('none'), 0, 0n)]), refused);
  await assert.rejects(client.alterGroupOffsets(uniqueName('group'), [at(topic, 1, 0n)]), refused);
});

test('settings of a topic are changed one by one, and taken back', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const topic = await testTopic(client, 1, { 'retention.ms': '86400000', 'segment.bytes': '1048576' });
  await client.alterTopicConfig(topic, { 'retention.ms': '172800000', 'cleanup.policy': 'compact' });
  const changed = async (): Promise<Record<string, string>> => Object.fromEntries(await client.topicConfig(topic));
  const expected = { 'cleanup.policy': 'compact', 'retention.ms': '172800000', 'segment.bytes': '1048576' };
  // Brokers take the change over from the controller a moment after it is acknowledged.
  await until(async () => Object.keys(await changed()).length === 3, { deadlineMs: 20_000, what: 'the change' });
  assert.deepEqual(await changed(), expected);
  await client.alterTopicConfig(topic, { 'cleanup.policy': null });
  await until(async () => Object.keys(await changed()).length === 2, { deadlineMs: 20_000, what: 'the default' });
  await assert.rejects(client.alterTopicConfig(topic, { 'retention.ms': 'soon' }), {
    code: 'KAFKA_REQUEST_FAILED',
    message: /retention\.ms/,
  });
});

async function listedOf(client: KafkaClient, names: readonly string[]) {
  return (await client.listGroups()).filter(({ group }) => names.includes(group));
}

/** A member of the protocol of KIP-848, which heartbeats when it is told to. Gives the partitions that it owns. */
async function newerMember(t: TestContext, group: string, topic: string) {
  const cluster = new Cluster({
    bootstrapServers: [kafka.bootstrap],
    clientId: 'newer-member',
    connectTimeoutMs: 10_000,
    requestTimeoutMs: 30_000,
  });
  t.after(() => cluster.close());
  await cluster.metadata([topic]);
  const topicId = (await cluster.topic(topic)).id;
  let memberId = '';
  let epoch = 0;
  let owned: number[] = [];
  const beat = async (what: 'stay' | 'leave'): Promise<number[]> => {
    const response = await cluster.retrying(() =>
      cluster.sendToCoordinator(
        'group',
        group,
        consumerGroupHeartbeatV0.api,
        [
          group,
          memberId,
          what === 'leave' ? -1 : epoch,
          null,
          null,
          30_000,
          [topic],
          null,
          null,
          owned.length === 0 ? [] : [{ topicId, partitions: owned }],
        ],
        (answer) => answer.errorCode,
      ),
    );
    assert.equal(response.errorCode, KAFKA.NONE, response.errorMessage ?? '');
    memberId = response.memberId ?? memberId;
    epoch = response.memberEpoch;
    owned = response.assignment?.topicPartitions.flatMap(({ partitions }) => partitions) ?? owned;
    return owned;
  };
  await cluster.metadata([]);
  memberId = randomUUID();
  return beat;
}
