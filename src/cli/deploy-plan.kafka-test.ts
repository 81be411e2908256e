import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fillTopic } from '../../test/harness/file-archive.ts';
import { testClient, testTopic } from '../../test/harness/kafka-topic.ts';
import { archiveMessages } from '../../test/harness/message-archive.ts';
import { recordingHost } from '../../test/harness/recording-host.ts';
import { testKafka, uniqueName } from '../../test/harness/shared-services.ts';
import { openFileBucket } from '../core/bucket/file-bucket.ts';
import { testMongo } from '../../test/harness/mongo.ts';
import { COMMANDS } from './commands.ts';
import { runCli } from './run-cli.ts';

const kafka = await testKafka();

test('deploy plan describes every step of the procedure, and changes nothing', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'bss-plan-'));
  t.after(() => rm(directory, { recursive: true }));
  await mkdir(join(directory, 'bucket'));
  const client = await testClient(t, kafka.bootstrap);
  const topic = await testTopic(client, 2);
  const eventsTopic = `${topic}-events`;
  const deployment = {
    version: 1,
    name: 'shop',
    mode: 'parallel',
    facts: { greenfield: true },
    bss: {
      kafka: { brokers: [kafka.bootstrap] },
      bucket: { url: `file://${directory}/bucket` },
      storer: { groupId: `${topic}-storer`, topics: [topic], eventsTopic },
    },
    runtime: { type: 'local' },
  };
  await writeFile(join(directory, 'deployment.yaml'), JSON.stringify(deployment));
  const host = recordingHost({ directory });
  assert.equal(await runCli(['deploy', 'plan'], host, COMMANDS), 0, host.errors());
  const steps = host.output().slice(host.output().indexOf('\nSteps\n'));
  for (const number of [1, 2, 3]) assert.match(steps, new RegExp(`\n ${number} {2}\\S`));
  assert.match(steps, new RegExp(eventsTopic));
  assert.match(steps, / {4}undo {5}\S/);
  assert.deepEqual(await client.existingTopics([eventsTopic]), new Set());
  assert.deepEqual(await client.allCommittedOffsets(`${topic}-storer`), []);
});

const OLDER = { greenfield: false, olderDataWanted: true };
const URGENT = { ...OLDER, nearRealTimeCritical: true, cdc: true };
const PATIENT = { ...OLDER, nearRealTimeCritical: false };
const WITHOUT_CDC = { ...PATIENT, cdc: false, scheduledFullImport: false };
const ROWS = 40;

interface PlannedEstimate {
  readonly records: number | null;
  readonly bytes: number | null;
  readonly durationMs: number;
}

test('every procedure tells how much it will move, by live offsets, rows, documents, dumps and archives', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'bss-plan-'));
  t.after(() => rm(directory, { recursive: true }));
  await mkdir(join(directory, 'bucket'));
  await mkdir(join(directory, 'events'));
  const client = await testClient(t, kafka.bootstrap);
  const topic = await testTopic(client, 2);
  // Each partition has the marker of its transaction too.
  await fillTopic(client, topic, [8, 3]);
  const [updater, database] = [uniqueName('updater'), uniqueName('bank')];
  await client.alterGroupOffsets(
    updater,
    [0, 1].map((partition) => ({ topic, partition, offset: 2n, metadata: '' })),
  );
  const mongo = await testMongo(t);
  const documents = Array.from({ length: ROWS }, (_, account) => ({ account }));
  await mongo.client.db(database).collection<{ account: number }>('accounts').insertMany(documents);
  await writeFile(join(directory, 'dump.csv'), 'a,b\n1,2\n');
  const events = Array.from({ length: 25 }, (_, id) => ({
    partition: id % 2,
    timestampMs: id,
    key: `${id}`,
    value: '{}',
  }));
  await archiveMessages(await openFileBucket(join(directory, 'events')), events, { folder: topic });

  const url = `${mongo.url}/${database}`;
  const source = { url, tables: { [topic]: 'accounts' } };
  const cdc = { driver: 'manual' };
  const projections = {
    url,
    group: updater,
    collections: { [topic]: 'accounts' },
    restore: 'p.yaml',
    mapping: 'm.yaml',
  };
  const dump = { inputs: [join(directory, 'dump.csv')], mapping: 'm.yaml' };
  const reconstruct = { from: join(directory, 'events'), format: 'db2' };
  const startPosition = 'earliest';
  const estimatesOf = async (
    procedure: string,
    facts: object,
    sections: object,
  ): Promise<ReadonlyMap<string, PlannedEstimate>> => {
    const storer = { groupId: `${topic}-storer`, topics: [topic], startPosition };
    const bss = { kafka: { brokers: [kafka.bootstrap] }, bucket: { url: `file://${directory}/bucket` }, storer };
    const deployment = {
      version: 1,
      name: 'shop',
      mode: 'parallel',
      facts,
      bss,
      runtime: { type: 'local' },
      ...sections,
    };
    await writeFile(join(directory, 'deployment.yaml'), JSON.stringify(deployment));
    const host = recordingHost({ directory });
    assert.equal(await runCli(['deploy', 'plan', '--json'], host, COMMANDS), 0, host.errors());
    const { decision, steps } = JSON.parse(host.output()) as {
      readonly decision: { readonly procedure: string };
      readonly steps: readonly {
        readonly id: string;
        readonly changes: unknown;
        readonly estimate: PlannedEstimate | null;
      }[];
    };
    assert.equal(decision.procedure, procedure);
    return new Map(steps.flatMap(({ id, estimate }) => (estimate === null ? [] : [[id, estimate]])));
  };

  const simple = await estimatesOf('P1', { greenfield: true }, {});
  const { records, bytes, durationMs } = simple.get('start-storer') ?? {};
  assert.deepEqual([records, durationMs], [13, 1000]);
  // Values of three bytes, in batches of their own, with a marker.
  assert.ok(Number(bytes) > 13 * 10 && Number(bytes) < 13 * 100, `${bytes} bytes`);

  for (const [procedure, facts] of [
    ['P2', { ...URGENT, cdcSeveralIngestionTasks: true }],
    ['P4', { ...PATIENT, cdc: true }],
  ] as const) {
    const found = await estimatesOf(procedure, facts, { cdc, source });
    assert.deepEqual(found.get('initial-load'), { records: ROWS, bytes: null, durationMs: 1000 });
    assert.equal(found.get('start-storer')?.records, 0);
  }

  const snapshot = await estimatesOf('P3', { ...URGENT, cdcSeveralIngestionTasks: false }, { projections });
  assert.deepEqual(snapshot.get('take-snapshot')?.records, ROWS);
  assert.deepEqual(snapshot.get('initial-load')?.records, ROWS);
  // From where the updater is.
  assert.equal(snapshot.get('start-storer')?.records, 13 - 4);
  // A database that nobody reaches is no reason not to plan.
  const dead = { ...projections, url: 'mongodb://127.0.0.1:1/none?serverSelectionTimeoutMS=100' };
  const unknown = await estimatesOf('P3', { ...URGENT, cdcSeveralIngestionTasks: false }, { projections: dead });
  assert.deepEqual([unknown.get('initial-load'), unknown.get('start-storer')?.records], [undefined, 9]);

  const dumped = await estimatesOf('P5', { ...WITHOUT_CDC, rawDataArchived: true, dumpPossible: true }, { dump });
  assert.deepEqual(dumped.get('initial-load'), { records: null, bytes: 8, durationMs: 1000 });
  assert.equal(dumped.get('start-storer')?.records, 13);

  const rebuilt = await estimatesOf(
    'P6',
    { ...WITHOUT_CDC, rawDataArchived: false, dumpReconstructible: true },
    { dump: { mapping: 'm.yaml', reconstruct } },
  );
  assert.equal(rebuilt.get('reconstruct-dump')?.records, 25);
  assert.ok(Number(rebuilt.get('reconstruct-dump')?.bytes) > 100);
});
