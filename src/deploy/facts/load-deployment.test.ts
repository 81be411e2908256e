import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { newAuthority } from '../../../test/harness/certificates.ts';
import { isAppError } from '../../core/errors.ts';
import { loadDeployment, parseDeployment } from './load-deployment.ts';

const GOOD = `version: 1
name: shop
mode: parallel
facts: {greenfield: false, olderDataWanted: true, nearRealTimeCritical: false, cdc: "\${HAS_CDC}"}
bss:
  kafka:
    brokers: [localhost:9092]
    sasl: {username: bss, password: {file: secrets/kafka}}
  bucket: {url: "s3://archive/\${STAGE:test}"}
  storer:
    groupId: shop-storer
    topics: [shop.orders, {topic: shop.customers, folder: crm}]
    workers: \${WORKERS:2}
runtime: {type: kubernetes, image: bss:1, namespace: shop}
cdc: {driver: debezium, connectUrl: "http://connect:8083", connector: shop, load: signal, timeout: 2m}
source:
  url: {file: secrets/source}
  tables: {shop.orders: public.orders}
dump: {inputs: [dump, public.orders=orders.csv, "s3://dumps/shop"], mapping: mapping.yaml}
checks: {quietPeriod: 1m30s, samples: 7}
`;

const AROUND = {
  path: 'deployment.yaml',
  folder: '/srv/shop',
  env: { HAS_CDC: 'true' },
  readFile: (path: string): string => `text of ${path}\n`,
};

function parse(text: string) {
  return parseDeployment(text, {
    ...AROUND,
    readFile: (path) => (path === 'secrets/source' ? 'postgresql://shop@db/shop\n' : AROUND.readFile(path)),
  });
}

/** The problems as they are told, one a line. */
function problemsOf(text: string): string[] {
  try {
    parse(text);
  } catch (error) {
    assert.ok(isAppError(error, 'CONFIG_INVALID'));
    return error.message.split('\n  - ').slice(1);
  }
  return [];
}

test('variables and files are put in, paths made absolute, defaults filled in', () => {
  assert.deepEqual(parse(GOOD), {
    version: 1,
    name: 'shop',
    mode: 'parallel',
    facts: { greenfield: false, olderDataWanted: true, nearRealTimeCritical: false, cdc: true },
    bss: {
      kafka: { brokers: ['localhost:9092'], sasl: { username: 'bss', password: 'text of secrets/kafka' } },
      bucket: { url: 's3://archive/test' },
      storer: {
        groupId: 'shop-storer',
        topics: ['shop.orders', { topic: 'shop.customers', folder: 'crm' }],
        workers: 2,
      },
    },
    reingestion: undefined,
    runtime: {
      type: 'kubernetes',
      image: 'bss:1',
      namespace: 'shop',
      folder: undefined,
      storerReplicas: 1,
      reloaderReplicas: 1,
    },
    cdc: {
      driver: 'debezium',
      connectUrl: 'http://connect:8083',
      connector: 'shop',
      load: 'signal',
      timeoutMs: 120_000,
    },
    source: { url: 'postgresql://shop@db/shop', tables: { 'shop.orders': 'public.orders' } },
    projections: undefined,
    dump: {
      inputs: ['/srv/shop/dump', 'public.orders=/srv/shop/orders.csv', 's3://dumps/shop'],
      mapping: '/srv/shop/mapping.yaml',
      reconstruct: undefined,
    },
    checks: { quietPeriodMs: 90_000, clockSkewMaxMs: 5000, samples: 7, loadTimeoutMs: 86_400_000 },
  });
});

test('all problems are told at once, with their lines and the names that were typed', () => {
  const text = GOOD.replace('olderDataWanted', 'olderDataWantd')
    .replace('name: shop', 'name: The Shop')
    .replace('driver: debezium', 'driver: debezum')
    .replace('1m30s', 'a while')
    .replace('image: bss:1, ', '')
    .replace('groupId: shop-storer', 'group: shop-storer')
    .replace('{STAGE:test}', '{STAGE}')
    .concat('dumps: {}\n');
  assert.deepEqual(problemsOf(text), [
    'deployment.yaml:21 dumps: is not a known field; did you mean "dump"?',
    'deployment.yaml:2 name: must be a name: up to 40 of a-z, 0-9 and "-", a letter first',
    'deployment.yaml:4 facts.olderDataWantd: is not a known field; did you mean "olderDataWanted"?',
    'deployment.yaml:14 runtime.image: is missing; it must be the name of an image',
    'deployment.yaml:15 cdc.driver: must be one of debezium, command, http, manual',
    'deployment.yaml:20 checks.quietPeriod: must be a duration such as 500ms, 30s, 10m or 1h30m',
    'deployment.yaml:11 bss.storer.group: is not an option; did you mean storer.groupId?',
    'deployment.yaml:9 bss.bucket.url: needs the environment variable STAGE, which is not set',
    'deployment.yaml bss.storer.groupId: is required',
  ]);
});

test('a value that would be nothing but a variable is reported once', () => {
  assert.deepEqual(problemsOf(GOOD.replace('{HAS_CDC}', '{NOBODY}')), [
    'deployment.yaml:4 facts.cdc: needs the environment variable NOBODY, which is not set',
  ]);
});

test('a file that does not lead to a procedure, or lacks what the procedure needs, is refused', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'bss-deployment-'));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'deployment.yaml');
  const load = async (text: string) => {
    await writeFile(path, text.replaceAll(/\{file: [a-z/]+\}/g, 'postgresql://shop@db/shop'));
    return loadDeployment(path, AROUND.env);
  };
  assert.equal((await load(GOOD)).cdc?.driver, 'debezium');
  await assert.rejects(load(GOOD.replace(/^cdc: .*\n/m, '')), {
    code: 'DEPLOY_FACTS_MISSING',
    message: /lacks what the procedure P4 needs:\n {2}- cdc: how the CDC/,
  });
  await assert.rejects(load(GOOD.replace(/, cdc: .*\}$/m, '}')), {
    code: 'DEPLOY_FACTS_MISSING',
    subject: 'facts.cdc',
  });
  assert.throws(() => loadDeployment(join(folder, 'absent.yaml'), {}), { code: 'CONFIG_FILE_MISSING' });
});

test('text that is not YAML is refused with its line', () => {
  const [problem = ''] = problemsOf('version: 1\nname: "shop\n');
  assert.match(problem, /^deployment\.yaml:\d+: is not valid YAML/);
});

test('an empty file lacks everything', () => {
  assert.match(problemsOf('').join(), /version/);
});

test('topics of other sections must be archived ones', () => {
  assert.deepEqual(problemsOf(GOOD.replace('{shop.orders: public.orders}', '{shop.order: public.orders}')), [
    'deployment.yaml:18 source.tables.shop.order: is not one of bss.storer.topics; did you mean shop.orders?',
  ]);
});

function withTopic(text: string): string {
  return `${GOOD}\nreingestion: { ${text} }\n`;
}

test('reloads go to topics of their own, in parallel mode', () => {
  assert.deepEqual(problemsOf(withTopic('shop.orders: shop.again')), []);
  const [unknown = ''] = problemsOf(withTopic('shop.order: shop.again'));
  assert.match(unknown, /reingestion.shop.order: is not one of bss.storer.topics/);
  const [archived = ''] = problemsOf(withTopic('shop.orders: shop.customers'));
  assert.match(archived, /must not name archived topics/);
});

test('in sequential mode every topic has a topic for its consumers', () => {
  assert.deepEqual(problemsOf(GOOD.replace('mode: parallel', 'mode: sequential')), [
    'deployment.yaml:12 bss.storer.topics: must have postIngestion for every topic in sequential mode, as consumers read those; shop.orders, shop.customers has none',
  ]);
});

function cdc(fields: string): string {
  return GOOD.replace('"http://connect:8083"', `"https://connect:8083", ${fields}`);
}

test('what is needed to trust Kafka Connect is read from files, and must be of use', () => {
  const { certificate, key } = newAuthority('Company CA');
  const files: Readonly<Record<string, string>> = {
    'ca.pem': certificate,
    'key.pem': key,
    'other.pem': newAuthority('x').key,
  };
  const read = (text: string) =>
    parseDeployment(text, {
      ...AROUND,
      readFile: (path) => {
        const found = path.startsWith('secrets/') ? 'postgresql://shop@db/shop' : files[path];
        if (found === undefined) throw new Error(`no such file: ${path}`);
        return found;
      },
    });
  const client = 'certificate: {file: ca.pem}, key: {file: key.pem}';
  const found = read(cdc(`tls: {ca: {file: ca.pem}, ${client}}`)).cdc;
  assert.deepEqual(found?.driver === 'debezium' && found.tls, {
    ca: certificate.trimEnd(),
    certificate: certificate.trimEnd(),
    key: key.trimEnd(),
  });
  const isRefused = (text: string, message: RegExp): void =>
    assert.throws(() => read(text), { code: 'CONFIG_INVALID', message });
  isRefused(cdc('tls: {ca: {file: absent.pem}}'), /:15 cdc\.tls\.ca: names a file that cannot be read: no such file/);
  isRefused(cdc('tls: {ca: /etc/ca.pem}'), /:15 cdc\.tls\.ca: must be certificates in PEM, or \{file: \/path\}/);
  isRefused(cdc('tls: {ca: "-----BEGIN CERTIFICATE-----"}'), /:15 cdc\.tls\.ca: cannot be used: /);
  isRefused(cdc('tls: {key: {file: key.pem}}'), /:15 cdc\.tls: must have certificate and key together/);
  isRefused(cdc(`tls: {${client.replace('key.pem', 'other.pem')}}`), /cdc\.tls\.certificate: .*key values mismatch/);
  isRefused(
    cdc('tls: {ca: {file: ca.pem}}').replace('https:', 'http:'),
    /cdc\.tls: is for a cdc\.connectUrl that begins/,
  );
});

test('an address of Kafka Connect that is none is refused', () => {
  for (const wrong of ['connect:8083', 'connect', 'http://bss:100%@connect:8083']) {
    assert.deepEqual(problemsOf(GOOD.replace('http://connect:8083', wrong)), [
      'deployment.yaml:15 cdc.connectUrl: must be a URL such as https://user:password@host:8083',
    ]);
  }
});
