import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rootCertificates } from 'node:tls';
import { parseDeployment } from '../facts/load-deployment.ts';
import { deploymentText } from './deployment-text.ts';
import { GivenAnswers } from './given-answers.ts';
import { interview } from './interview.ts';

const AROUND = { name: 'shop', topicsOf: () => Promise.resolve(undefined), tell: () => '' };
const CONNECTIONS = 'topics=shop.orders,shop.customers,bucket.url=s3://archive/shop';
const OLDER = 'greenfield=no,olderDataWanted=yes';

async function interviewed(answers: string) {
  const given = new GivenAnswers(answers);
  const result = await interview(given, AROUND);
  given.finish();
  const text = deploymentText(result.draft, result.decision);
  const env = { SOURCE: 'postgresql://db/shop', PROJECTIONS_URL: 'mongodb://db', KAFKA_PASSWORD: 'secret' };
  const parsed = parseDeployment(text, {
    path: 'deployment.yaml',
    folder: '/srv',
    env,
    readFile: () => rootCertificates[0] ?? '',
  });
  return { parsed, text, decision: result.decision };
}

/** Answers of the tree and of what the procedure needs besides; what the file then has. */
const PATHS: readonly (readonly [string, string, string])[] = [
  ['P1', 'greenfield=yes,mode=parallel', 'runtime'],
  ['P2', `${OLDER},nearRealTimeCritical=yes,cdc=yes,cdcSeveralIngestionTasks=yes,cdc.connector=shop`, 'cdc'],
  [
    'P3',
    `${OLDER},nearRealTimeCritical=yes,cdc=yes,cdcSeveralIngestionTasks=no,projections.group=updater`,
    'projections',
  ],
  ['P4', `${OLDER},nearRealTimeCritical=no,cdc=yes,cdc.driver=manual,source.url=\${SOURCE}`, 'source'],
  [
    'P5',
    `${OLDER},nearRealTimeCritical=no,cdc=no,scheduledFullImport=no,rawDataArchived=yes,dumpPossible=yes,dump.inputs=a.csv,b.csv`,
    'dump',
  ],
  [
    'P6',
    `${OLDER},nearRealTimeCritical=no,cdc=no,scheduledFullImport=no,rawDataArchived=no,dumpReconstructible=true,dump.reconstruct.from=events`,
    'dump',
  ],
];

for (const [procedure, answers, section] of PATHS) {
  test(`the answers for ${procedure} make a file that is accepted, with everything it needs`, async () => {
    const { parsed, decision } = await interviewed(`${answers},${CONNECTIONS}`);
    assert.equal(decision.procedure, procedure);
    assert.equal(parsed.name, 'shop');
    assert.notEqual(Reflect.get(parsed, section), undefined);
  });
}

test('in sequential mode every topic gets one for its consumers', async () => {
  const { parsed } = await interviewed(`greenfield=yes,mode=sequential,${CONNECTIONS}`);
  assert.deepEqual(parsed.bss['storer'], {
    groupId: 'shop-storer',
    topics: [
      { topic: 'shop.orders', postIngestion: ['shop.orders.archived'] },
      { topic: 'shop.customers', postIngestion: ['shop.customers.archived'] },
    ],
  });
});

test('no secret is asked for or written', async () => {
  const sasl = 'kafka.sasl.mechanism=PLAIN,kafka.sasl.username=bss';
  const { text, parsed } = await interviewed(`greenfield=yes,mode=parallel,${sasl},${CONNECTIONS}`);
  assert.match(text, /password: \$\{KAFKA_PASSWORD\}\n/);
  assert.deepEqual(Reflect.get(parsed.bss['kafka'] ?? {}, 'sasl'), {
    mechanism: 'PLAIN',
    username: 'bss',
    password: 'secret',
  });
});

test('where a connection is encrypted, the authority of the other side is asked for', async () => {
  const cdc = `${OLDER},nearRealTimeCritical=no,cdc=yes,cdc.connectUrl=https://connect:8083,cdc.connector=shop`;
  const { text } = await interviewed(
    `${cdc},cdc.tls.ca=connect.pem,kafka.tls.enabled=yes,kafka.tls.ca=kafka.pem,${CONNECTIONS}`,
  );
  assert.match(text, /\n {2}connectUrl: https:\/\/connect:8083\n[^]*\n {2}tls:\n[^]*\n {6}file: connect\.pem\n/);
  assert.match(text, /\n {4}tls:\n[^]*\n {6}enabled: true\n[^]*\n {8}file: kafka\.pem\n/);
  const trusted = await interviewed(`${cdc},kafka.tls.enabled=yes,${CONNECTIONS}`);
  assert.equal(trusted.parsed.cdc?.driver === 'debezium' && trusted.parsed.cdc.tls, undefined);
  assert.doesNotMatch(trusted.text, / ca:/);
});

test('every key of the file has a comment that says what it is', async () => {
  const { text } = await interviewed(`greenfield=yes,mode=parallel,${CONNECTIONS}`);
  assert.match(text, / {2}# A new installation, without data that are older than it\.\n {2}greenfield: true\n/);
  assert.match(text, / {4}# The bucket: [^\n]+\n {4}url: s3:\/\/archive\/shop\n/);
});

test('commands are split into words as a shell would', async () => {
  const commands =
    'cdc.driver=command,cdc.stop=cdc stop "the shop",cdc.start=cdc start,cdc.startLoad=cdc load,cdc.loadState=cdc state';
  const { parsed } = await interviewed(`${OLDER},nearRealTimeCritical=no,cdc=yes,${commands},${CONNECTIONS}`);
  assert.deepEqual(parsed.cdc, {
    driver: 'command',
    stop: ['cdc', 'stop', 'the shop'],
    start: ['cdc', 'start'],
    startLoad: ['cdc', 'load'],
    loadState: ['cdc', 'state'],
    timeoutMs: undefined,
  });
});

test('all answers that are missing, wrong or not asked for are told at once', async () => {
  await assert.rejects(interviewed('greenfield=no,olderDataWanted=perhaps,topics=a b,mod=parallel,cdc=yes'), {
    code: 'USAGE',
    message:
      '--answers cannot be used:\n' +
      '  - olderDataWanted must be one of yes, no, not "perhaps"\n' +
      '  - topics must be a topic name: 1 to 249 of a-z, A-Z, 0-9, ".", "_" and "-", not "a b"\n' +
      '  - bucket.url is missing: Where is the bucket? s3://name/prefix, or file:///directory\n' +
      '  - mod is not asked for on this path; did you mean mode?\n' +
      '  - cdc is not asked for on this path',
  });
  assert.throws(() => new GivenAnswers('greenfield=no,greenfield=yes'), { code: 'USAGE' });
  assert.throws(() => new GivenAnswers('greenfield'), { code: 'USAGE' });
});
