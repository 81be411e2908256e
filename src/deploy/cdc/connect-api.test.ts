import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createPlainServer, type RequestListener } from 'node:http';
import { createServer, type ServerOptions } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { json } from 'node:stream/consumers';
import { after, test } from 'node:test';

import { newAuthority } from '../../../test/harness/certificates.ts';
import { isAppError } from '../../core/errors.ts';
import type { TlsFacts } from '../facts/deployment.ts';
import { ConnectApi } from './connect-api.ts';

const COMPANY = newAuthority('Company CA');
const WORKER = COMPANY.certify(['localhost', '127.0.0.1']);
const { certificate: ca } = COMPANY;
const servers: Server[] = [];
after(() => {
  for (const server of servers) server.close();
});

/** `//localhost:port` */
async function listening(server: Server): Promise<string> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `//127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Kafka Connect as far as it is asked here, by the user `bss` with the password `p@ss`. */
function worker(): RequestListener {
  const configs = new Map<string, unknown>();
  return (request, response) => {
    const answer = (status: number, body?: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(body === undefined ? '' : JSON.stringify(body));
    };
    const { method, url = '', headers } = request;
    if (headers.authorization !== `Basic ${btoa('bss:p@ss')}`) {
      return answer(401, { error_code: 401, message: 'User cannot access the resource.' });
    }
    if (method === 'POST' && url === '/connectors') {
      void json(request).then((body) => {
        const { name, config } = body as { name: string; config: unknown };
        configs.set(`/connectors/${name}/config`, config);
        answer(201, body);
      });
      return undefined;
    }
    if (method === 'PUT' && url === '/connectors/shop/stop') return answer(204);
    if (method === 'PUT' && url === '/connectors/moved/stop') {
      response.writeHead(308, { location: 'https://connect.example/connectors' });
      return response.end();
    }
    const config = configs.get(url);
    return config === undefined ? answer(404, { message: 'not found' }) : answer(200, config);
  };
}

async function httpsWorker(options: ServerOptions = {}): Promise<string> {
  return listening(createServer({ cert: WORKER.certificate, key: WORKER.key, ...options }, worker()));
}

async function isRefused(url: string, tls: TlsFacts | undefined, message: RegExp, hint: RegExp): Promise<void> {
  await assert.rejects(new ConnectApi(url, tls).stop('shop'), (error) => {
    assert.ok(isAppError(error, 'DEPLOY_CDC_REFUSED'), String(error));
    assert.match(error.message, message);
    assert.match(error.hint ?? '', hint);
    assert.doesNotMatch(error.message, /p%40ss|p@ss/);
    return true;
  });
}

test('by https, whoever has signed the certificate, as long as the authority is named', async () => {
  const place = await httpsWorker();
  const api = new ConnectApi(`https://bss:p%40ss@${place.slice(2)}/`, { ca });
  assert.equal(await api.config('shop'), undefined);
  await api.create('shop', { 'topic.prefix': 'übung' }, 'STOPPED');
  assert.deepEqual(await api.config('shop'), { 'topic.prefix': 'übung', name: 'shop' });
  await api.stop('shop');
});

test('to a worker that asks, this client proves who it is', async () => {
  const place = await httpsWorker({ requestCert: true, rejectUnauthorized: true, ca });
  const url = `https://bss:p%40ss@${place.slice(2)}`;
  await new ConnectApi(url, { ca, ...COMPANY.certify([]) }).stop('shop');
  await isRefused(url, { ca }, /alert certificate required/, /`cdc\.tls\.certificate` and `cdc\.tls\.key`/);
});

test('a certificate that is not trusted is refused at once, with the option that it takes', async () => {
  const place = await httpsWorker();
  const message = /PUT shop\/stop at https:\/\/127.*: unable to verify the first certificate$/;
  await isRefused(`https:${place}`, undefined, message, /Set `cdc\.tls\.ca`/);
  await isRefused(`https:${place}`, { ca: newAuthority('Another').certificate }, message, /Set `cdc\.tls\.ca`/);
  const named = COMPANY.certify(['connect.example']);
  const elsewhere = await httpsWorker({ cert: named.certificate, key: named.key });
  await isRefused(`https:${elsewhere}`, { ca }, /127\.0\.0\.1 is not in the cert's list/, /Use a host name/);
  const old = COMPANY.certify(['127.0.0.1'], new Date(Date.now() - 60_000));
  const expired = await httpsWorker({ cert: old.certificate, key: old.key });
  await isRefused(`https:${expired}`, { ca }, /has expired/, /Renew/);
  const plain = await listening(createPlainServer(worker()));
  await isRefused(`https:${plain}`, { ca }, /wrong version number$/, /begin the address with http:/);
});

test('a password that is wrong or missing is told from one that is not written as addresses want it', async () => {
  const place = await httpsWorker();
  const says = /401 User cannot access the resource\.$/;
  await isRefused(
    `https://bss:other@${place.slice(2)}`,
    { ca },
    says,
    /^Correct user and password in `cdc\.connectUrl`/,
  );
  await isRefused(`https:${place}`, { ca }, says, /^Put user and password into `cdc\.connectUrl`/);
});

test('an address that has moved is not followed, but told', async () => {
  const place = await httpsWorker();
  const api = new ConnectApi(`https://bss:p%40ss@${place.slice(2)}`, { ca });
  await assert.rejects(api.stop('moved'), {
    code: 'DEPLOY_CDC_REFUSED',
    message: /308 moved to https:\/\/connect\.example\/connectors$/,
    hint: 'Correct `cdc.connectUrl`.',
  });
});
