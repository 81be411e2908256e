import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import type { ErrorCode } from '../../src/core/errors.ts';
import { connectKafka } from '../../src/core/kafka/connect-kafka.ts';
import { freePorts } from '../../src/demo/services/free-ports.ts';
import { type Kafka, startKafka } from '../../src/demo/services/kafka.ts';
import { type CommandResult, tryCommand } from '../../src/demo/services/run-command.ts';
import { startOverwritingS3Server } from '../faults/overwriting-s3-server.ts';
import { testS3, uniqueName } from '../harness/shared-services.ts';

/** What is wrong is refused by the real command: with a stable code, in words that say what to do, and at once. */

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const TOPIC = 'orders';

let kafka: Kafka;
let folder: string;

before(async () => {
  kafka = await startKafka({ optimised: false, users: { alice: 'right' } });
  folder = await mkdtemp(join(tmpdir(), 'bss-bad-'));
  const client = await connectKafka({
    bootstrapServers: [kafka.bootstrap],
    clientId: 'bad-input-test',
    connectTimeoutMs: 10_000,
    requestTimeoutMs: 30_000,
  });
  await client.createTopics([
    { name: TOPIC, partitionCount: 4, replicationFactor: 1 },
    { name: 'narrow', partitionCount: 2, replicationFactor: 1 },
  ]);
  await client.close();
});

after(async () => {
  await kafka?.stop();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

interface Sections {
  readonly kafka?: object;
  readonly bucket?: object;
  readonly storer?: object;
}

/** Runs a storer that is right but for what the test changes; it must end by itself. */
async function storerWith(changes: Sections): Promise<CommandResult> {
  const path = join(folder, `${uniqueName('bss')}.yaml`);
  const config = {
    kafka: { brokers: [kafka.bootstrap], connectTimeout: '3s', requestTimeout: '5s', ...changes.kafka },
    bucket: { url: `file://${folder}`, ...changes.bucket },
    storer: { groupId: uniqueName('group'), topics: [TOPIC], ...changes.storer },
    http: { host: '127.0.0.1', port: 0 },
  };
  await writeFile(path, stringify(config));
  return await tryCommand(process.execPath, [MAIN, 'storer', '--config', path], { timeoutMs: 60_000 });
}

function assertRefused(result: CommandResult, code: ErrorCode, ...mentions: readonly string[]): void {
  const said = result.stdout + result.stderr;
  assert.notEqual(result.exitCode, 0, said);
  assert.ok(said.includes(code), `${code} in: ${said}`);
  assert.match(said, /"?hint"?:/, said);
  for (const mention of mentions) assert.ok(said.includes(mention), `${mention} in: ${said}`);
}

test('a broker that is not there', async () => {
  const [port = 0] = await freePorts(1);
  assertRefused(
    await storerWith({ kafka: { brokers: [`127.0.0.1:${port}`] } }),
    'KAFKA_UNAVAILABLE',
    `127.0.0.1:${port}`,
  );
});

test('a wrong password', async () => {
  const sasl = { mechanism: 'SCRAM-SHA-512', username: 'alice', password: 'wrong' };
  const brokers = [kafka.secure?.sasl ?? ''];
  const result = await storerWith({ kafka: { brokers, sasl } });
  assertRefused(result, 'KAFKA_AUTHENTICATION_FAILED');
  assert.ok(!(result.stdout + result.stderr).includes('wrong"'), 'a password is never shown');
});

test('a topic that does not exist', async () => {
  assertRefused(await storerWith({ storer: { topics: ['orders', 'odrers'] } }), 'KAFKA_TOPIC_MISSING', 'odrers');
});

test('a post-ingestion topic with fewer partitions', async () => {
  const topics = [{ topic: TOPIC, postIngestion: ['narrow'] }];
  assertRefused(await storerWith({ storer: { topics } }), 'KAFKA_PARTITION_MISMATCH', 'narrow', '4 partitions');
});

test('a directory that does not exist', async () => {
  assertRefused(await storerWith({ bucket: { url: `file://${folder}/absent` } }), 'BUCKET_MISSING', 'absent');
});

test('a bucket that does not exist', async () => {
  const { endpoint, region, accessKeyId, secretAccessKey } = await testS3();
  const bucket = { url: `s3://${uniqueName('absent')}`, endpoint, region, accessKeyId, secretAccessKey };
  assertRefused(await storerWith({ bucket }), 'BUCKET_MISSING');
});

test('a wrong secret key', async () => {
  const { endpoint, region, accessKeyId, createBucket } = await testS3();
  const name = uniqueName('secret');
  await createBucket(name);
  const bucket = { url: `s3://${name}`, endpoint, region, accessKeyId, secretAccessKey: 'not-the-right-one' };
  assertRefused(await storerWith({ bucket }), 'BUCKET_ACCESS_DENIED');
});

test('a store that overwrites what must be created only if absent', async () => {
  await using store = await startOverwritingS3Server({ answersExists: false });
  const bucket = {
    url: 's3://archive',
    endpoint: store.endpoint,
    region: 'us-east-1',
    accessKeyId: 'a',
    secretAccessKey: 'b',
  };
  assertRefused(await storerWith({ bucket }), 'BUCKET_CONDITIONAL_PUT_IGNORED');
});

test('a directory that nobody may write to', async () => {
  // Not even root may: so the test says the same for everybody.
  assertRefused(await storerWith({ bucket: { url: 'file:///sys/kernel' } }), 'BUCKET_READ_ONLY', '/sys/kernel');
});

test('an option that nobody knows, with the nearest one', async () => {
  const result = await storerWith({ storer: { rotation: { segmentSise: '1MiB' } } });
  assertRefused(result, 'CONFIG_INVALID', 'segmentSise', 'segmentSize');
});

test('several mistakes are told at once', async () => {
  const result = await storerWith({ storer: { workers: 0, compression: 'lzma' }, kafka: { brokers: ['nowhere'] } });
  assertRefused(result, 'CONFIG_INVALID', 'storer.workers', 'storer.compression', 'kafka.brokers');
});
