import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  FIRST_TIMESTAMP_MS,
  produceTexts,
  settledEnd,
  testClient,
  testTopic,
} from '../../../test/harness/kafka-topic.ts';
import { testKafka, uniqueName } from '../../../test/harness/shared-services.ts';
import { partitionName } from '../record/topic-partition.ts';

const kafka = await testKafka();

test('topics are created, described and deleted; what is so already is no error', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const name = uniqueName('topic');
  const wanted = { name, partitionCount: 3, replicationFactor: 1, config: { 'retention.ms': '123456789' } };
  await client.createTopics([wanted]);
  await client.createTopics([wanted]);
  const [described] = await client.describeTopics([name]);
  assert.deepEqual({ ...described, id: '' }, { name, id: '', partitionCount: 3, replicationFactor: 1 });
  assert.match(described?.id ?? '', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  assert.deepEqual(await client.topicConfig(name), new Map([['retention.ms', '123456789']]));
  const all = await client.topicConfig(name, { all: true });
  assert.equal(all.get('cleanup.policy'), 'delete');
  const other = uniqueName('none');
  assert.deepEqual(await client.existingTopics([name, other]), new Set([name]));
  const listed = await client.listTopics();
  assert.deepEqual([listed.includes(name), listed.includes(other)], [true, false]);
  await client.deleteTopics([name, other]);
  assert.deepEqual(await client.existingTopics([name]), new Set());
});

test('all missing topics are named at once', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const topic = await testTopic(client, 1);
  const missing = [uniqueName('none'), uniqueName('none')];
  await assert.rejects(client.describeTopics([topic, ...missing]), {
    code: 'KAFKA_TOPIC_MISSING',
    message: `Topics ${missing.join(', ')} do not exist`,
  });
});

test('a topic that the broker refuses is refused with its reason', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const bad = {
    name: uniqueName('topic'),
    partitionCount: 1,
    replicationFactor: 1,
    config: { 'retention.ms': 'soon' },
  };
  await assert.rejects(client.createTopics([bad]), {
    code: 'KAFKA_REQUEST_FAILED',
    message: /INVALID_CONFIG.*retention\.ms/,
  });
});

test('offsets by position and by time, and nothing for a time after the last record', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const topic = await testTopic(client, 1);
  const at = { topic, partition: 0 };
  const name = partitionName(at);
  const producer = await client.transactionalProducer({
    transactionalId: uniqueName('tx'),
    transactionTimeoutMs: 30_000,
  });
  producer.begin();
  await produceTexts(producer, at, ['a', 'b', 'c']);
  assert.equal((await client.listOffsets([at], 'latest')).get(name), 3n);
  assert.equal((await client.listOffsets([at], 'stable')).get(name), 0n);
  await producer.commit();
  await producer.close();
  await settledEnd(client, at);
  assert.equal((await client.listOffsets([at], 'earliest')).get(name), 0n);
  assert.equal((await client.listOffsets([at], 'stable')).get(name), 4n);
  assert.equal((await client.listOffsets([at], { timestampMs: FIRST_TIMESTAMP_MS + 1 })).get(name), 1n);
  assert.equal((await client.listOffsets([at], { timestampMs: Date.now() + 3_600_000 })).size, 0);
});

test('the offsets of 2,000 partitions', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const topics = [await testTopic(client, 1000), await testTopic(client, 1000)];
  const partitions = topics.flatMap((topic) => Array.from({ length: 1000 }, (_, partition) => ({ topic, partition })));
  const offsets = await client.listOffsets(partitions, 'stable');
  await client.deleteTopics(topics);
  assert.equal(offsets.size, 2000);
  assert.ok([...offsets.values()].every((offset) => offset === 0n));
});

test('the cluster has an id', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  assert.match(await client.clusterId(), /^[\w-]{22}$/);
});
