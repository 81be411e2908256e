/** The wizard as a person meets it: the real command at a terminal, keys, and what the screen shows. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { testClient, testTopic } from '../../test/harness/kafka-topic.ts';
import { bssAtTerminal, KEYS, type TerminalSession } from '../../test/harness/pseudo-terminal.ts';
import { testKafka, uniqueName } from '../../test/harness/shared-services.ts';
import { parseDeployment } from '../deploy/facts/load-deployment.ts';

const kafka = await testKafka();

async function folder(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'bss-init-'));
  t.after(() => rm(directory, { recursive: true }));
  return directory;
}

/** Answers each question with keys once it is on the screen. */
async function answer(terminal: TerminalSession, answers: readonly (readonly [string, string])[]): Promise<void> {
  for (const [question, keys] of answers) {
    await terminal.waitFor(question);
    terminal.type(keys);
  }
}

const { clearLine, down, enter, interrupt, tab } = KEYS;

test('the wizard asks, lists the topics of Kafka, draws the decision, and writes what it was told', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const prefix = uniqueName('wizard');
  const topics = ['customers', 'orders', 'orders.archived'].map((name) => `${prefix}.${name}`);
  // One more, that the search leaves out.
  await testTopic(client, 1);
  await client.createTopics(topics.map((name) => ({ name, partitionCount: 1, replicationFactor: -1, config: {} })));
  const directory = await folder(t);
  const terminal = bssAtTerminal(t, ['deploy', 'init'], directory);
  await answer(terminal, [
    ['What is the deployment called?', `${clearLine}1shop${enter}`],
    ['must be up to 40 of a-z', `${clearLine}shop${enter}`],
    ['Is this a new installation', down + enter],
    ['Are data wanted in the bucket', enter],
    ['Do readers of the topics need changes', down + enter],
    ['Does a change data capture (CDC) feed the topics?', enter],
    ['Shall consumers go on to read', enter],
    ['Which brokers are asked first?', clearLine + kafka.bootstrap + enter],
    ['Are connections to Kafka encrypted', enter],
    ['How does bss prove to Kafka who it is?', enter],
    ['Which topics are archived?', prefix],
    ['(3 matches)', tab],
    [`◼ ${topics[0]}`, down],
    ['Space/Tab: select', tab],
    [`◼ ${topics[1]}`, enter],
    ['Where is the bucket?', `s3://archive/shop${enter}`],
    ['At which address, if it is not AWS?', `http://minio:9000${enter}`],
    ['Are access keys needed?', enter],
    ['Which consumer group is the Storer?', enter],
    ['On which topic is each stored file announced?', `files${enter}`],
    ['Where are Storer and Reloader to run?', enter],
    ['How is the CDC spoken to?', enter],
    ['What is the address of Kafka Connect?', enter],
    ['What is the connector called?', `shop${enter}`],
    ['How does it load everything anew?', enter],
    ['Where is the database behind the topics?', enter],
    ['Next: bss deploy plan', ''],
  ]);
  assert.equal(await terminal.ended(), 0);
  const screen = terminal.screen();
  assert.ok(screen.includes('│  The procedure: P4 Stop the CDC\n'), screen);
  assert.match(screen, /│ +└─ .*no: Fed by a CDC\?|│ +┗━ no: Fed by a CDC\?/);
  assert.ok(screen.includes(`│  ${topics[0]}, ${topics[1]}\n`), screen);
  // Every line hangs on the guide, and none was broken by the terminal.
  for (const line of screen.trimEnd().split('\n'))
    assert.match(line, /^[┌│◇◆└](?:$| {2}\S| {4})/, `${line}\n${screen}`);
  const written = await readFile(join(directory, 'deployment.yaml'), 'utf8');
  const env = { S3_ACCESS_KEY_ID: 'id', S3_SECRET_ACCESS_KEY: 'key' };
  const { name, mode, facts, cdc, bss } = parseDeployment(written, {
    path: 'deployment.yaml',
    folder: directory,
    env,
    readFile: () => '',
  });
  assert.deepEqual([name, mode, cdc?.driver], ['shop', 'parallel', 'debezium']);
  assert.equal(facts.nearRealTimeCritical, false);
  assert.deepEqual(bss['storer'], { groupId: 'shop-storer', topics: topics.slice(0, 2), eventsTopic: 'files' });
});

test('who leaves the wizard has changed nothing', async (t) => {
  const directory = await folder(t);
  const terminal = bssAtTerminal(t, ['deploy', 'init'], directory);
  await answer(terminal, [
    ['What is the deployment called?', enter],
    ['Is this a new installation', interrupt],
    ['Ended. Nothing was written.', ''],
  ]);
  assert.equal(await terminal.ended(), 130);
  assert.deepEqual(await readdir(directory), []);
});
