import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { testClient, testTopic } from '../../../test/harness/kafka-topic.ts';
import { testKafka, uniqueName } from '../../../test/harness/shared-services.ts';
import { until } from '../../demo/services/until.ts';
import { partitionName, type TopicPartition } from '../record/topic-partition.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import { Cluster } from './cluster.ts';
import { createGroupMembership } from './group-membership.ts';
import type { GroupGeneration, GroupMembership, GroupOptions, KafkaClient } from './kafka-client.ts';

const kafka = await testKafka();

/** A member that writes down what happens to it. */
class Member {
  readonly events: string[] = [];
  readonly membership: GroupMembership;
  readonly done: Promise<void>;
  partitions: string[] = [];
  generation: GroupGeneration | undefined;
  /** What `revoking` waits for. */
  revocation: Promise<void> = Promise.resolve();

  constructor(
    client: Pick<KafkaClient, 'joinGroup'>,
    group: string,
    topics: readonly string[],
    options: Partial<GroupOptions> = {},
  ) {
    const settings = {
      group,
      topics,
      sessionTimeoutMs: 6000,
      rebalanceTimeoutMs: 20_000,
      clientId: 'test',
      ...options,
    };
    this.membership = client.joinGroup(settings, {
      assigned: (partitions, generation) => this.#assigned(partitions, generation),
      revoking: async () => {
        this.events.push('revoking');
        await this.revocation;
        this.events.push('revoked');
        this.partitions = [];
      },
      lost: () => {
        this.events.push('lost');
        this.partitions = [];
        return Promise.resolve();
      },
    });
    this.done = this.membership.run();
  }

  #assigned(partitions: readonly TopicPartition[], generation: GroupGeneration): Promise<void> {
    this.events.push('assigned');
    this.partitions = partitions.map(partitionName).toSorted();
    this.generation = generation;
    return Promise.resolve();
  }
}

function owned(members: readonly Member[]): string[] {
  return members.flatMap((member) => member.partitions).toSorted();
}

function balanced(members: readonly Member[], partitionCount: number): Promise<boolean> {
  const share = Math.floor(partitionCount / members.length);
  return until(
    () =>
      new Set(owned(members)).size === partitionCount &&
      members.every(({ partitions }) => partitions.length === share || partitions.length === share + 1),
    { deadlineMs: 30_000, what: `${partitionCount} partitions to be with ${members.length} members` },
  );
}

test('members come and go, and every partition is with exactly one of them', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const topics = [await testTopic(client, 4), await testTopic(client, 3)];
  const group = uniqueName('group');
  const first = new Member(client, group, topics);
  await balanced([first], 7);
  const second = new Member(client, group, topics);
  await balanced([first, second], 7);
  const third = new Member(client, group, topics);
  await balanced([first, second, third], 7);
  assert.equal(owned([first, second, third]).length, 7);
  await second.membership.leave();
  await second.done;
  await balanced([first, third], 7);
  await Promise.all([first.membership.leave(), third.membership.leave()]);
  await Promise.all([first.done, third.done]);
  for (const member of [first, second, third]) {
    assert.ok(!member.events.includes('lost'));
    assert.match(member.events.join(' '), /^(assigned revoking revoked ?)+$/);
  }
});

test('a rebalance waits until the partitions are given up', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const topic = await testTopic(client, 2);
  const group = uniqueName('group');
  const slow = new Member(client, group, [topic]);
  await balanced([slow], 2);
  const { promise, resolve } = Promise.withResolvers<void>();
  slow.revocation = promise;
  const other = new Member(client, group, [topic]);
  await until(() => slow.events.includes('revoking'), { deadlineMs: 20_000, what: 'the revocation' });
  const generation = slow.generation;
  assert.ok(generation !== undefined);
  // Longer than the session: heartbeats go on meanwhile, and the generation stays valid for a last commit.
  await new Promise((wake) => setTimeout(wake, 7000));
  assert.deepEqual(other.partitions, []);
  const producer = await client.transactionalProducer({ transactionalId: group, transactionTimeoutMs: 30_000 });
  producer.begin();
  await producer.commitOffsets(generation, [{ topic, partition: 0, offset: 3n, metadata: '' }]);
  await producer.commit();
  resolve();
  await balanced([slow, other], 2);
  producer.begin();
  await assert.rejects(producer.commitOffsets(generation, [{ topic, partition: 0, offset: 4n, metadata: '' }]), {
    code: 'KAFKA_FENCED',
  });
  await producer.close();
  await Promise.all([slow.membership.leave(), other.membership.leave()]);
  assert.ok(!slow.events.includes('lost'));
});

test('the partitions of a member that dies go to the others when its session is over', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const mortal = await testClient(t, kafka.bootstrap);
  const topic = await testTopic(client, 4);
  const group = uniqueName('group');
  const survivor = new Member(client, group, [topic]);
  const victim = new Member(mortal, group, [topic]);
  await balanced([survivor, victim], 4);
  // Closing the client stops its heartbeats and says goodbye to nobody.
  const death = assert.rejects(victim.done, { code: 'KAFKA_REQUEST_FAILED' });
  await mortal.close();
  await death;
  await balanced([survivor], 4);
  await survivor.membership.leave();
});

test('a static member that restarts within its session gets its partitions back without a rebalance', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const mortal = await testClient(t, kafka.bootstrap);
  const topic = await testTopic(client, 4);
  const group = uniqueName('group');
  const session = { sessionTimeoutMs: 30_000 };
  const stays = new Member(client, group, [topic], { ...session, instanceId: 'stays' });
  const restarts = new Member(mortal, group, [topic], { ...session, instanceId: 'restarts' });
  await balanced([stays, restarts], 4);
  const { partitions, generation } = restarts;
  const eventCount = stays.events.length;
  const death = assert.rejects(restarts.done);
  await mortal.close();
  await death;
  const again = new Member(client, group, [topic], { ...session, instanceId: 'restarts' });
  await until(() => again.generation !== undefined, { deadlineMs: 20_000, what: 'the restarted member' });
  assert.deepEqual(again.partitions, partitions);
  assert.equal(again.generation?.generationId, generation?.generationId);
  assert.equal(stays.events.length, eventCount);
  await Promise.all([stays.membership.leave(), again.membership.leave()]);
});

test('a second process with the same instance id ends the membership of the first', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const topic = await testTopic(client, 1);
  const group = uniqueName('group');
  const first = new Member(client, group, [topic], { instanceId: 'one' });
  await balanced([first], 1);
  const end = assert.rejects(first.done, { code: 'KAFKA_FENCED', message: /FENCED_INSTANCE_ID/ });
  const second = new Member(client, group, [topic], { instanceId: 'one' });
  await end;
  assert.equal(first.events.at(-1), 'lost');
  await balanced([second], 1);
  await second.membership.leave();
});

/** Time that can be made to jump, as it does for a process that was suspended. */
class JumpingClock implements Clock {
  jumpedMs = 0;
  nowMs = (): number => systemClock.nowMs() + this.jumpedMs;
  monotonicMs = (): number => systemClock.monotonicMs() + this.jumpedMs;
  sleep = (ms: number, signal?: AbortSignal): Promise<void> => systemClock.sleep(ms, signal);
}

/** Members whose clock, and whose leader's interval for looking at the topics, are the test's. */
function ownCluster(t: TestContext, clock: Clock, topicsCheckMs: number): Pick<KafkaClient, 'joinGroup'> {
  const options = {
    bootstrapServers: [kafka.bootstrap],
    clientId: 'test',
    connectTimeoutMs: 10_000,
    requestTimeoutMs: 30_000,
  };
  const cluster = new Cluster(options, clock);
  t.after(() => cluster.close());
  return { joinGroup: (group, listener) => createGroupMembership(cluster, group, listener, topicsCheckMs) };
}

test('a member that was suspended for longer than its session gives up before it asks anybody', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const topic = await testTopic(client, 2);
  const clock = new JumpingClock();
  const member = new Member(ownCluster(t, clock, 30_000), uniqueName('group'), [topic]);
  await balanced([member], 2);
  clock.jumpedMs += 7000;
  await until(() => member.events.includes('lost'), { deadlineMs: 20_000, what: 'the member to notice' });
  await balanced([member], 2);
  assert.deepEqual(member.events, ['assigned', 'lost', 'assigned']);
  await member.membership.leave();
});

test('a member can leave while it waits for the others to join', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const topic = await testTopic(client, 1);
  const group = uniqueName('group');
  const held = Promise.withResolvers<void>();
  const first = new Member(client, group, [topic]);
  await until(() => first.partitions.length === 1, { deadlineMs: 30_000, what: 'the first to be dealt its partition' });
  first.revocation = held.promise;
  const second = new Member(client, group, [topic]);
  await until(() => first.events.includes('revoking'), { deadlineMs: 30_000, what: 'the second to ask for its share' });
  await second.membership.leave();
  assert.deepEqual(second.events, []);
  assert.equal(first.events.includes('revoked'), false);
  held.resolve();
  await until(() => first.partitions.length === 1, { deadlineMs: 30_000, what: 'the first to have everything again' });
  await first.membership.leave();
});

test('the leader deals anew when a topic that was missing is created', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const [there, late] = [await testTopic(client, 1), uniqueName('topic')];
  const group = uniqueName('group');
  const cluster = ownCluster(t, systemClock, 200);
  const members = [new Member(cluster, group, [there, late]), new Member(cluster, group, [there, late])];
  await balanced(members, 1);
  await client.createTopics([{ name: late, partitionCount: 3, replicationFactor: -1 }]);
  await balanced(members, 4);
  await Promise.all(members.map((member) => member.membership.leave()));
});

test('an error in the listener ends the membership', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const topic = await testTopic(client, 1);
  const membership = client.joinGroup(
    { group: uniqueName('group'), topics: [topic], sessionTimeoutMs: 6000, rebalanceTimeoutMs: 6000, clientId: 'test' },
    {
      assigned: () => Promise.reject(new Error('cannot take over')),
      revoking: () => Promise.resolve(),
      lost: () => Promise.resolve(),
    },
  );
  await assert.rejects(membership.run(), /cannot take over/);
});
