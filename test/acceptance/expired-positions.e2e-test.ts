import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { openDeploySite } from '../harness/deploy-site.ts';
import { fillTopic } from '../harness/file-archive.ts';
import { testClient, testTopic } from '../harness/kafka-topic.ts';
import { testKafka } from '../harness/shared-services.ts';

/** Retention goes on while a deployment is carried out: a load may take hours between a position and its use. */

const { bootstrap, runTool } = await testKafka();

async function expire(t: TestContext, topic: string, offset: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'bss-expire-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'offsets.json');
  await writeFile(path, JSON.stringify({ version: 1, partitions: [{ topic, partition: 0, offset }] }));
  const args = ['--bootstrap-server', bootstrap, '--offset-json-file', path];
  const { exitCode, stderr } = await runTool('org.apache.kafka.tools.DeleteRecordsCommand', args);
  assert.equal(exitCode, 0, stderr);
}

test('an archive that is to begin at the start of a topic begins where that is by then', async (t) => {
  const client = await testClient(t, bootstrap);
  const topic = await testTopic(client, 1);
  await fillTopic(client, topic, [9]);
  const deploy = await openDeploySite(t, { bootstrap, procedure: 'P1', storer: { topics: [topic] } });
  await deploy.apply('note-positions');
  await expire(t, topic, 4);
  assert.deepEqual(await deploy.apply(), { kind: 'finished' });
  const { verdict, reasons, topics } = await deploy.certify();
  assert.deepEqual([verdict, reasons], ['proven', []]);
  assert.equal(topics[0]?.sources[0]?.records, '5');
});

test('what came in since the procedure began and has expired is a loss, and ends it', async (t) => {
  const client = await testClient(t, bootstrap);
  const topic = await testTopic(client, 1);
  const storer = { topics: [topic], startPosition: 'latest' };
  const deploy = await openDeploySite(t, { bootstrap, procedure: 'P1', storer });
  await deploy.apply('note-positions');
  await fillTopic(client, topic, [9]);
  await expire(t, topic, 4);
  await assert.rejects(deploy.apply(), { code: 'OFFSETS_OUTSIDE_LOG', message: /have expired.*-0 from 0 to 4$/ });
});
