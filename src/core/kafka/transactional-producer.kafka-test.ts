import assert from 'node:assert/strict';
import { test } from 'node:test';
import { committedTexts, produceTexts, testClient, testTopic } from '../../../test/harness/kafka-topic.ts';
import { testKafka, uniqueName } from '../../../test/harness/shared-services.ts';
import { partitionName } from '../record/topic-partition.ts';
import type { KafkaClient, TransactionalProducer } from './kafka-client.ts';

const kafka = await testKafka();

function producerOf(client: KafkaClient, transactionalId = uniqueName('tx')): Promise<TransactionalProducer> {
  return client.transactionalProducer({ transactionalId, transactionTimeoutMs: 30_000 });
}

test('records and offsets become visible together, or not at all', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const topic = await testTopic(client, 2);
  const at = { topic, partition: 1 };
  const group = uniqueName('group');
  const producer = await producerOf(client);
  const committed = async (): Promise<bigint | undefined> =>
    (await client.committedOffsets(group, [at])).get(partitionName(at))?.offset;

  producer.begin();
  await produceTexts(producer, at, ['aborted']);
  await producer.commitOffsets(group, [{ ...at, offset: 5n, metadata: 'five' }]);
  await producer.abort();
  assert.equal(await committed(), undefined);

  producer.begin();
  await produceTexts(producer, at, ['kept']);
  await producer.commitOffsets(group, [{ ...at, offset: 6n, metadata: 'six' }]);
  await producer.commit();
  assert.deepEqual((await client.committedOffsets(group, [at])).get(partitionName(at)), {
    offset: 6n,
    metadata: 'six',
  });
  assert.deepEqual(await committedTexts(client, at), ['kept']);
  await producer.close();
});

test('batches of a partition keep their order with several in flight over many partitions', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const topic = await testTopic(client, 7);
  const producer = await producerOf(client);
  for (let transaction = 0; transaction < 3; transaction++) {
    producer.begin();
    const sent = Array.from({ length: 140 }, (_, i) =>
      produceTexts(producer, { topic, partition: i % 7 }, [`${transaction} ${i} a`, `${transaction} ${i} b`]),
    );
    // Not awaited one by one: `commit` waits for all of them.
    void Promise.all(sent);
    await producer.commit();
  }
  await producer.close();
  for (let partition = 0; partition < 7; partition++) {
    const expected = [0, 1, 2].flatMap((transaction) =>
      Array.from({ length: 20 }, (_, i) => [
        `${transaction} ${i * 7 + partition} a`,
        `${transaction} ${i * 7 + partition} b`,
      ]),
    );
    assert.deepEqual(await committedTexts(client, { topic, partition }), expected.flat());
  }
});

test('produce resolves with the offset of the first record', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const at = { topic: await testTopic(client, 1), partition: 0 };
  const producer = await producerOf(client);
  producer.begin();
  assert.deepEqual(
    await Promise.all([produceTexts(producer, at, ['a', 'b', 'c']), produceTexts(producer, at, ['d'])]),
    [0n, 3n],
  );
  await producer.commit();
  await producer.close();
});

test('the next producer of an id fences the one before and aborts what it left open', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const at = { topic: await testTopic(client, 1), partition: 0 };
  const id = uniqueName('tx');
  const first = await producerOf(client, id);
  first.begin();
  await produceTexts(first, at, ['dangling']);
  const second = await producerOf(client, id);
  assert.equal(second.producerId, first.producerId);
  assert.ok(second.producerEpoch > first.producerEpoch);

  const fenced = { code: 'KAFKA_FENCED' };
  await assert.rejects(produceTexts(first, at, ['zombie']), fenced);
  await assert.rejects(first.commit(), fenced);
  await assert.rejects(first.abort(), fenced);
  assert.throws(() => first.begin(), fenced);
  await first.close();

  second.begin();
  await produceTexts(second, at, ['alive']);
  await second.commit();
  await second.close();
  assert.deepEqual(await committedTexts(client, at), ['alive']);
});

test('a fenced producer cannot commit what it has already sent', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const at = { topic: await testTopic(client, 1), partition: 0 };
  const id = uniqueName('tx');
  const first = await producerOf(client, id);
  first.begin();
  await produceTexts(first, at, ['dangling']);
  const second = await producerOf(client, id);
  await assert.rejects(first.commit(), { code: 'KAFKA_FENCED' });
  await Promise.all([first.close(), second.close()]);
  assert.deepEqual(await committedTexts(client, at), []);
});

test('after an abort with batches that never arrived, the producer goes on in a new epoch', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const at = { topic: await testTopic(client, 1, { 'max.message.bytes': '2000' }), partition: 0 };
  const producer = await producerOf(client);
  producer.begin();
  await produceTexts(producer, at, ['small']);
  const { producerEpoch } = producer;
  await assert.rejects(produceTexts(producer, at, ['x'.repeat(3000)]), { code: 'KAFKA_RECORD_TOO_LARGE' });
  await assert.rejects(producer.commit(), { code: 'KAFKA_RECORD_TOO_LARGE' });
  await producer.abort();
  assert.ok(producer.producerEpoch > producerEpoch);
  producer.begin();
  await produceTexts(producer, at, ['after']);
  await producer.commit();
  await producer.close();
  assert.deepEqual(await committedTexts(client, at), ['after']);
});

test('after an abort with everything stored, the epoch stays and the numbers go on', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const at = { topic: await testTopic(client, 1), partition: 0 };
  const producer = await producerOf(client);
  const { producerEpoch } = producer;
  for (const outcome of ['abort', 'commit', 'abort', 'commit'] as const) {
    producer.begin();
    await produceTexts(producer, at, [outcome]);
    await producer[outcome]();
  }
  assert.equal(producer.producerEpoch, producerEpoch);
  assert.equal(producer.nextSequence(at, 0), 4);
  await producer.close();
  assert.deepEqual(await committedTexts(client, at), ['commit', 'commit']);
});

test('an empty transaction commits and aborts', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const producer = await producerOf(client);
  producer.begin();
  await producer.commit();
  producer.begin();
  await producer.abort();
  await producer.close();
});

test('offsets of a stale generation are refused', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const at = { topic: await testTopic(client, 1), partition: 0 };
  const group = uniqueName('group');
  const joined = Promise.withResolvers<Parameters<TransactionalProducer['commitOffsets']>[0]>();
  const membership = client.joinGroup(
    { group, topics: [at.topic], sessionTimeoutMs: 6000, rebalanceTimeoutMs: 6000, clientId: 'test' },
    {
      assigned: (_partitions, generation) => Promise.resolve(joined.resolve(generation)),
      revoking: () => Promise.resolve(),
      lost: () => Promise.resolve(),
    },
  );
  const running = membership.run();
  const generation = await joined.promise;
  assert.ok(typeof generation !== 'string');
  const producer = await producerOf(client);
  const offsets = [{ ...at, offset: 1n, metadata: '' }];
  producer.begin();
  await producer.commitOffsets(generation, offsets);
  await producer.commit();
  for (const stale of [
    { ...generation, generationId: generation.generationId - 1 },
    { ...generation, memberId: 'somebody-else' },
  ]) {
    const other = await producerOf(client);
    other.begin();
    await assert.rejects(other.commitOffsets(stale, [{ ...at, offset: 9n, metadata: '' }]), { code: 'KAFKA_FENCED' });
    await other.close();
  }
  await membership.leave();
  await running;
  await producer.close();
  assert.equal((await client.committedOffsets(group, [at])).get(partitionName(at))?.offset, 1n);
});

test('a missing topic fails the transaction, which can be aborted', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const producer = await producerOf(client);
  producer.begin();
  const at = { topic: uniqueName('none'), partition: 0 };
  await assert.rejects(produceTexts(producer, at, ['lost']), { code: 'KAFKA_TOPIC_MISSING' });
  await producer.abort();
  const good = { topic: await testTopic(client, 1), partition: 0 };
  producer.begin();
  await produceTexts(producer, good, ['kept']);
  await producer.commit();
  await producer.close();
  assert.deepEqual(await committedTexts(client, good), ['kept']);
});
