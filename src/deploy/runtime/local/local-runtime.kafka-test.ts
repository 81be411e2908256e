import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { testClient, testTopic } from '../../../../test/harness/kafka-topic.ts';
import { testKafka, uniqueName } from '../../../../test/harness/shared-services.ts';
import { systemClock } from '../../../core/runtime/clock.ts';
import { freePorts } from '../../../demo/services/free-ports.ts';
import { until } from '../../../demo/services/until.ts';
import type { RuntimeRun, ServiceConfig, ServiceState } from '../runtime.ts';
import { askSupervisor, controlSocketPath } from './control-socket.ts';
import { LocalRuntime } from './local-runtime.ts';
import { processArguments } from './process-arguments.ts';
import { Supervisor, type Supervised } from './supervisor.ts';

const RUN: RuntimeRun = {
  signal: new AbortController().signal,
  say: () => undefined,
  askPerson: () => Promise.resolve(),
  progress: () => undefined,
};

interface Site {
  readonly folder: string;
  readonly runtime: LocalRuntime;
  /** A runtime as a later process would open it. */
  readonly reopen: () => LocalRuntime;
}

async function site(t: TestContext): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), 'bss-runtime-'));
  const [storer = 0, reloader = 0] = await freePorts(2);
  const environment = { ...process.env, BSS_STORER_GROUP_ID: 'from-the-shell' };
  const reopen = (): LocalRuntime =>
    new LocalRuntime({ folder, ports: { storer, reloader }, environment, clock: systemClock, ownerPid: process.pid });
  const runtime = reopen();
  t.after(async () => {
    await runtime.remove(RUN);
    await rm(folder, { recursive: true, force: true });
  });
  return { folder, runtime, reopen };
}

async function reaches(runtime: LocalRuntime, state: ServiceState['state']): Promise<ServiceState> {
  const deadlineMs = Date.now() + 40_000;
  for (;;) {
    const found = await runtime.state('storer');
    if (found.state === state) return found;
    assert.ok(Date.now() < deadlineMs && found.state !== 'failed', `not ${state} but ${found.state}: ${found.detail}`);
    await systemClock.sleep(50);
  }
}

async function storerConfig(t: TestContext, folder: string, groupId: string): Promise<ServiceConfig> {
  const { bootstrap } = await testKafka();
  const topic = await testTopic(await testClient(t, bootstrap), 1);
  await mkdir(join(folder, 'bucket'));
  return {
    kafka: { brokers: [bootstrap] },
    bucket: { url: `file://${join(folder, 'bucket')}` },
    storer: { groupId, topics: [topic], workers: 1, sessionTimeout: '6s' },
  };
}

async function servicePid(folder: string): Promise<number | undefined> {
  return (await askSupervisor(controlSocketPath(folder, 'storer'), { method: 'GET', path: '/state' }))?.servicePid;
}

test('a service runs on, whoever dies, and once', async (t) => {
  const { folder, runtime, reopen } = await site(t);
  const config = await storerConfig(t, folder, uniqueName('group'));
  assert.equal((await runtime.state('storer')).state, 'absent');
  await runtime.start('storer', config, RUN);
  const { fingerprint } = await reaches(runtime, 'ready');
  const first = await servicePid(folder);

  await reopen().start('storer', config, RUN);
  assert.equal(await servicePid(folder), first, 'what runs with the same configuration is left alone');

  process.kill(first ?? 0, 'SIGKILL');
  await until(async () => ((await servicePid(folder)) ?? first) !== first, {
    deadlineMs: 20_000,
    what: 'the service to be started again',
  });
  await reaches(runtime, 'ready');

  const orphan = await servicePid(folder);
  const supervisor = await askSupervisor(controlSocketPath(folder, 'storer'), { method: 'GET', path: '/state' });
  process.kill(supervisor?.supervisorPid ?? 0, 'SIGKILL');
  await reaches(runtime, 'absent');
  assert.ok(process.kill(orphan ?? 0, 0), 'the service goes on without its supervisor');
  await Promise.all([runtime.start('storer', config, RUN), reopen().start('storer', config, RUN)]);
  assert.equal((await reaches(runtime, 'ready')).fingerprint, fingerprint);
  assert.equal(await processArguments(orphan ?? 0), undefined, 'the orphan was ended');

  const last = await servicePid(folder);
  await runtime.stop('storer', RUN);
  assert.equal(await processArguments(last ?? 0), undefined);
  await runtime.stop('storer', RUN);
  assert.equal((await runtime.state('storer')).state, 'absent');
  assert.match(await readFile(join(folder, 'storer.log'), 'utf8'), /"signal":"SIGTERM"/);
});

test('another configuration is another start, and the file is for its owner alone', async (t) => {
  const { folder, runtime } = await site(t);
  const group = uniqueName('group');
  const config = await storerConfig(t, folder, group);
  await runtime.start('storer', config, RUN);
  const before = await reaches(runtime, 'ready');
  await runtime.start(
    'storer',
    { ...config, kafka: { brokers: [(await testKafka()).bootstrap], clientId: 'another' } },
    RUN,
  );
  const after = await reaches(runtime, 'ready');
  assert.notEqual(after.fingerprint, before.fingerprint);
  assert.equal((await stat(join(folder, 'storer.yaml'))).mode & 0o777, 0o600);
  const log = await readFile(join(folder, 'storer.log'), 'utf8');
  assert.doesNotMatch(log, /from-the-shell/);
  await runtime.remove(RUN);
  assert.equal(existsSync(join(folder, 'storer.yaml')), false);
});

test('a service that cannot run has failed, and says why', async (t) => {
  const { folder, runtime } = await site(t);
  const config = await storerConfig(t, folder, uniqueName('group'));
  await runtime.start('storer', { ...config, bucket: { url: 'nonsense://x' } }, RUN);
  const { detail } = await reaches(runtime, 'failed');
  assert.match(detail, /BUCKET_INVALID_URL/);
});

/** Says when it is up and when it is told to end; ends when it may. */
const SLOW_TO_END = `
  const { appendFileSync, existsSync } = require('node:fs');
  const say = (text) => appendFileSync('said', text + ';');
  process.on('SIGTERM', () => {
    say('told to end');
    setInterval(() => existsSync('may end') && process.exit(), 10);
  });
  say('up');
  setInterval(() => undefined, 1000);`;

/** That service, as a supervisor gets it, and what it has said so far. */
function slowService(folder: string): { readonly supervised: Supervised; readonly said: () => Promise<string> } {
  const supervised = {
    command: process.execPath,
    args: ['--eval', SLOW_TO_END],
    cwd: folder,
    environment: process.env,
    logPath: join(folder, 'slow.log'),
    pidPath: join(folder, 'slow.pid'),
    socketPath: join(folder, 'slow.sock'),
    fingerprint: 'slow',
    ownerPid: process.pid,
  };
  return { supervised, said: () => readFile(join(folder, 'said'), 'utf8').catch(() => '') };
}

test('a service is told to end once, however often somebody asks and however long it takes', async (t) => {
  const { folder } = await site(t);
  const { supervised, said } = slowService(folder);
  const running = new Supervisor(supervised, systemClock).run();
  const saysThat = (what: string): Promise<unknown> =>
    until(async () => (await said()).endsWith(`${what};`), { deadlineMs: 20_000, what: `the service to be ${what}` });
  await saysThat('up');
  const stop = { method: 'POST', path: '/stop' } as const;
  await askSupervisor(supervised.socketPath, stop);
  await saysThat('told to end');
  for (let i = 0; i < 3; i++) assert.ok(await askSupervisor(supervised.socketPath, stop), 'it has not ended yet');
  await writeFile(join(folder, 'may end'), '');
  await running;
  assert.equal(await said(), 'up;told to end;');
});

test('of many supervisors that find a socket that was left behind, one runs the service', async (t) => {
  const { folder } = await site(t);
  const { supervised, said } = slowService(folder);
  const { socketPath } = supervised;
  const listen = `require('node:net').createServer().listen(${JSON.stringify(socketPath)})`;
  const dead = spawn(process.execPath, ['--eval', listen], { stdio: 'ignore' });
  await until(() => existsSync(socketPath), { deadlineMs: 20_000, what: 'a socket' });
  dead.kill('SIGKILL');
  await once(dead, 'exit');
  await writeFile(join(folder, 'may end'), '');
  let ended = 0;
  const all = Array.from({ length: 12 }, async (_, i) => {
    await systemClock.sleep(i);
    await new Supervisor(supervised, systemClock).run();
    ended++;
  });
  await until(async () => ended === 11 && (await said()) !== '', { deadlineMs: 20_000, what: 'all but one to end' });
  assert.ok(await askSupervisor(socketPath, { method: 'POST', path: '/stop' }));
  await Promise.all(all);
  assert.equal(await said(), 'up;told to end;');
});
