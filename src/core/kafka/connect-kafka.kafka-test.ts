import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { after, before, test, type TestContext } from 'node:test';
import { committedTexts, produceTexts, testClient, testTopic } from '../../../test/harness/kafka-topic.ts';
import { uniqueName } from '../../../test/harness/shared-services.ts';
import { type Kafka, type SecureBootstraps, startKafka } from '../../demo/services/kafka.ts';
import { isAppError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import { connectKafka } from './connect-kafka.ts';
import type { KafkaConnectionOptions, SaslOptions } from './connection-options.ts';

const PASSWORD = 'not-a-secret';
let kafka: Kafka;
let secure: SecureBootstraps;
let ca: string;

before(async () => {
  // Killed in the middle, it is let in again when the session of its former life is over.
  const properties = { 'broker.session.timeout.ms': '3000', 'broker.heartbeat.interval.ms': '500' };
  kafka = await startKafka({ optimised: false, users: { alice: PASSWORD }, properties });
  assert.ok(kafka.secure !== undefined);
  secure = kafka.secure;
  ca = await readFile(secure.certificatePath, 'utf8');
});
after(() => kafka.stop());

type Options = Partial<KafkaConnectionOptions>;

async function roundTrip(t: TestContext, bootstrap: string, options: Options): Promise<void> {
  const client = await testClient(t, bootstrap, options);
  const at = { topic: await testTopic(client, 1), partition: 0 };
  const producer = await client.transactionalProducer({ transactionalId: at.topic, transactionTimeoutMs: 30_000 });
  const values = ['small', 'large '.repeat(100_000)];
  producer.begin();
  await produceTexts(producer, at, values);
  await producer.commit();
  await producer.close();
  assert.deepEqual(await committedTexts(client, at), values);
}

async function refused(bootstrap: string, options: Options, code: ErrorCode, says: RegExp): Promise<void> {
  const startedMs = performance.now();
  const connecting = connectKafka({
    bootstrapServers: [bootstrap],
    clientId: 'test',
    connectTimeoutMs: 5000,
    requestTimeoutMs: 30_000,
    ...options,
  });
  await assert.rejects(connecting, (error) => {
    assert.ok(isAppError(error, code), String(error));
    assert.match(error.message, new RegExp(bootstrap.replaceAll('.', '\\.')));
    assert.match(error.hint ?? '', says);
    return true;
  });
  assert.ok(performance.now() - startedMs < 7000);
}

for (const mechanism of ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const) {
  const sasl = { mechanism, username: 'alice', password: PASSWORD };
  test(`${mechanism}, in plain text and over TLS`, async (t) => {
    await roundTrip(t, secure.sasl, { sasl });
    await roundTrip(t, secure.saslTls, { sasl, tls: { ca, rejectUnauthorized: true } });
  });

  test(`${mechanism} with a wrong password is refused, once and for all`, async () => {
    const wrong = { ...sasl, password: 'wrong' };
    await refused(secure.sasl, { sasl: wrong }, 'KAFKA_AUTHENTICATION_FAILED', /password/);
  });
}

test('TLS without authentication', async (t) => {
  await roundTrip(t, secure.tls, { tls: { ca, rejectUnauthorized: true } });
});

test('security settings that do not fit the listener are told apart', async () => {
  const sasl: SaslOptions = { mechanism: 'PLAIN', username: 'alice', password: PASSWORD };
  const oauth: SaslOptions = { mechanism: 'OAUTHBEARER', token: 'x' };
  const tls = { ca, rejectUnauthorized: true };
  await refused(secure.sasl, {}, 'KAFKA_UNAVAILABLE', /TLS or SASL/);
  await refused(secure.sasl, { sasl: oauth }, 'KAFKA_AUTHENTICATION_FAILED', /mechanism/);
  await refused(secure.sasl, { sasl: { mechanism: 'PLAIN' } }, 'KAFKA_AUTHENTICATION_FAILED', /username/);
  await refused(secure.tls, {}, 'KAFKA_AUTHENTICATION_FAILED', /TLS/);
  await refused(secure.tls, { tls: { rejectUnauthorized: true } }, 'KAFKA_AUTHENTICATION_FAILED', /not trusted/);
  await refused(kafka.bootstrap, { sasl }, 'KAFKA_AUTHENTICATION_FAILED', /takes no SASL/);
  await refused(kafka.bootstrap, { tls }, 'KAFKA_UNAVAILABLE', /TLS listener/);
});

test('what is no broker is told so within the connect timeout', async (t) => {
  const sockets: Socket[] = [];
  const listen = async (answer: (socket: Socket) => void): Promise<string> => {
    const server = createServer((socket) => {
      sockets.push(socket.on('error', () => undefined));
      answer(socket);
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    t.after(() => server.close());
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  t.after(() => sockets.forEach((socket) => socket.destroy()));
  const silent = await listen(() => undefined);
  const web = await listen((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  await refused('127.0.0.1:1', {}, 'KAFKA_UNAVAILABLE', /Nothing listens/);
  await refused('broker.invalid:9092', {}, 'KAFKA_UNAVAILABLE', /cannot be resolved/);
  await refused(silent, { connectTimeoutMs: 1000 }, 'KAFKA_UNAVAILABLE', /firewall/);
  await refused(web, {}, 'KAFKA_UNAVAILABLE', /no Kafka response/);
  await refused('no-port', {}, 'CONFIG_INVALID', /host:port/);
});

test('one bootstrap server that can be reached is enough', async (t) => {
  await roundTrip(t, kafka.bootstrap, { bootstrapServers: ['127.0.0.1:1', kafka.bootstrap] });
});

test('a broker that is killed and restarted under a producer costs no record and repeats none', async (t) => {
  const client = await testClient(t, kafka.bootstrap, { requestTimeoutMs: 60_000 });
  const at = { topic: await testTopic(client, 1), partition: 0 };
  const producer = await client.transactionalProducer({
    transactionalId: uniqueName('tx'),
    transactionTimeoutMs: 180_000,
  });
  const values = Array.from({ length: 400 }, (_, i) => `value ${i}`);
  producer.begin();
  const sent: Promise<unknown>[] = [];
  for (const [i, value] of values.entries()) {
    sent.push(produceTexts(producer, at, [value]));
    if (i === 100) await sent[50];
    if (i === 200) await kafka.kill();
    if (i === 300) await kafka.restart();
  }
  await Promise.all(sent);
  await producer.commit();
  await producer.close();
  assert.deepEqual(await committedTexts(client, at), values);
});
