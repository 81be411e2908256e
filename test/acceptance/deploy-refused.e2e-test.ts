import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import type { ErrorCode } from '../../src/core/errors.ts';
import type { KafkaClient } from '../../src/core/kafka/kafka-client.ts';
import { systemClock } from '../../src/core/runtime/clock.ts';
import { freePorts } from '../../src/demo/services/free-ports.ts';
import { type DeployedThing, type DeploySite, openDeploySite } from '../harness/deploy-site.ts';
import { fillTopic } from '../harness/file-archive.ts';
import { joinIdly } from '../harness/group-member.ts';
import { testClient, testTopic } from '../harness/kafka-topic.ts';
import { testKafka, uniqueName } from '../harness/shared-services.ts';
import { Traffic } from '../harness/traffic.ts';

/** Every wrong situation is refused with a stable code before anything is changed. */

const { bootstrap } = await testKafka();

/** What a deployment could have changed: topics by its name or that of one of its topics, offsets, objects. */
async function world(client: KafkaClient, { deployment, site, bucketFolder }: DeploySite): Promise<unknown> {
  const { groupId, topics } = site.storer.storer;
  const found = await readdir(bucketFolder, { recursive: true, withFileTypes: true });
  const names = [deployment.name, ...topics.map(({ topic }) => topic)];
  return {
    topics: (await client.listTopics()).filter((topic) => names.some((name) => topic.includes(name))),
    offsets: [...(await client.allCommittedOffsets(groupId)), ...(await client.allCommittedOffsets(`${groupId}-init`))],
    objects: found.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name)),
  };
}

/** Nothing is applied, nothing is noted, and nothing is other than it was. */
async function assertRefused(
  t: TestContext,
  client: KafkaClient,
  thing: Omit<DeployedThing, 'bootstrap'>,
  code: ErrorCode,
): Promise<void> {
  const deploy = await openDeploySite(t, { bootstrap, ...thing });
  const before = await world(client, deploy);
  await assert.rejects(deploy.apply(), { code });
  assert.equal(deploy.state(), undefined, `nothing has begun after ${code}`);
  assert.deepEqual(await world(client, deploy), before, `nothing has changed after ${code}`);
}

async function folderOf(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bss-refused-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

function mappingFor(topic: string): string {
  return `
version: 1
format: {type: debezium, source: {db: shop}}
tables:
  - topic: ${topic}
    key: [id]
    columns: {id: int64, name: string}
`;
}

// At the same time: they wait more than they work.
suite('a deployment is refused', { concurrency: true }, () => {
  test('topics that are missing, keep too little, or do not match', async (t) => {
    const client = await testClient(t, bootstrap);
    const topic = await testTopic(client, 2);
    const short = await testTopic(client, 1, { 'retention.ms': '1000' });
    const other = await testTopic(client, 5);
    const refused = async (code: ErrorCode, topics: readonly unknown[], mode: 'parallel' | 'sequential' = 'parallel') =>
      await assertRefused(t, client, { procedure: 'P1', storer: { topics }, deployment: { mode } }, code);
    await refused('DEPLOY_TOPIC_MISSING', [uniqueName('missing')]);
    await refused('DEPLOY_RETENTION_TOO_SHORT', [short]);
    await refused('DEPLOY_PARTITION_MISMATCH', [{ topic, postIngestion: [other] }], 'sequential');
    await refused('CONFIG_INVALID', [topic], 'sequential');
  });

  test('an init topic that somebody made otherwise', async (t) => {
    const client = await testClient(t, bootstrap);
    const topic = await testTopic(client, 2);
    await client.createTopics([{ name: `${topic}-init`, partitionCount: 3, replicationFactor: -1 }]);
    const thing = {
      procedure: 'P2',
      storer: { topics: [topic] },
      deployment: { cdc: { driver: 'manual' } },
    } as const;
    await assertRefused(t, client, thing, 'DEPLOY_PARTITION_MISMATCH');
  });

  test('somebody is in the group', async (t) => {
    const client = await testClient(t, bootstrap);
    const topic = await testTopic(client, 1);
    const groupId = uniqueName('live');
    const member = await joinIdly(t, bootstrap, groupId, [topic]);
    await assertRefused(t, client, { procedure: 'P1', storer: { topics: [topic], groupId } }, 'KAFKA_GROUP_NOT_EMPTY');
    await member.leave();
  });

  test('the folder holds data already', async (t) => {
    const client = await testClient(t, bootstrap);
    const [first, second] = [await testTopic(client, 1), await testTopic(client, 1)];
    await fillTopic(client, first, [3]);
    const storer = { topics: [{ topic: first, folder: 'orders' }] };
    const deploy = await openDeploySite(t, { bootstrap, procedure: 'P1', storer });
    await deploy.apply();
    await deploy.site.runtime.stop('storer', {
      signal: new AbortController().signal,
      say: () => undefined,
      askPerson: () => Promise.resolve(),
      progress: () => undefined,
    });
    const again = {
      procedure: 'P1',
      storer: {},
      deployment: {
        bss: {
          ...deploy.deployment.bss,
          storer: { groupId: uniqueName('g'), topics: [{ topic: second, folder: 'orders' }] },
        },
      },
    } as const;
    await assertRefused(t, client, again, 'DEPLOY_FOLDER_NOT_EMPTY');
  });

  test('the clock of this machine is another than that of the broker', async (t) => {
    const client = await testClient(t, bootstrap);
    const topic = await testTopic(client, 1);
    for (const skewMs of [-60_000, 60_000]) {
      const clock = { ...systemClock, nowMs: () => Date.now() + skewMs };
      await assertRefused(t, client, { procedure: 'P1', storer: { topics: [topic] }, clock }, 'DEPLOY_CLOCK_SKEW');
    }
  });

  test('a dump with duplicate keys, a mapping without a key or of another topic', async (t) => {
    const client = await testClient(t, bootstrap);
    const topic = await testTopic(client, 2);
    const folder = await folderOf(t);
    const twice = join(folder, 'twice.csv');
    await writeFile(twice, 'id,name\n1,a\n2,b\n1,c\n');
    const right = mappingFor(topic);
    const wrong = [
      { text: right, code: 'LOAD_DUPLICATE_KEYS' },
      { text: right.replace('    key: [id]\n', ''), code: 'LOAD_MAPPING_WITHOUT_KEY' },
      { text: mappingFor(uniqueName('other')), code: 'LOAD_MAPPING_INVALID' },
    ] as const;
    for (const { text, code } of wrong) {
      const mapping = join(folder, `${code}.yaml`);
      await writeFile(mapping, text);
      const dump = { inputs: [twice], mapping };
      await assertRefused(t, client, { procedure: 'P5', storer: { topics: [topic] }, deployment: { dump } }, code);
    }
  });

  test('a CDC that does not answer', async (t) => {
    const client = await testClient(t, bootstrap);
    const topic = await testTopic(client, 1);
    const [port] = await freePorts(1);
    const connectUrl = `http://127.0.0.1:${port}`;
    const cdc = { driver: 'debezium', connectUrl, connector: 'shop', load: 'signal' } as const;
    const storer = { topics: [topic] };
    const refused = (['P2', 'P4'] as const).map((procedure) =>
      assertRefused(t, client, { procedure, storer, deployment: { cdc } }, 'DEPLOY_CDC_UNREACHABLE'),
    );
    await Promise.all(refused);
  });

  test('a CDC that says it has stopped, and writes on: nothing is done after that', async (t) => {
    const client = await testClient(t, bootstrap);
    const topic = await testTopic(client, 1);
    const deploy = await openDeploySite(t, {
      bootstrap,
      procedure: 'P4',
      storer: { topics: [topic] },
      deployment: {
        // Somebody confirms whatever he is asked for.
        cdc: { driver: 'manual' },
        // Longer than a writer on a busy machine may pause.
        checks: { quietPeriodMs: 4_000, clockSkewMaxMs: 5_000, samples: 10, loadTimeoutMs: 120_000 },
      },
    });
    const before = await world(client, deploy);
    const traffic = await Traffic.start(client, { topic, partitionCount: 1, recordsPerPartition: 1, abortEvery: 7 });
    await assert.rejects(deploy.apply(), { code: 'DEPLOY_NOT_QUIET' });
    await traffic.stop();
    const steps = [...(deploy.state()?.steps.values() ?? [])];
    assert.deepEqual(
      steps.filter(({ status }) => status !== 'done' && status !== 'pending').map(({ id, status }) => [id, status]),
      [['stop-cdc', 'failed']],
    );
    assert.equal(steps.find(({ id }) => id === 'set-group-offsets')?.status, 'pending');
    assert.deepEqual(await world(client, deploy), before, 'nothing but the CDC was told anything');
    assert.equal((await deploy.site.runtime.state('storer')).state, 'absent');
  });
});
