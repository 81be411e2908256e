import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { until } from '../../src/demo/services/until.ts';
import { ArchiveScene, PARTITION_COUNT } from '../harness/archive-scene.ts';
import { Traffic } from '../harness/traffic.ts';

/**
 * Two storers that believe they own the same partitions: one is frozen until its session has expired and the other has
 * gone on in its place, and then woken in the middle of what it was doing. One unbroken chain, no overlap, no duplicate.
 */

const ROUNDS = 2;
let scene: ArchiveScene;

before(async () => {
  scene = await ArchiveScene.open('sleep');
});

after(() => scene?.close());

test('I1, I2, I5: a storer that slept through its session leaves one chain with the one that took over', async () => {
  const { client, topic } = scene;
  const traffic = await Traffic.start(client, {
    topic,
    partitionCount: PARTITION_COUNT,
    recordsPerPartition: 10,
    abortEvery: 7,
  });
  const sleeper = await scene.storer('sleeper');
  const other = await scene.storer('other');
  await Promise.all([sleeper.start(), other.start()]);
  await Promise.all([sleeper.ready(), other.ready()]);
  for (let round = 0; round < ROUNDS; round++) {
    sleeper.signal('SIGSTOP');
    const owned = await until(async () => (await ownedBy(other.url)) === PARTITION_COUNT, {
      deadlineMs: 60_000,
      what: 'the other storer to own every partition',
    });
    assert.ok(owned);
    await movesOn();
    sleeper.signal('SIGCONT');
    await until(async () => (await ownedBy(sleeper.url)) > 0 && (await ownedBy(other.url)) > 0, {
      deadlineMs: 60_000,
      what: 'both storers to own partitions again',
    });
  }
  await traffic.stop();
  await scene.allCommitted([sleeper, other]);
  await Promise.all([sleeper.stop(), other.stop()]);
  await scene.assertArchiveEquals(traffic.committed);
  await scene.assertEventsOnce();
  await scene.assertTopicEquals(scene.forwarded, traffic.committed);
});

/** Waits until every partition has been committed further than it is now. */
async function movesOn(): Promise<void> {
  const partitions = Array.from({ length: PARTITION_COUNT }, (_, partition) => ({ topic: scene.topic, partition }));
  const before = await scene.client.committedOffsets(scene.group, partitions);
  await until(
    async () => {
      const now = await scene.client.committedOffsets(scene.group, partitions);
      return [...now].every(([name, { offset }]) => offset > (before.get(name)?.offset ?? -1n));
    },
    { deadlineMs: 60_000, what: 'every partition to move on', pollMs: 100 },
  );
}

async function ownedBy(url: string): Promise<number> {
  const metrics = await (await fetch(`${url}/-/metrics`)).text();
  return Number(/^bss_partitions_owned (\d+)$/m.exec(metrics)?.[1] ?? 0);
}
