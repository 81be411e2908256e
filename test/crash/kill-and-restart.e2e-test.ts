import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { SeededRandom } from '../../src/demo/seeded-random.ts';
import { until } from '../../src/demo/services/until.ts';
import { ArchiveScene, PARTITION_COUNT } from '../harness/archive-scene.ts';
import type { Replica } from '../harness/archive-site.ts';
import { uniqueName } from '../harness/shared-services.ts';
import { type ExpectedRecord, Traffic } from '../harness/traffic.ts';

/**
 * `kill -9` at random moments, while records flow, of two storers and then of a reloader: afterwards the archive keeps
 * I1-I5, and the reloaded topic equals the source (I7). On a real Kafka and a real S3 server.
 */

const KILLS = 25;
/** The moments are drawn from it: a run that failed can be run again. */
const SEED = Number(process.env['BSS_TEST_SEED'] ?? Date.now() % 1_000_000);

let scene: ArchiveScene;
let source: readonly ExpectedRecord[][] = [];

before(async () => {
  scene = await ArchiveScene.open('crash');
});

after(() => scene?.close());

test(`I1, I2, I3, I4, I5: two storers killed again and again lose nothing and double nothing: ${KILLS} kills, seed ${SEED}`, async () => {
  const { client, topic } = scene;
  const random = new SeededRandom(SEED);
  const traffic = await Traffic.start(client, {
    topic,
    partitionCount: PARTITION_COUNT,
    recordsPerPartition: 25,
    abortEvery: 5,
  });
  const storers = [await scene.storer('a'), await scene.storer('b')];
  await Promise.all(storers.map((storer) => storer.start()));
  for (let kills = 0; kills < KILLS; kills++) {
    const victim = storers[random.below(storers.length)];
    assert.ok(victim);
    await sleep(random.below(1_500));
    await victim.kill();
    await victim.start();
  }
  await traffic.stop();
  source = traffic.committed;
  await scene.allCommitted(storers);
  await Promise.all(storers.map((storer) => storer.stop()));
  await scene.assertArchiveEquals(source);
  await scene.assertEventsOnce();
  await scene.assertTopicEquals(scene.forwarded, source);
});

test(`I7: a reloader killed again and again writes every record once: ${KILLS} kills, seed ${SEED}`, async () => {
  const random = new SeededRandom(SEED + 1);
  assert.ok(source.flat().length > 0, 'the storers archived something');
  const reloader = await scene.site.replica('reloader', 'r', reloaderSection());
  await reloader.start();
  await reloader.ready();
  let job = await createJob(reloader);
  let killedInTheMiddle = 0;
  for (let kills = 0; kills < KILLS; kills++) {
    await sleep(random.below(500));
    await reloader.kill();
    await reloader.start();
    await reloader.ready();
    if ((await stateOf(reloader, job)) === 'succeeded') {
      await scene.assertTopicEquals(job.target, source);
      job = await createJob(reloader);
    } else killedInTheMiddle++;
  }
  await until(async () => (await stateOf(reloader, job)) === 'succeeded', {
    deadlineMs: 120_000,
    what: 'the last job',
  }).catch(async (error: unknown) =>
    assert.fail(`${String(error)}\n${JSON.stringify(await jobOf(reloader, job))}\n${await reloader.lastLog()}`),
  );
  await scene.assertTopicEquals(job.target, source);
  assert.ok(killedInTheMiddle > 0, 'some job was killed before it ended');
  await reloader.stop();
});

/** Transactions as short as they can be: many places to die at. */
function reloaderSection(): Record<string, unknown> {
  const { topic } = scene;
  return {
    groupId: `${topic}.reloaders`,
    instanceId: 'r',
    jobsTopic: `${topic}.jobs`,
    tasksTopic: `${topic}.tasks`,
    tasksTopicPartitions: 4,
    transactionAgeMax: '50ms',
    transactionSizeMax: '1MiB',
    workers: 1,
  };
}

interface Job {
  readonly id: string;
  readonly target: string;
}

async function createJob(reloader: Replica): Promise<Job> {
  const target = uniqueName(`${scene.topic}.reloaded`);
  await scene.createTopics([target]);
  const response = await fetch(`${reloader.url}/v1/jobs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ folder: scene.topic, target: { topic: target } }),
  });
  const body = (await response.json()) as { readonly jobId: string };
  assert.equal(response.status, 202, JSON.stringify(body));
  return { id: body.jobId, target };
}

async function jobOf(reloader: Replica, { id }: Job): Promise<{ readonly state: string }> {
  const response = await fetch(`${reloader.url}/v1/jobs/${id}`);
  return (await response.json()) as { readonly state: string };
}

async function stateOf(reloader: Replica, job: Job): Promise<string> {
  const found = await jobOf(reloader, job);
  assert.notEqual(found.state, 'failed', JSON.stringify(found));
  return found.state;
}
