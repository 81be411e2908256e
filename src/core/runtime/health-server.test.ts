import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { AppError } from '../errors.ts';
import { startHealthServer } from './health-server.ts';
import type { HealthReport } from './operational-routes.ts';

const OK: HealthReport = { status: 'OK', reasons: [] };

async function startServer(t: TestContext, ready: () => HealthReport) {
  const sources = {
    name: 'bss-storer',
    version: '1.2.3',
    live: () => OK,
    ready,
    metrics: { text: () => Promise.resolve('up 1\n'), contentType: 'text/plain; version=0.0.4' },
  };
  const server = await startHealthServer({ host: '127.0.0.1', port: 0, sources });
  t.after(() => server.close());
  return { server, sources, url: `http://127.0.0.1:${server.port}` };
}

test('health is 200 when well, and 503 with the reasons when not', async (t) => {
  let report = OK;
  const { url } = await startServer(t, () => report);
  const well = await fetch(`${url}/-/health/ready`);
  assert.equal(well.status, 200);
  assert.deepEqual(await well.json(), { name: 'bss-storer', version: '1.2.3', status: 'OK' });
  report = { status: 'KO', reasons: ['no broker can be reached'] };
  for (const path of ['/-/health/ready', '/-/check-up?verbose']) {
    const ill = await fetch(url + path);
    assert.equal(ill.status, 503);
    assert.deepEqual(((await ill.json()) as HealthReport).reasons, ['no broker can be reached']);
  }
  assert.equal((await fetch(`${url}/-/health/live`)).status, 200);
});

test('metrics have the content type of their source', async (t) => {
  const { url } = await startServer(t, () => OK);
  const answer = await fetch(`${url}/-/metrics`);
  assert.equal(answer.headers.get('content-type'), 'text/plain; version=0.0.4');
  assert.equal(await answer.text(), 'up 1\n');
});

test('other routes and methods are refused, names of object properties among them', async (t) => {
  const { url } = await startServer(t, () => OK);
  assert.equal((await fetch(`${url}/`)).status, 404);
  assert.equal((await fetch(`${url}/constructor`)).status, 404);
  assert.equal((await fetch(`${url}/-/health/live`, { method: 'POST' })).status, 405);
});

test('a check that throws is answered, not fatal', async (t) => {
  const { url } = await startServer(t, () => {
    throw new Error('check is broken');
  });
  const answer = await fetch(`${url}/-/health/ready`);
  assert.equal(answer.status, 500);
  assert.deepEqual(await answer.json(), { message: 'check is broken', statusCode: 500 });
});

test('an action is done on POST, and its error is answered with the code', async (t) => {
  let flushed = 0;
  const { sources } = await startServer(t, () => OK);
  const server = await startHealthServer({
    host: '127.0.0.1',
    port: 0,
    sources,
    actions: {
      '/v1/flush': () => Promise.resolve({ flushed: ++flushed }),
      '/v1/fail': () => Promise.reject(new AppError('KAFKA_UNAVAILABLE', 'no broker')),
    },
  });
  t.after(() => server.close());
  const url = `http://127.0.0.1:${server.port}`;
  assert.equal((await fetch(`${url}/v1/flush`)).status, 405);
  assert.deepEqual(await (await fetch(`${url}/v1/flush`, { method: 'POST' })).json(), { flushed: 1 });
  const failed = await fetch(`${url}/v1/fail`, { method: 'POST' });
  assert.deepEqual(await failed.json(), { message: 'no broker', code: 'KAFKA_UNAVAILABLE', statusCode: 503 });
});

test('a port that is taken gives a clear error', async (t) => {
  const { server, sources } = await startServer(t, () => OK);
  await assert.rejects(startHealthServer({ host: '127.0.0.1', port: server.port, sources }), {
    code: 'HTTP_LISTEN_FAILED',
    subject: `127.0.0.1:${server.port}`,
  });
});
