import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { after, test } from 'node:test';

import { cdcConformance, testRun } from '../../../../test/harness/cdc-conformance.ts';
import { newAuthority } from '../../../../test/harness/certificates.ts';
import { actOnToy, newToy, type ToyAction, type ToyState } from '../../../../test/harness/toy-cdc.ts';
import { TOY_TOPICS, toyUnderTest } from '../../../../test/harness/toy-cdc-under-test.ts';
import { type ErrorCode, isAppError } from '../../../core/errors.ts';
import { httpDriver } from './http-driver.ts';

const TOKEN = 'secret-token';
const servers: Server[] = [];
after(() => {
  for (const server of servers) server.close();
});

type Answer = readonly [status: number, body: string];

async function serve(answer: (request: IncomingMessage, body: string) => Answer): Promise<string> {
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      const [status, text] = answer(request, body);
      response.writeHead(status, { 'content-type': 'application/json' }).end(text);
    });
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/cdc`;
}

/** The service of a user that has a toy for a CDC, by the protocol of docs/cdc.md. */
function toyService(toy: ToyState): (request: IncomingMessage, body: string) => Answer {
  return (request, body) => {
    if (request.headers.authorization !== `Bearer ${TOKEN}`) return [401, '{"message":"no"}'];
    const action = actionOf(`${request.method} ${request.url}`, body);
    if (action === undefined) return [404, ''];
    const answer = actOnToy(toy, action);
    // Stopping is answered at once, so that the driver has to ask for the state.
    return answer === undefined ? [404, ''] : [action.do === 'stop' ? 202 : 200, JSON.stringify(answer)];
  };
}

function actionOf(route: string, body: string): ToyAction | undefined {
  const id = /\/load\/(.+)$/.exec(route)?.[1] ?? '';
  if (route === 'POST /cdc/stop') return { do: 'stop' };
  if (route === 'POST /cdc/start') return { do: 'start' };
  if (route === 'GET /cdc/state') return { do: 'state' };
  if (route === 'POST /cdc/load')
    return { do: 'load', request: JSON.parse(body) as Extract<ToyAction, { do: 'load' }>['request'] };
  if (route.startsWith('GET /cdc/load/')) return { do: 'loadState', id };
  return route.startsWith('DELETE /cdc/load/') ? { do: 'endLoad', id } : undefined;
}

cdcConformance('HTTP', async () => {
  const toy = newToy(TOY_TOPICS);
  const url = await serve(toyService(toy));
  const under = { read: () => toy, change: () => void actOnToy(toy, { do: 'change' }) };
  return toyUnderTest(httpDriver({ driver: 'http', url: `${url}/`, token: TOKEN }), under, { tellsState: true });
});

test('a load that the service does not know has failed', async () => {
  const url = await serve(toyService(newToy(TOY_TOPICS)));
  const driver = httpDriver({ driver: 'http', url, token: TOKEN });
  const state = await driver.loadState({ id: 'nosuch', by: 'spare', topics: [] }, null);
  assert.equal(state.state, 'failed');
});

test('what the service answers otherwise is told by the codes of the contract', async () => {
  const cases: readonly (readonly [Answer, ErrorCode, RegExp])[] = [
    [[401, ''], 'DEPLOY_CDC_REFUSED', /401/],
    [[404, ''], 'DEPLOY_CDC_REFUSED', /404/],
    [[409, '{"message":"a load is under way"}'], 'DEPLOY_CDC_REFUSED', /a load is under way/],
    [[503, 'busy'], 'DEPLOY_CDC_UNREACHABLE', /503: busy/],
    [[200, '<html>'], 'DEPLOY_CDC_REFUSED', /not JSON/],
  ];
  for (const [answer, code, message] of cases) {
    const driver = httpDriver({ driver: 'http', url: await serve(() => answer) });
    await assert.rejects(driver.stop(testRun()), (error) => {
      assert.ok(isAppError(error, code), String(error));
      assert.match(error.message, message);
      return true;
    });
  }
});

test('a stop that was only accepted is waited for, so long as it may take', async () => {
  const url = await serve((request) => [request.method === 'POST' ? 202 : 200, '{"state":"running"}']);
  await assert.rejects(httpDriver({ driver: 'http', url, timeoutMs: 1 }).stop(testRun()), (error) =>
    isAppError(error, 'DEPLOY_CDC_TIMEOUT'),
  );
  const failing = await serve((request) => [request.method === 'POST' ? 202 : 200, '{"state":"failed"}']);
  await assert.rejects(httpDriver({ driver: 'http', url: failing }).stop(testRun()), (error) =>
    isAppError(error, 'DEPLOY_CDC_FAILED'),
  );
});

test('user and password of the address are sent, and never shown', async () => {
  const basic = `Basic ${Buffer.from('me:p@ss').toString('base64')}`;
  const url = await serve(({ headers }) =>
    headers.authorization === basic ? [200, '{"state":"running"}'] : [403, ''],
  );
  const addressOf = (user: string): string => url.replace('//', `//${user}@`);
  const driver = httpDriver({ driver: 'http', url: addressOf('me:p%40ss') });
  assert.equal((await driver.state()).state, 'running');
  const shown = [driver.subject, ...(await driver.describeLoad({ id: 'a', by: 'spare', topics: [] }))].join();
  assert.ok(!shown.includes('p%40ss') && shown.includes(url), shown);
  await assert.rejects(httpDriver({ driver: 'http', url: addressOf('me:wrong') }).state(), (error) => {
    assert.ok(isAppError(error, 'DEPLOY_CDC_REFUSED'));
    assert.ok(![error.message, error.subject].join().includes('wrong'), error.message);
    return true;
  });
});

test('a service that is not there cannot be reached', async () => {
  const url = await serve(() => [200, '']);
  servers.pop()?.close();
  await assert.rejects(httpDriver({ driver: 'http', url }).state(), (error) =>
    isAppError(error, 'DEPLOY_CDC_UNREACHABLE'),
  );
});

test('a service whose certificate a company has signed is trusted when the company is named', async () => {
  const company = newAuthority('Company CA');
  const { certificate: cert, key } = company.certify(['127.0.0.1']);
  const server = createHttpsServer({ cert, key }, (_, response) => response.end('{"state":"running"}'));
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const trusting = httpDriver({ driver: 'http', url, tls: { ca: company.certificate } });
  assert.equal((await trusting.state()).state, 'running');
  await assert.rejects(httpDriver({ driver: 'http', url }).state(), (error) => {
    assert.ok(isAppError(error, 'DEPLOY_CDC_REFUSED'), String(error));
    assert.match(error.hint ?? '', /Set `cdc\.tls\.ca`/);
    return true;
  });
});
