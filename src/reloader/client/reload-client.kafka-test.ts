import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { ReadGate } from '../../../test/harness/gated-bucket.ts';
import { oddRecords } from '../../../test/harness/odd-records.ts';
import { callApi, jobIn, ReloadScene } from '../../../test/harness/reload-scene.ts';
import { systemClock } from '../../core/runtime/clock.ts';
import { until } from '../../demo/services/until.ts';
import { jobJson } from '../http/job-json.ts';
import { reload, type ReloadClientOptions } from './reload-client.ts';
import type { ReloadPort, ShownJob } from './reload-port.ts';
import { remoteReloader } from './remote-reloader.ts';

class Around implements ReloadClientOptions {
  readonly clock = systemClock;
  readonly json = false;
  readonly signals = new EventEmitter();
  out = '';
  err = '';
  readonly stdout = { write: (text: string): string => (this.out += text) };
  readonly stderr = { write: (text: string): string => (this.err += text) };
}

test('a job of a reloader elsewhere is planned, created, watched, left and taken up again', async (t) => {
  const scene = await ReloadScene.open(2);
  t.after(() => scene.close());
  const partitions = [0, 1].map((partition) => oddRecords(1_000, partition));
  await scene.archive(partitions, 50);
  const gate = new ReadGate();
  gate.allow(10);
  const replica = await scene.replica({ apiToken: 'secret' }, { bucket: gate.before });
  const port = remoteReloader({ url: `${replica.api.url}/`, apiToken: 'secret', requestTimeoutMs: 10_000 });
  const request = { folder: scene.folder, target: { topic: scene.target } };

  const planned = new Around();
  assert.equal(await reload(port, { kind: 'plan', request }, planned), 0);
  assert.match(planned.out, /orders\/0001 offsets 0\.\.1008 {2}/);
  assert.match(planned.out, /2,000/);

  const left = new Around();
  const leaving = reload(port, { kind: 'create', request }, left);
  await until(async () => (await scene.readTarget()).flat().length > 0, { deadlineMs: 30_000, what: 'first records' });
  left.signals.emit('SIGINT', 'SIGINT');
  assert.equal(await leaving, 130);
  gate.allow(Infinity);
  assert.match(left.err, /goes on at .*\n.*--resume [0-9a-f]{24}\n.*stop/);
  assert.equal(left.signals.listenerCount('SIGINT'), 0);

  const jobId = /--resume ([0-9a-f]{24})/.exec(left.err)?.[1] ?? '';
  const watched = new Around();
  assert.equal(await reload(port, { kind: 'resume', jobId }, watched), 0);
  assert.match(watched.out, /^Reloaded: 2,000 records .* in reload-.*Job [0-9a-f]{24}\.\n$/);
  assert.equal((await scene.readTarget()).flat().length, 2_000);

  const wrong = remoteReloader({ url: replica.api.url, apiToken: 'guess', requestTimeoutMs: 10_000 });
  await assert.rejects(reload(wrong, { kind: 'plan', request }, new Around()), { code: 'API_UNAUTHORIZED' });
  const nobody = remoteReloader({ url: 'http://127.0.0.1:1', apiToken: undefined, requestTimeoutMs: 10_000 });
  await assert.rejects(reload(nobody, { kind: 'plan', request }, new Around()), { code: 'API_UNAVAILABLE' });
  await assert.rejects(reload(port, { kind: 'resume', jobId: 'nothing' }, new Around()), {
    code: 'RELOAD_JOB_MISSING',
  });
  const elsewhere = { ...request, target: { topic: 'no-such-topic' } };
  assert.equal(await reload(port, { kind: 'plan', request: elsewhere }, new Around()), 3);
});

test('a job of this process is paused when it is interrupted, and goes on later', async (t) => {
  const scene = await ReloadScene.open(1);
  t.after(() => scene.close());
  const records = oddRecords(2_000, 0);
  await scene.archive([records], 25);
  const gate = new ReadGate();
  const replica = await scene.replica({}, { bucket: gate.before });
  const desk = await replica.reloader.desk;
  const port: ReloadPort = {
    ...remoteReloader({ url: replica.api.url, apiToken: undefined, requestTimeoutMs: 10_000 }),
    job: async (jobId) => jobJson(await desk.job(jobId)) as ShownJob,
    whenInterrupted: 'pause',
  };
  const around = new Around();
  const request = { folder: scene.folder, target: { topic: scene.target } };
  const running = reload(port, { kind: 'create', request }, around);
  around.signals.emit('SIGTERM', 'SIGTERM');
  assert.equal(await running, 130);
  const jobId = /--resume ([0-9a-f]{24})/.exec(around.err)?.[1] ?? '';
  const { state } = (await callApi(replica, 'GET', `/v1/jobs/${jobId}`)).body;
  assert.equal(state, 'paused');
  gate.allow(Infinity);
  assert.equal(await reload(port, { kind: 'resume', jobId }, new Around()), 0);
  assert.equal((await jobIn(replica, jobId, ['succeeded'])).progress.records, 2_000);
  assert.equal((await scene.readTarget()).flat().length, 2_000);
});
