import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { KafkaClient } from '../../src/core/kafka/kafka-client.ts';
import { partitionName } from '../../src/core/record/topic-partition.ts';
import { until } from '../../src/demo/services/until.ts';
import { ArchiveSite } from '../harness/archive-site.ts';
import { openDeploySite } from '../harness/deploy-site.ts';
import { fillTopic } from '../harness/file-archive.ts';
import { settledEnd, testClient, testTopic } from '../harness/kafka-topic.ts';
import { testKafka, uniqueName } from '../harness/shared-services.ts';

/**
 * What comes into a partition before anybody knows that it was added is archived too, where archiving began at the end of
 * the topic: a consumer that resets to the latest offset passes it over.
 */

const { bootstrap, runTool } = await testKafka();

async function addPartitions(topic: string, count: number): Promise<void> {
  const args = ['--bootstrap-server', bootstrap, '--alter', '--topic', topic, '--partitions', String(count)];
  const { exitCode, stderr } = await runTool('org.apache.kafka.tools.TopicCommand', args);
  assert.equal(exitCode, 0, stderr);
}

async function committed(client: KafkaClient, group: string, topic: string, partition: number): Promise<void> {
  const at = { topic, partition };
  const end = await settledEnd(client, at);
  const reached = async (): Promise<boolean> =>
    ((await client.committedOffsets(group, [at])).get(partitionName(at))?.offset ?? 0n) >= end;
  await until(reached, { deadlineMs: 120_000, what: `${partitionName(at)} to be archived`, pollMs: 100 });
}

async function recordsOf(t: TestContext, bucketFolder: string, topic: string): Promise<Record<number, number>> {
  const site = await ArchiveSite.open({ kafka: { brokers: [bootstrap] }, bucket: { url: `file://${bucketFolder}` } });
  t.after(() => site.close());
  const { stdout, stderr, exitCode } = await site.run(['archive', 'cat', topic]);
  assert.equal(exitCode, 0, stderr);
  const counts: Record<number, number> = {};
  for (const line of stdout.split('\n').filter((text) => text !== '')) {
    const { partition } = JSON.parse(line) as { readonly partition: number };
    counts[partition] = (counts[partition] ?? 0) + 1;
  }
  return counts;
}

test('I1: a partition that was added after archiving began is archived from its start', async (t) => {
  const client = await testClient(t, bootstrap);
  const topic = await testTopic(client, 1);
  await fillTopic(client, topic, [3]);
  const bucketFolder = await mkdtemp(join(tmpdir(), 'bss-added-'));
  t.after(() => rm(bucketFolder, { recursive: true, force: true }));
  const site = await ArchiveSite.open({ kafka: { brokers: [bootstrap] }, bucket: { url: `file://${bucketFolder}` } });
  t.after(() => site.close());
  const groupId = uniqueName('added');
  const rotation = { ageMax: '500ms', pollInterval: '50ms' };
  const storer = await site.replica('storer', 'only', {
    groupId,
    topics: [topic],
    workers: 1,
    startPosition: 'latest',
    rotation,
  });
  await storer.start();
  await storer.ready();
  const at = { topic, partition: 0 };
  const begun = async (): Promise<boolean> => (await client.committedOffsets(groupId, [at])).size > 0;
  await until(begun, { deadlineMs: 60_000, what: 'archiving to begin', pollMs: 50 });
  await fillTopic(client, topic, [2]);
  await committed(client, groupId, topic, 0);
  await storer.stop();
  await addPartitions(topic, 2);
  await fillTopic(client, topic, [1, 7]);
  await storer.start();
  await committed(client, groupId, topic, 1);
  await committed(client, groupId, topic, 0);
  await storer.stop();
  assert.deepEqual(await recordsOf(t, bucketFolder, topic), { 0: 3, 1: 7 });
});

test('I1: a partition that was added while a deployment is carried out is archived from its start', async (t) => {
  const client = await testClient(t, bootstrap);
  const topic = await testTopic(client, 1);
  await fillTopic(client, topic, [3]);
  const storer = { topics: [topic], startPosition: 'latest' };
  const deploy = await openDeploySite(t, { bootstrap, procedure: 'P1', storer });
  assert.equal((await deploy.apply('set-group-offsets')).kind, 'reached');
  await addPartitions(topic, 2);
  await fillTopic(client, topic, [1, 7]);
  assert.deepEqual(await deploy.apply(), { kind: 'finished' });
  const group = deploy.site.storer.storer.groupId;
  for (const partition of [0, 1]) await committed(client, group, topic, partition);
  assert.deepEqual(await recordsOf(t, deploy.bucketFolder, topic), { 0: 1, 1: 7 });
});
