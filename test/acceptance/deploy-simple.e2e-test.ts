import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listArchive } from '../../src/archive-cli/list-archive.ts';
import { openDeploySite } from '../harness/deploy-site.ts';
import { fillTopic } from '../harness/file-archive.ts';
import { committedTexts, produceTexts, testClient, testTopic } from '../harness/kafka-topic.ts';
import { testKafka, uniqueName } from '../harness/shared-services.ts';

/** P1 on the real services: Kafka, a bucket, and the services as processes of this machine. */

const { bootstrap } = await testKafka();

test('P1, parallel: from an explicit position, announced, and taken back', async (t) => {
  const client = await testClient(t, bootstrap);
  const topic = await testTopic(client, 3);
  await fillTopic(client, topic, [40, 0, 7]);
  const eventsTopic = uniqueName('events');
  const deploy = await openDeploySite(t, {
    bootstrap,
    procedure: 'P1',
    storer: { topics: [{ topic, folder: 'orders' }], eventsTopic },
    deployment: { reingestion: { [topic]: `${topic}-again` } },
  });
  assert.deepEqual(await deploy.apply(), { kind: 'finished' });
  const [again] = await client.describeTopics([`${topic}-again`]);
  assert.equal(again?.partitionCount, 3);
  const group = deploy.site.storer.storer.groupId;
  const counts = (await Array.fromAsync(listArchive(deploy.site.bucket, 'orders'))).map(({ at, recordCount }) => [
    at.location.partition,
    recordCount,
  ]);
  assert.deepEqual(counts, [
    [0, 40],
    [2, 7],
  ]);
  const evidence = [...(deploy.state()?.steps.values() ?? [])].flatMap(({ evidence: found }) => found);
  assert.deepEqual(
    evidence.filter(({ outcome }) => outcome === 'failed'),
    [],
  );
  assert.ok(evidence.some(({ check }) => check.includes(`announced on ${eventsTopic}`)));
  assert.equal((await deploy.site.runtime.state('reloader')).state, 'ready');

  // As when the machine was started anew.
  const { signal } = new AbortController();
  const run = { signal, say: () => undefined, askPerson: () => Promise.resolve(), progress: () => undefined };
  for (const service of ['storer', 'reloader'] as const) await deploy.site.runtime.stop(service, run);
  assert.deepEqual(await deploy.apply(), { kind: 'finished' });
  for (const service of ['storer', 'reloader'] as const) {
    assert.equal((await deploy.site.runtime.state(service)).state, 'ready', `${service} runs again`);
  }

  const undone = await deploy.undo();
  assert.equal(undone.kind, 'undone');
  assert.equal((await deploy.site.runtime.state('storer')).state, 'absent');
  assert.deepEqual(await client.allCommittedOffsets(group), []);
  assert.deepEqual(await client.existingTopics([eventsTopic, topic, `${topic}-again`]), new Set([topic]));
});

test('P1, sequential: consumers get what is in the bucket, from the end of the topic on', async (t) => {
  const client = await testClient(t, bootstrap);
  const topic = await testTopic(client, 2);
  await fillTopic(client, topic, [5, 5]);
  const forwarded = `${topic}-stored`;
  const deploy = await openDeploySite(t, {
    bootstrap,
    procedure: 'P1',
    storer: { topics: [{ topic, postIngestion: [forwarded] }], startPosition: 'latest' },
    deployment: { mode: 'sequential' },
  });
  assert.deepEqual(await deploy.apply('start-storer'), { kind: 'reached', step: 'start-storer' });
  const [made] = await client.describeTopics([forwarded]);
  assert.equal(made?.partitionCount, 2);
  await fillTopic(client, topic, [3, 4]);
  assert.deepEqual(await deploy.apply(), { kind: 'finished' });
  const found = await Promise.all([0, 1].map((partition) => committedTexts(client, { topic: forwarded, partition })));
  assert.deepEqual(
    found.map((records) => records.length),
    [3, 4],
  );
  const firsts = deploy.state()?.steps.get('first-segments')?.evidence[0]?.found;
  const starts = Array.isArray(firsts) ? firsts.map((at: unknown): unknown => Reflect.get(Object(at), 'start')) : [];
  assert.deepEqual(starts, ['6', '6'], 'behind the five records and the marker');
});

test('P1: a topic in which there is nothing but a transaction that was taken back has a first segment, which nobody announces', async (t) => {
  const client = await testClient(t, bootstrap);
  const topic = await testTopic(client, 1);
  const producer = await client.transactionalProducer({ transactionalId: topic, transactionTimeoutMs: 30_000 });
  producer.begin();
  await produceTexts(producer, { topic, partition: 0 }, ['never', 'was']);
  await producer.abort();
  await producer.close();
  const storer = { topics: [topic], eventsTopic: uniqueName('events') };
  const deploy = await openDeploySite(t, { bootstrap, procedure: 'P1', storer });
  assert.deepEqual(await deploy.apply(), { kind: 'finished' });
  const { verdict, reasons } = await deploy.certify();
  assert.deepEqual([verdict, reasons], ['proven', []]);
});
