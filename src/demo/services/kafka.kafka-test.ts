import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { isAppError } from '../../core/errors.ts';
import { type Kafka, startKafka } from './kafka.ts';
import { until } from './until.ts';

const TOPIC_COMMAND = 'org.apache.kafka.tools.TopicCommand';

async function topics(kafka: Kafka): Promise<string[]> {
  const { stdout } = await kafka.runTool(TOPIC_COMMAND, ['--bootstrap-server', kafka.bootstrap, '--list']);
  return stdout.split('\n').filter((line) => line !== '');
}

/** A broker that is killed and comes back is let in when the session of its former life is over. */
const SOON_FORGOTTEN = { 'broker.session.timeout.ms': '3000', 'broker.heartbeat.interval.ms': '500' };

async function createTopic(kafka: Kafka, name: string, config: readonly string[] = []): Promise<void> {
  const args = ['--create', '--topic', name, '--partitions', '2', ...config];
  await kafka.runTool(TOPIC_COMMAND, ['--bootstrap-server', kafka.bootstrap, ...args]);
}

test('a broker keeps its topics over a power cut, and leaves nothing behind when it is stopped', async (t) => {
  const kafka = await startKafka({ optimised: false, properties: SOON_FORGOTTEN });
  t.after(() => kafka.stop());
  await createTopic(kafka, 'orders');
  await kafka.kill();
  await kafka.restart();
  assert.deepEqual(await topics(kafka), ['orders']);
  await kafka.stop();
  assert.equal(existsSync(kafka.directory), false);
});

test('data in a folder of the caller are there again the next time', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'bss-kafka-test-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const first = await startKafka({ optimised: false, dataDirectory: folder });
  await createTopic(first, 'kept');
  await first.stop();
  const second = await startKafka({ optimised: false, dataDirectory: folder });
  t.after(() => second.stop());
  assert.deepEqual(await topics(second), ['kept']);
});

test('users authenticate with PLAIN and SCRAM, with and without TLS; wrong passwords do not', async (t) => {
  const kafka = await startKafka({ optimised: false, users: { alice: 'correct-horse' } });
  t.after(() => kafka.stop());
  const { secure } = kafka;
  assert.ok(secure !== undefined);
  const list = async (bootstrap: string, protocol: string, mechanism: string, password: string): Promise<number> => {
    const module = mechanism === 'PLAIN' ? 'plain.PlainLoginModule' : 'scram.ScramLoginModule';
    const file = join(kafka.directory, `${protocol}-${mechanism}-${password}.properties`);
    const jaas = `org.apache.kafka.common.security.${module} required username="alice" password="${password}";`;
    const trust = `ssl.truststore.type=PEM\nssl.truststore.location=${secure.certificatePath}\n`;
    // Who is refused tries again until this is over.
    const limit = `default.api.timeout.ms=${password === 'wrong' ? 5_000 : 30_000}\nrequest.timeout.ms=5000\n`;
    const sasl = `sasl.mechanism=${mechanism}\nsasl.jaas.config=${jaas}\n`;
    await writeFile(file, `security.protocol=${protocol}\n${sasl}${trust}${limit}`);
    const args = ['--bootstrap-server', bootstrap, '--command-config', file, '--list'];
    return (await kafka.runTool(TOPIC_COMMAND, args, { mayFail: true })).exitCode;
  };
  const codes = await Promise.all([
    list(secure.sasl, 'SASL_PLAINTEXT', 'PLAIN', 'correct-horse'),
    list(secure.sasl, 'SASL_PLAINTEXT', 'SCRAM-SHA-512', 'correct-horse'),
    list(secure.saslTls, 'SASL_SSL', 'SCRAM-SHA-256', 'correct-horse'),
    list(secure.tls, 'SSL', 'PLAIN', 'correct-horse'),
    list(secure.sasl, 'SASL_PLAINTEXT', 'SCRAM-SHA-512', 'wrong'),
  ]);
  assert.deepEqual(codes.slice(0, 4), [0, 0, 0, 0]);
  assert.notEqual(codes[4], 0);
});

test('a broker that cannot start says why', async () => {
  await assert.rejects(startKafka({ properties: { 'num.io.threads': 'many' } }), (error) => {
    assert.ok(isAppError(error, 'SETUP_FAILED'));
    assert.match(error.message, /num\.io\.threads/);
    return true;
  });
});

test('a broker and its data go when the process that started it is killed', async () => {
  const module = pathToFileURL(join(import.meta.dirname, 'kafka.ts')).href;
  const script = `const { startKafka } = await import('${module}');
    const kafka = await startKafka({ optimised: false });
    console.log(JSON.stringify({ directory: kafka.directory, pid: kafka.pid() }));
    setInterval(() => undefined, 60_000);`;
  const owner = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface(owner.stdout)[Symbol.asyncIterator]();
  const { value } = await lines.next();
  const { directory, pid } = JSON.parse(String(value)) as { directory: string; pid: number };
  assert.ok(existsSync(directory));
  owner.kill('SIGKILL');
  await until(() => !existsSync(directory) && !isRunning(pid), { deadlineMs: 10_000, what: 'the broker to be gone' });
});

/** A zombie that nobody has reaped counts as gone: only a live broker has open files, of which `exe` is one. */
function isRunning(pid: number): boolean {
  return existsSync(`/proc/${pid}/exe`);
}
