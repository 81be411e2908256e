import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { until } from '../../src/demo/services/until.ts';
import { ArchiveScene, PARTITION_COUNT } from '../harness/archive-scene.ts';
import { Traffic, type ExpectedRecord } from '../harness/traffic.ts';

/** A topic that is deleted and created again under its name is another source: both are archived, and reloaded in order. */

let scene: ArchiveScene;

before(async () => {
  scene = await ArchiveScene.open('again');
});

after(() => scene?.close());

test('I1, I2: a topic created again while the storer runs becomes the second source of its folder', async () => {
  const storer = await scene.storer('only');
  await storer.start();
  const first = await traffic();
  await scene.allCommitted([storer]);
  await scene.client.deleteTopics([scene.topic]);
  await scene.createTopics([scene.topic]);
  const second = await traffic();
  await until(async () => (await archivedCount()) === count(first) + count(second), {
    deadlineMs: 60_000,
    what: 'both sources to be archived',
    pollMs: 500,
  });
  await storer.stop();
  await scene.assertTopicEquals(
    scene.forwarded,
    first.map((records, partition) => [...records, ...(second[partition] ?? [])]),
  );
  const verified = await scene.site.run(['archive', 'verify']);
  assert.equal(verified.exitCode, 0, verified.stdout + verified.stderr);
});

async function traffic(): Promise<readonly ExpectedRecord[][]> {
  const { client, topic } = scene;
  const running = await Traffic.start(client, {
    topic,
    partitionCount: PARTITION_COUNT,
    recordsPerPartition: 20,
    abortEvery: 4,
  });
  await until(() => running.recordCount >= 2_000, { deadlineMs: 60_000, what: 'some traffic' });
  await running.stop();
  return running.committed;
}

async function archivedCount(): Promise<number> {
  const { stdout, stderr, exitCode } = await scene.site.run(['archive', 'cat', scene.topic]);
  assert.equal(exitCode, 0, stderr);
  return stdout.split('\n').filter((line) => line !== '').length;
}

function count(records: readonly ExpectedRecord[][]): number {
  return records.flat().length;
}
