/** `bss snapshot` as it is typed, and what `bss offsets` makes of its manifest. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test, type TestContext } from 'node:test';
import { fillTopic } from '../../test/harness/file-archive.ts';
import { testClient, testTopic } from '../../test/harness/kafka-topic.ts';
import { recordingHost } from '../../test/harness/recording-host.ts';
import { testKafka, testS3, uniqueName } from '../../test/harness/shared-services.ts';
import type { Bucket } from '../core/bucket/bucket.ts';
import { openBucket } from '../core/bucket/open-bucket.ts';
import { partitionName } from '../core/record/topic-partition.ts';
import { testMongo } from '../../test/harness/mongo.ts';
import { until } from '../demo/services/until.ts';
import { COMMANDS } from './commands.ts';
import { runCli } from './run-cli.ts';
import { readManifest, type SnapshotManifest } from '../load/snapshot/snapshot-manifest.ts';

const MAIN = join(import.meta.dirname, 'main.ts');

const mongo = await testMongo({ after });

/** What a command says that ends well. */
async function bss(args: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const host = recordingHost({ directory: cwd, env, readFile: (path) => readFileSync(resolve(cwd, path), 'utf8') });
  assert.equal(await runCli(args, host, COMMANDS), 0, host.errors());
  return host.output();
}

/** Documents of a projection, whose updater has read five records of each of two partitions. */
async function scene(t: TestContext, documents: readonly { readonly ACCOUNT: number; readonly NOTE: string }[]) {
  const { bootstrap } = await testKafka();
  const client = await testClient(t, bootstrap);
  const topic = await testTopic(client, 2);
  await fillTopic(client, topic, [8, 8]);
  const [updater, archive, database] = ['updater', 'archive', 'bank'].map(uniqueName) as [string, string, string];
  const positions = [0, 1].map((partition) => ({ topic, partition, offset: 5n, metadata: '' }));
  await client.alterGroupOffsets(updater, positions);
  const stored = documents.map((document) => ({ ...document, __STATE__: 'PUBLIC' }));
  await mongo.client.db(database).collection('accounts').insertMany(stored);
  const cwd = await mkdtemp(join(tmpdir(), 'bss-snapshot-command-'));
  t.after(() => rm(cwd, { recursive: true, force: true }));
  const projections = { projections: [{ name: 'accounts', topics: [topic], primaryKeys: ['ACCOUNT'] }] };
  await writeFile(join(cwd, 'bank.yaml'), JSON.stringify(projections));
  const brokers = ['--brokers', bootstrap];
  const from = ['--from', `${mongo.url}/${database}`, '--projections', 'bank.yaml', '--group', updater];
  const committed = async (): Promise<(bigint | undefined)[]> => {
    const found = await client.committedOffsets(archive, positions);
    return positions.map((at) => found.get(partitionName(at))?.offset);
  };
  return {
    client,
    topic,
    updater,
    archive,
    cwd,
    brokers,
    snapshotOf: (out: string) => ['snapshot', out, ...from, ...brokers],
    committed,
  };
}

test('a snapshot in a folder is verified, and a group goes where its manifest says', async (t) => {
  const documents = Array.from({ length: 10 }, (_, account) => ({ ACCOUNT: account, NOTE: `è ${account}` }));
  const { snapshotOf, cwd, topic, updater, archive, brokers, committed } = await scene(t, documents);
  const out = join(cwd, 'snapshot');
  await mkdir(out);
  const said = await bss(snapshotOf(out), cwd);
  assert.match(said, /10 rows/);
  assert.match(await bss(['snapshot', 'verify', out], cwd), /^1 parts with 10 rows: as the manifest says/);
  const manifest = JSON.parse(await readFile(join(out, 'manifest.json'), 'utf8')) as SnapshotManifest;
  assert.equal(manifest.offsets.group, updater);
  // Again: it is whole, and left alone.
  assert.deepEqual(JSON.parse(await bss([...snapshotOf(out), '--json'], cwd)), manifest);

  const target = [archive, '--to-snapshot', join(out, 'manifest.json'), ...brokers];
  const plan = await bss(['offsets', 'plan', ...target, '--out', 'plan.json'], cwd);
  assert.match(plan, new RegExp(`${topic}-0 +- +5 `));
  assert.deepEqual(await committed(), [undefined, undefined]);
  await bss(['offsets', 'apply', '--plan', 'plan.json', ...brokers], cwd);
  assert.deepEqual(await committed(), [5n, 5n]);
  // Its rows are what `bss load` reads.
  const proposal = await bss(['load', join(out, 'accounts'), '--propose-mapping', '--topic', topic], cwd);
  assert.match(proposal, /\n {4}key: \[ACCOUNT\]/);
});

test('a snapshot in a bucket that was killed goes on at its last part, with the offsets it began with', async (t) => {
  // Parts have 32 MiB.
  const note = 'x'.repeat(40_000);
  const documents = Array.from({ length: 2200 }, (_, account) => ({ ACCOUNT: account, NOTE: note }));
  const { snapshotOf, cwd, client, updater, topic } = await scene(t, documents);
  const s3 = await testS3();
  const name = uniqueName('snapshots');
  await s3.createBucket(name);
  const { endpoint, region, accessKeyId, secretAccessKey } = s3;
  const environment = {
    BSS_BUCKET_ENDPOINT: endpoint,
    BSS_BUCKET_REGION: region,
    BSS_BUCKET_ACCESS_KEY_ID: accessKeyId,
    BSS_BUCKET_SECRET_ACCESS_KEY: secretAccessKey,
  };
  const url = `s3://${name}/bank`;
  const bucket = await openBucket(url, { s3: { endpoint, region, accessKeyId, secretAccessKey } });
  const child = spawn(process.execPath, [MAIN, ...snapshotOf(url)], {
    cwd,
    env: { ...process.env, ...environment },
    stdio: 'ignore',
  });
  t.after(() => child.kill('SIGKILL'));
  const killed = once(child, 'exit');
  const isBegun = async (): Promise<boolean> =>
    child.exitCode !== null || (await has(bucket, 'accounts/part-00000001.json'));
  await until(isBegun, { deadlineMs: 60_000, what: 'a part of the snapshot' });
  child.kill('SIGKILL');
  assert.deepEqual(await killed, [null, 'SIGKILL']);
  assert.equal(await readManifest(bucket), undefined);
  const first = await bucket.get('accounts/part-00000001.jsonl.zst');
  // The updater has gone on meanwhile.
  await client.alterGroupOffsets(updater, [{ topic, partition: 0, offset: 8n, metadata: '' }]);

  const manifest = JSON.parse(await bss([...snapshotOf(url), '--json'], cwd, environment)) as SnapshotManifest;
  assert.equal(manifest.rows, documents.length);
  assert.deepEqual(
    manifest.offsets.partitions.map(({ offset }) => offset),
    ['5', '5'],
  );
  assert.deepEqual(await bucket.get('accounts/part-00000001.jsonl.zst'), first);
  const verified = await bss(['snapshot', 'verify', url], cwd, environment);
  assert.match(verified, /^3 parts with 2200 rows: as the manifest says/);
});

async function has(bucket: Bucket, key: string): Promise<boolean> {
  return (await bucket.head(key)) !== undefined;
}
