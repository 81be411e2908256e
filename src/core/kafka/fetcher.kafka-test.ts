import assert from 'node:assert/strict';
import { test } from 'node:test';
import { committedTexts, produceTexts, settledEnd, testClient, testTopic } from '../../../test/harness/kafka-topic.ts';
import { testKafka, uniqueName } from '../../../test/harness/shared-services.ts';
import { BATCH_CODECS } from '../record/batch-header.ts';
import { readBatches } from '../record/batch-records.ts';
import { isAppError } from '../errors.ts';

const kafka = await testKafka();
const FETCH = { bytesMax: 1 << 20, waitMs: 0, isolation: 'read_committed' } as const;

test('raw batches come as they were written, whatever the compression', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const topic = await testTopic(client, 1);
  const at = { topic, partition: 0 };
  const producer = await client.transactionalProducer({
    transactionalId: uniqueName('tx'),
    transactionTimeoutMs: 30_000,
  });
  producer.begin();
  const values = BATCH_CODECS.map((codec) => [`${codec} 1`, `${codec} 2`.repeat(500), '']);
  for (const [i, codec] of BATCH_CODECS.entries()) await produceTexts(producer, at, values[i] ?? [], codec);
  await producer.commit();
  await producer.close();
  await settledEnd(client, at);
  const fetched = await client.fetch({ ...at, ...FETCH, offset: 0n });
  const read = readBatches(fetched.bytes, `${topic}-0`).map((record) => String(record.value));
  assert.deepEqual(read, values.flat());
  assert.equal(fetched.highWatermark, BigInt(values.flat().length + 1));
  assert.equal(fetched.lastStableOffset, fetched.highWatermark);
  assert.equal(fetched.logStartOffset, 0n);
});

test('fetched bytes own their memory: transferring them disturbs nobody', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const topic = await testTopic(client, 2);
  const producer = await client.transactionalProducer({
    transactionalId: uniqueName('tx'),
    transactionTimeoutMs: 30_000,
  });
  producer.begin();
  for (const partition of [0, 1]) await produceTexts(producer, { topic, partition }, ['a', 'b'.repeat(300_000)]);
  await producer.commit();
  await producer.close();
  for (const partition of [0, 1]) await settledEnd(client, { topic, partition });
  const [first, second] = await Promise.all(
    [0, 1].map((partition) => client.fetch({ topic, partition, ...FETCH, offset: 0n })),
  );
  assert.ok(first !== undefined && second !== undefined);
  first.bytes.fill(0);
  assert.equal(readBatches(second.bytes, `${topic}-1`).length, 2);
});

test('lent memory is used again once it is given back, and not before', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const at = { topic: await testTopic(client, 1), partition: 0 };
  const producer = await client.transactionalProducer({
    transactionalId: uniqueName('tx'),
    transactionTimeoutMs: 10_000,
  });
  producer.begin();
  await produceTexts(producer, at, ['a', 'b'.repeat(300_000)]);
  await producer.commit();
  await producer.close();
  await settledEnd(client, at);
  const lent = { ...at, ...FETCH, offset: 0n, lent: true };
  const [first, second] = [await client.fetch(lent), await client.fetch(lent)];
  assert.notEqual(first.bytes.buffer, second.bytes.buffer);
  first.bytes.fill(0);
  client.recycle(first.bytes.buffer);
  const third = await client.fetch(lent);
  assert.equal(third.bytes.buffer.byteLength, second.bytes.buffer.byteLength);
  for (const { bytes } of [second, third]) assert.equal(readBatches(bytes, `${at.topic}-0`).length, 2);
});

test('an empty partition gives no bytes, after the wait', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const topic = await testTopic(client, 1);
  const startedMs = performance.now();
  const fetched = await client.fetch({ topic, partition: 0, ...FETCH, offset: 0n, waitMs: 300 });
  assert.equal(fetched.bytes.length, 0);
  assert.ok(performance.now() - startedMs >= 250);
});

test('aborted transactions are told, and a fetch by a topic id that is right works', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const topic = await testTopic(client, 1);
  const at = { topic, partition: 0 };
  const producer = await client.transactionalProducer({
    transactionalId: uniqueName('tx'),
    transactionTimeoutMs: 30_000,
  });
  for (const outcome of ['abort', 'commit', 'abort', 'commit'] as const) {
    producer.begin();
    await produceTexts(producer, at, [`${outcome} 1`, `${outcome} 2`]);
    await producer[outcome]();
  }
  await producer.close();
  await settledEnd(client, at);
  const [description] = await client.describeTopics([topic]);
  const fetched = await client.fetch({ ...at, ...FETCH, offset: 0n, topicId: description?.id });
  assert.deepEqual(
    fetched.abortedTransactions.map(({ firstOffset }) => firstOffset),
    [0n, 6n],
  );
  assert.deepEqual(await committedTexts(client, at), ['commit 1', 'commit 2', 'commit 1', 'commit 2']);
});

test('an offset that is not in the log is refused, and the hint tells what is', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const topic = await testTopic(client, 1);
  await assert.rejects(client.fetch({ topic, partition: 0, ...FETCH, offset: 7n }), (error) => {
    assert.ok(isAppError(error, 'KAFKA_OFFSET_OUT_OF_RANGE'));
    assert.match(error.hint ?? '', /offsets 0 up to, not including, 0/);
    return true;
  });
});

test('a topic, and a partition, that does not exist is missing', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const topic = await testTopic(client, 1);
  const missing = { code: 'KAFKA_TOPIC_MISSING' };
  await assert.rejects(client.fetch({ topic: uniqueName('none'), partition: 0, ...FETCH, offset: 0n }), missing);
  await assert.rejects(client.fetch({ topic, partition: 1, ...FETCH, offset: 0n }), missing);
});

test('a topic that was deleted and created again is another topic for whoever fetches by id', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const topic = await testTopic(client, 1);
  const [before] = await client.describeTopics([topic]);
  const fetch = { topic, partition: 0, ...FETCH, offset: 0n };
  await client.fetch(fetch);
  await client.deleteTopics([topic]);
  await assert.rejects(client.fetch(fetch), { code: 'KAFKA_TOPIC_MISSING' });
  await client.createTopics([{ name: topic, partitionCount: 1, replicationFactor: -1 }]);
  await assert.rejects(client.fetch({ ...fetch, topicId: before?.id }), { code: 'KAFKA_TOPIC_MISSING' });
  assert.equal((await client.fetch(fetch)).highWatermark, 0n);
});

test('a fetch that waits holds up no other request', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const topic = await testTopic(client, 1);
  const waiting = client.fetch({ topic, partition: 0, ...FETCH, offset: 0n, waitMs: 4000 });
  const startedMs = performance.now();
  await client.listOffsets([{ topic, partition: 0 }], 'latest');
  await client.fetch({ topic, partition: 0, ...FETCH, offset: 0n });
  assert.ok(performance.now() - startedMs < 3000);
  assert.equal((await waiting).bytes.length, 0);
});
