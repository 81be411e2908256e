import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import type { Clock } from '../../../core/runtime/clock.ts';
import { isAppError } from '../../../core/errors.ts';
import { ConnectApi } from '../connect-api.ts';
import { ConnectorControl } from './connector-control.ts';

/** Kafka Connect with a connector whose task has failed, and is shown as failed until some time after it was started anew. */
interface StaleConnect {
  readonly control: ConnectorControl;
  readonly clock: Clock;
  /** Requests that change something, in order. */
  readonly asked: readonly string[];
}

async function staleConnect(t: TestContext, staleMs: number): Promise<StaleConnect> {
  let nowMs = 0;
  const asked: string[] = [];
  const server = createServer(({ method = '', url = '' }, response) => {
    if (method !== 'GET') asked.push(`${method} ${url}`);
    const hasFailed = nowMs < staleMs;
    const task = hasFailed
      ? { id: 0, state: 'FAILED', trace: 'Caused by: the slot is gone' }
      : { id: 0, state: 'RUNNING' };
    response.end(method === 'GET' ? JSON.stringify({ connector: { state: 'RUNNING' }, tasks: [task] }) : '');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  // Whoever sleeps finds the time gone by.
  const clock: Clock = {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    sleep: (ms) => {
      nowMs += ms;
      return Promise.resolve();
    },
  };
  const api = new ConnectApi(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return { control: new ConnectorControl(api, clock, 60_000), clock, asked };
}

const { signal } = new AbortController();

test('a failure that Kafka Connect goes on to show of a task that is started anew is none for 5 seconds', async (t) => {
  const { control, clock, asked } = await staleConnect(t, 4_900);
  await control.start('shop', signal);
  assert.ok(clock.monotonicMs() >= 4_900, 'it was waited for');
  const restart = 'POST /connectors/shop/restart?includeTasks=true&onlyFailed=true';
  assert.deepEqual(asked, [restart, 'PUT /connectors/shop/resume']);
});

test('a failure that is still shown then is one, with its innermost cause', async (t) => {
  const { control, clock } = await staleConnect(t, 5_200);
  await assert.rejects(control.start('shop', signal), (error) => {
    assert.ok(isAppError(error, 'DEPLOY_CDC_FAILED'));
    assert.match(error.message, /the slot is gone/);
    return true;
  });
  assert.equal(clock.monotonicMs(), 5_000);
});
