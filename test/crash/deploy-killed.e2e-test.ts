import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { listArchive } from '../../src/archive-cli/list-archive.ts';
import { openFileBucket } from '../../src/core/bucket/file-bucket.ts';
import { systemClock } from '../../src/core/runtime/clock.ts';
import { SeededRandom } from '../../src/demo/seeded-random.ts';
import { freePorts } from '../../src/demo/services/free-ports.ts';
import { tryCommand } from '../../src/demo/services/run-command.ts';
import { readState } from '../../src/deploy/journal/journal.ts';
import { journalPath, journalReader } from '../../src/deploy/journal/journal-file.ts';
import { fillTopic } from '../harness/file-archive.ts';
import { testClient, testTopic } from '../harness/kafka-topic.ts';
import { testKafka, uniqueName } from '../harness/shared-services.ts';

/**
 * `bss deploy apply` is killed with SIGKILL again and again, whenever its journal has grown by a few lines: between steps and
 * inside of each. In the end it is as if it had never been killed.
 */

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const KILLS_MAX = 80;

async function journalLines(path: string): Promise<number> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.split('\n').length - 1;
}

/** Starts it, and kills it once it has written so many lines more. Gives its exit code, or undefined when it was killed. */
async function applyAndKill(cwd: string, path: string, lines: number, delayMs: number): Promise<number | undefined> {
  const before = await journalLines(path);
  const environment = { ...process.env, BSS_TEST_OWNER_PID: String(process.pid) };
  const child: ChildProcess = spawn(process.execPath, [MAIN, 'deploy', 'apply', '--json'], {
    cwd,
    env: environment,
    stdio: 'ignore',
  });
  const ended = once(child, 'exit');
  while (child.exitCode === null && child.signalCode === null) {
    if ((await journalLines(path)) >= before + lines) {
      await systemClock.sleep(delayMs);
      child.kill('SIGKILL');
      break;
    }
    await systemClock.sleep(4);
  }
  await ended;
  return child.exitCode ?? undefined;
}

test('P1 killed inside and between all of its steps ends as one that was not', async (t) => {
  const { bootstrap } = await testKafka();
  const client = await testClient(t, bootstrap);
  const topic = await testTopic(client, 2);
  await fillTopic(client, topic, [30, 12]);
  const cwd = await mkdtemp(join(tmpdir(), 'bss-killed-'));
  const [name, bucketFolder] = [uniqueName('killed'), join(cwd, 'bucket')];
  await mkdir(bucketFolder);
  const [storer = 0, reloader = 0] = await freePorts(2);
  const deployment = {
    version: 1,
    name,
    mode: 'sequential',
    facts: { greenfield: false, olderDataWanted: false },
    bss: {
      kafka: { brokers: [bootstrap] },
      bucket: { url: `file://${bucketFolder}` },
      storer: {
        groupId: `${name}-storers`,
        topics: [{ topic, folder: 'orders', postIngestion: [`${topic}-stored`] }],
        eventsTopic: `${topic}-events`,
        workers: 1,
        sessionTimeout: '6s',
        rotation: { ageMax: '500ms', pollInterval: '50ms' },
      },
      reloader: { groupId: `${name}-r`, jobsTopic: `${name}.jobs`, tasksTopic: `${name}.tasks`, workers: 1 },
    },
    runtime: { type: 'local', ports: { storer, reloader } },
  };
  await writeFile(join(cwd, 'deployment.yaml'), stringify(deployment));
  const environment = { BSS_TEST_OWNER_PID: String(process.pid) };
  const bss = (args: readonly string[]) =>
    tryCommand(process.execPath, [MAIN, ...args], { cwd, environment, timeoutMs: 120_000 });
  t.after(async () => {
    await bss(['deploy', 'undo', '--yes']);
    await rm(cwd, { recursive: true, force: true });
  });
  const folder = join(cwd, '.bss', 'deploy', name);
  const random = new SeededRandom(11);
  let kills = 0;
  let exitCode: number | undefined;
  while (exitCode === undefined) {
    assert.ok(kills < KILLS_MAX, 'it gets on between the kills');
    exitCode = await applyAndKill(cwd, journalPath(folder), 1 + random.below(4), random.below(30));
    if (exitCode === undefined) kills++;
  }
  t.diagnostic(`killed ${kills} times`);
  assert.equal(exitCode, 0, 'in the end it is done');
  assert.ok(kills >= 6, `killed often: ${kills} times`);

  const state = await readState(journalReader(folder));
  assert.equal(state?.phase, 'finished');
  const steps = [...state.steps.values()];
  assert.ok(steps.every(({ status }) => status === 'done'));
  assert.deepEqual(
    steps.flatMap(({ evidence }) => evidence).filter(({ outcome }) => outcome === 'failed'),
    [],
  );
  const listings = await Array.fromAsync(listArchive(await openFileBucket(bucketFolder), 'orders'));
  assert.deepEqual(
    listings.map(({ at, recordCount, gapOffsets }) => [at.location.partition, recordCount, [...gapOffsets.keys()]]),
    [
      [0, 30, ['control']],
      [1, 12, ['control']],
    ],
  );
  const status = await bss(['deploy', 'status']);
  assert.match(status.stdout, /procedure P1, sequential, finished/);
  const verified = await bss(['deploy', 'verify', '--json']);
  assert.equal(verified.exitCode, 0, verified.stdout + verified.stderr);
  assert.match(await readFile(join(folder, 'certificate.html'), 'utf8'), /orders/);
  const again = await bss(['deploy', 'apply']);
  assert.equal(again.exitCode, 0, again.stderr);
  const undone = await bss(['deploy', 'undo']);
  assert.equal(undone.exitCode, 0, undone.stdout + undone.stderr);
  assert.deepEqual(await client.existingTopics([topic, `${topic}-stored`, `${topic}-events`]), new Set([topic]));
  assert.deepEqual(await client.allCommittedOffsets(`${name}-storers`), []);
});
