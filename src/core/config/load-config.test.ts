import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAppError } from '../errors.ts';
import { type ConfigSources, loadConfig, type LoadedConfig } from './load-config.ts';
import type { Environment } from './option.ts';
import { RELOADER_SHAPE, STORER_SHAPE } from './service-shapes.ts';

const GOOD = `
kafka:
  brokers: [kafka-1:9092, kafka-2:9092]
bucket:
  url: file:///var/lib/bss
storer:
  groupId: archive
  topics: [orders]
`;

interface Given {
  readonly yaml?: string;
  readonly env?: Environment;
  readonly flags?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
}

function sources({ yaml = GOOD, env = {}, flags = {}, files = {} }: Given): ConfigSources {
  const readFile = (path: string): string => {
    const found = files[path];
    if (found === undefined) throw new Error('ENOENT');
    return found;
  };
  const file = yaml === '' ? undefined : { path: 'bss.yaml', text: yaml };
  return { file, env, flags: new Map(Object.entries(flags)), coreCount: 4, readFile };
}

function load(given: Given = {}): LoadedConfig<typeof STORER_SHAPE.table> {
  return loadConfig(STORER_SHAPE, sources(given));
}

/** The lines of the error; the test fails when there is none. */
function problems(given: Given): string[] {
  try {
    load(given);
  } catch (error) {
    assert.ok(isAppError(error, 'CONFIG_INVALID'), String(error));
    return error.message.split('\n  - ').slice(1);
  }
  return assert.fail('the configuration was accepted');
}

test('the smallest configuration: everything else has a default', () => {
  const { config } = load();
  assert.deepEqual(config.kafka.brokers, ['kafka-1:9092', 'kafka-2:9092']);
  assert.deepEqual(config.storer.topics, [{ topic: 'orders', folder: 'orders', postIngestion: [] }]);
  assert.deepEqual(config.storer.rotation, {
    segmentSizeBytes: 67_108_864,
    ageMaxMs: 600_000,
    pollIntervalMs: 500,
    alignToMs: undefined,
  });
  assert.deepEqual([config.storer.workers, config.storer.segmentsInFlight], [4, 6]);
  assert.equal(config.kafka.sasl.password, undefined);
});

test('a segment that is not compressed is smaller, wherever that is said', () => {
  const env = { BSS_STORER_COMPRESSION: 'none' };
  assert.equal(load().config.storer.rotation.segmentSizeBytes, 64 * 1024 * 1024);
  assert.equal(load({ env }).config.storer.rotation.segmentSizeBytes, 12 * 1024 * 1024);
  const yaml = `${GOOD}  rotation: {segmentSize: 16MiB}\n`;
  assert.equal(load({ yaml, env }).config.storer.rotation.segmentSizeBytes, 16 * 1024 * 1024);
});

test('the result is frozen, all the way down', () => {
  const { config } = load();
  for (const part of [config, config.kafka, config.kafka.brokers, config.storer.rotation, config.storer.topics[0]]) {
    assert.ok(Object.isFrozen(part));
  }
});

test('flags win over variables, variables over the file, the file over defaults', () => {
  const yaml = `${GOOD}  workers: 1\n`;
  const env = { BSS_STORER_WORKERS: '2' };
  const flags = { 'storer.workers': '3' };
  assert.equal(load().config.storer.workers, 4);
  assert.equal(load({ yaml }).config.storer.workers, 1);
  assert.equal(load({ yaml, env }).config.storer.workers, 2);
  assert.equal(load({ yaml, env, flags }).config.storer.workers, 3);
  assert.equal(load({ yaml, env: { BSS_STORER_WORKERS: '' } }).config.storer.workers, 1);
});

test('every value says where it came from, and no secret is shown', () => {
  const { settings } = load({
    yaml: GOOD.replace('bucket:', '  sasl: {username: bss, password: geheim}\nbucket:'),
    env: { LOG_LEVEL: 'WARN' },
    flags: { 'http.port': '0' },
  });
  const of = (path: string) => settings.find((setting) => setting.path === path);
  assert.deepEqual(of('kafka.brokers'), {
    path: 'kafka.brokers',
    shown: 'kafka-1:9092,kafka-2:9092',
    origin: 'bss.yaml:3 kafka.brokers',
  });
  assert.deepEqual(of('log.level'), { path: 'log.level', shown: 'warn', origin: 'LOG_LEVEL' });
  assert.deepEqual(of('http.port'), { path: 'http.port', shown: '0', origin: '--http.port' });
  assert.deepEqual(of('storer.workers'), { path: 'storer.workers', shown: '4', origin: 'default' });
  assert.equal(of('storer.eventsTopic')?.shown, undefined);
  assert.equal(of('kafka.sasl.password')?.shown, '********');
  assert.doesNotMatch(JSON.stringify(settings), /geheim/);
});

test('the variables of the mirrored system work as they did there', () => {
  const { config } = load({
    yaml: 'storer: {topics: [orders]}',
    env: {
      KAFKA_BROKERS: 'a:1, b:2',
      KAFKA_GROUP_ID: 'storer-group',
      KAFKA_USERNAME: 'user',
      KAFKA_PASSWORD: 'word',
      KAFKA_CLIENT_ID: 'ingestion-storer',
      KAFKA_DEQUEUE_STRATEGY: 'latest',
      KAFKA_MAX_POLL_MS: '250',
      BUCKET_NAME: 'archive',
      BUCKET_TYPE: 's3',
      BUCKET_REGION: 'eu-south-1',
      BUCKET_ENDPOINT: 'https://store.example',
      S3_KEY_ID: 'id',
      S3_KEY: 'key',
      BSS_EVENTS_TOPIC: 'events',
      BSS_ENABLE_POST_INGESTION: 'false',
      HTTP_PORT: '8080',
      LOG_LEVEL: 'WARNING',
      QUARKUS_SHUTDOWN_TIMEOUT: '45',
    },
  });
  assert.deepEqual(config.kafka.brokers, ['a:1', 'b:2']);
  assert.equal(config.storer.groupId, 'storer-group');
  assert.deepEqual([config.kafka.sasl.username, config.kafka.sasl.password], ['user', 'word']);
  assert.equal(config.kafka.clientId, 'ingestion-storer');
  assert.equal(config.storer.startPosition, 'latest');
  assert.equal(config.storer.rotation.pollIntervalMs, 250);
  assert.deepEqual(
    [config.bucket.url, config.bucket.region, config.bucket.endpoint],
    ['s3://archive', 'eu-south-1', 'https://store.example'],
  );
  assert.deepEqual([config.bucket.accessKeyId, config.bucket.secretAccessKey], ['id', 'key']);
  assert.deepEqual([config.storer.eventsTopic, config.storer.enablePostIngestion], ['events', false]);
  assert.deepEqual([config.http.port, config.log.level, config.storer.drainTimeoutMs], [8080, 'warn', 45_000]);
});

test("our own variables win over the mirrored system's", () => {
  const env = { HTTP_PORT: '1', BSS_HTTP_PORT: '2' };
  assert.equal(load({ env }).config.http.port, 2);
});

test('BUCKET_NAME needs to know the kind of the bucket', () => {
  const yaml = GOOD.replace('bucket:\n  url: file:///var/lib/bss\n', '');
  assert.deepEqual(problems({ yaml, env: { BUCKET_NAME: 'archive' } }), [
    'BUCKET_NAME: needs BUCKET_TYPE to be s3 or google, not unset',
  ]);
});

test('all problems are reported at once, each where the user wrote it', () => {
  const yaml = [
    'kafka:',
    '  broker: [a:1]',
    '  connectTimeout: soon',
    'storer:',
    '  topics: [orders]',
    '  compression: lz4',
    'stroer: {}',
  ].join('\n');
  const env = { BSS_STORER_WORKERS: '0', BSS_STORER_WORKRES: '3', BSS_KAFKA_SASL_PASSWORD_FILE: '/none' };
  assert.deepEqual(problems({ yaml, env, flags: { 'http.port': '70000' } }), [
    'bss.yaml:2 kafka.broker: is not an option; did you mean kafka.brokers?',
    'bss.yaml:7 stroer: is not an option; did you mean storer?',
    'BSS_STORER_WORKRES: is not a variable that sets an option; did you mean BSS_STORER_WORKERS?',
    'kafka.brokers: is required: set it in bss.yaml, BSS_KAFKA_BROKERS or --kafka.brokers',
    'bss.yaml:3 kafka.connectTimeout: must be a duration such as 500ms, 30s, 10m or 1h30m, not "soon"',
    'BSS_KAFKA_SASL_PASSWORD_FILE: names the file /none, which cannot be read (ENOENT)',
    'bucket.url: is required: set it in bss.yaml, BSS_BUCKET_URL or --bucket.url',
    'storer.groupId: is required: set it in bss.yaml, BSS_STORER_GROUP_ID or --storer.groupId',
    'bss.yaml:6 storer.compression: must be one of none, gzip, zstd, not "lz4"',
    'BSS_STORER_WORKERS: must be a whole number from 1 to 64, not "0"',
    '--http.port: must be a whole number from 0 to 65535, not "70000"',
  ]);
});

test('a secret is never in a message', () => {
  const yaml = GOOD.replace('bucket:', '  sasl: {username: x, password: [geheim]}\nbucket:');
  assert.deepEqual(problems({ yaml }), ['bss.yaml:4 kafka.sasl.password: must be a text, not (secret)']);
});

test('secrets and certificates can be in files of their own', () => {
  const yaml = GOOD.replace('bucket:', '  sasl: {username: x, password: {file: /run/word}}\nbucket:');
  const files = { '/run/word': 'geheim\n', '/run/key': 'schlüssel' };
  const env = { S3_KEY_ID: 'id', S3_KEY_FILE: '/run/key' };
  const { config, settings } = load({ yaml, files, env });
  assert.equal(config.kafka.sasl.password, 'geheim');
  assert.equal(config.bucket.secretAccessKey, 'schlüssel');
  assert.equal(settings.find(({ path }) => path === 'bucket.secretAccessKey')?.origin, 'S3_KEY_FILE');
  assert.deepEqual(problems({ yaml, files: { '/run/word': '\n' } }), [
    'bss.yaml:4 kafka.sasl.password: names the file /run/word, which is empty',
  ]);
  assert.match(problems({ env: { ...env, S3_KEY: 'both' }, files })[0] ?? '', /S3_KEY_FILE are both set/);
});

test('variables in the file take the type of the option', () => {
  const yaml = GOOD.replace('[kafka-1:9092, kafka-2:9092]', '${BROKERS}').replace('[orders]', '["${TOPIC}", more]');
  const { config } = load({
    yaml: `${yaml}  workers: \${WORKERS:2}\n  eventsTopic: \${EVENTS:}\n`,
    env: { BROKERS: 'a:1,b:2', TOPIC: 'orders' },
  });
  assert.deepEqual(config.kafka.brokers, ['a:1', 'b:2']);
  assert.equal(config.storer.workers, 2);
  assert.equal(config.storer.eventsTopic, undefined);
  assert.deepEqual(
    config.storer.topics.map(({ topic }) => topic),
    ['orders', 'more'],
  );
  assert.deepEqual(problems({ yaml, env: { BROKERS: 'a:1' } }), [
    'bss.yaml:8 storer.topics: needs the environment variable TOPIC, which is not set',
  ]);
});

test('broken YAML, sections that are none, and options given twice', () => {
  assert.match(problems({ yaml: 'kafka: [a' })[0] ?? '', /^bss.yaml:1: is not valid YAML/);
  assert.match(
    problems({ yaml: `kafka: yes` })[0] ?? '',
    /^bss.yaml:1 kafka: must be a section with brokers, clientId/,
  );
  assert.match(problems({ yaml: `- kafka` })[0] ?? '', /^bss.yaml: must be a section with kafka, bucket/);
  assert.match(problems({ yaml: `${GOOD}storer.groupId: other\n` })[0] ?? '', /storer.groupId: is given twice/);
  assert.match(problems({ yaml: `${GOOD}  groupId: other\n` })[0] ?? '', /is not valid YAML/);
});

test('paths with dots, empty sections and anchors are fine', () => {
  const yaml = `
kafka.brokers: [a:1]
bucket.url: &place file:///x
http:
storer: {groupId: g, topics: [{topic: a, folder: b}], eventsTopic: null}
reloader: {groupId: other}
`;
  const { config } = load({ yaml });
  assert.deepEqual(config.kafka.brokers, ['a:1']);
  assert.equal(config.storer.eventsTopic, undefined);
});

test('variables of other services, of tests and of Kubernetes are left alone', () => {
  const env = {
    BSS_RELOADER_WORKERS: '2',
    BSS_TEST_KAFKA: 'x',
    BSS_CONFIG: 'bss.yaml',
    BSS_STORER_SERVICE_HOST: '10.0.0.1',
    BSS_STORER_SERVICE_PORT_HTTP: '3000',
    BSS_STORER_PORT: 'tcp://10.0.0.1:3000',
    BSS_STORER_PORT_3000_TCP_ADDR: '10.0.0.1',
  };
  assert.equal(load({ env }).config.storer.workers, 4);
});

test('options that do not go together are named', () => {
  assert.deepEqual(
    problems({
      yaml: `${GOOD}  compression: gzip\n  compressionLevel: 12\n  eventsTopic: orders\n`,
      env: { S3_KEY_ID: 'id', KAFKA_SASL_MECHANISM: 'plain', BSS_KAFKA_TLS_CA: 'pem', BUCKET_ENDPOINT: 'minio:9000' },
    }),
    [
      'KAFKA_SASL_MECHANISM: needs kafka.sasl.username when it is PLAIN',
      'kafka.sasl.password: is required with the mechanism PLAIN',
      'kafka.tls.enabled: must be true when certificates are given',
      'S3_KEY_ID: needs bucket.secretAccessKey beside it',
      'BUCKET_ENDPOINT: must be a URL that starts with http:// or https://',
      'bss.yaml:10 storer.compressionLevel: must be from 1 to 9 with gzip',
      'bss.yaml:11 storer.eventsTopic: must not be one of the archived topics',
    ],
  );
});

test('the Reloader needs brokers and a bucket, and has its own rules', () => {
  const yaml = 'kafka: {brokers: [a:1]}\nbucket: {url: "s3://a"}\n';
  const { config } = loadConfig(RELOADER_SHAPE, sources({ yaml }));
  assert.deepEqual([config.reloader.groupId, config.reloader.transactionSizeMaxBytes], ['bss-reloader', 67_108_864]);
  const wrong = `${yaml}reloader: {tasksTopic: t, jobsTopic: t, transactionAgeMax: 20s, internalReplicationFactor: 0}\n`;
  assert.throws(
    () => loadConfig(RELOADER_SHAPE, sources({ yaml: wrong })),
    /tasksTopic[^]*Factor[^]*transactionAgeMax/,
  );
});

test('a variable that is not set matters only where its value is used', () => {
  const yaml = `${GOOD}reloader: {groupId: "\${NONE}"}\n`;
  assert.equal(load({ yaml }).config.storer.groupId, 'archive');
  const overridden = GOOD.replace('archive', '${NONE}');
  assert.equal(load({ yaml: overridden, env: { KAFKA_GROUP_ID: 'other' } }).config.storer.groupId, 'other');
});
