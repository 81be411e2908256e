import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { recordingHost } from '../../test/harness/recording-host.ts';
import { COMMANDS } from './commands.ts';
import { runCli } from './run-cli.ts';

const DEPLOYMENT = `version: 1
name: shop
mode: parallel
facts: {greenfield: true}
bss:
  kafka: {brokers: [localhost:9092]}
  bucket: {url: s3://archive}
  storer: {groupId: shop, topics: [orders]}
runtime: {type: local}
`;

async function folderWith(t: TestContext, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bss-deploy-'));
  t.after(() => rm(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

async function run(directory: string, line: string) {
  const host = recordingHost({ directory });
  const exitCode = await runCli(line.split(' '), host, COMMANDS);
  return { exitCode, output: host.output(), errors: host.errors() };
}

test('deploy plan shows the decision, and writes the picture', async (t) => {
  const directory = await folderWith(t, { 'deployment.yaml': DEPLOYMENT });
  const { exitCode, output, errors } = await run(directory, 'deploy plan --decision-only --svg tree.svg');
  assert.equal(errors, '');
  assert.equal(exitCode, 0);
  assert.match(output, /^Deployment shop: P1 Simple deployment\n/);
  assert.match(output, /┡━ parallel ➤ P1 Simple deployment/);
  assert.match(await readFile(join(directory, 'tree.svg'), 'utf8'), /^<svg [^]*Deployment of shop[^]*<\/svg>\n$/);
});

test('deploy plan --json is one object', async (t) => {
  const directory = await folderWith(t, { 'other.yaml': DEPLOYMENT });
  const { output } = await run(directory, 'deploy plan -f other.yaml --decision-only --json');
  assert.match(output, /^\{"name":"shop","mode":"parallel","decision":\{"procedure":"P1"[^\n]*"steps":null\}\n$/);
});

test('deploy plan refuses with exit code 2 what cannot be decided, naming the file as it was typed', async (t) => {
  const directory = await folderWith(t, {
    'missing.yaml': DEPLOYMENT.replace('greenfield: true', 'greenfield: false'),
    'wrong.yaml': DEPLOYMENT.replace('greenfield', 'greenfeld'),
  });
  const missing = await run(directory, 'deploy plan --file missing.yaml');
  assert.equal(missing.exitCode, 2);
  assert.match(missing.errors, /facts\.olderDataWanted: Are data wanted[^]*code: DEPLOY_FACTS_MISSING/);
  const wrong = await run(directory, 'deploy plan --file wrong.yaml');
  assert.equal(wrong.exitCode, 2);
  assert.match(wrong.errors, /wrong\.yaml:4 facts\.greenfeld: is not a known field; did you mean "greenfield"\?/);
});

const ANSWERS = 'name=shop,greenfield=yes,mode=parallel,topics=orders,bucket.url=s3://archive';

test('deploy init writes a file that deploy plan takes, and never overwrites one by itself', async (t) => {
  const directory = await folderWith(t, {});
  const written = await run(directory, `deploy init --answers ${ANSWERS}`);
  assert.equal(written.errors, '');
  assert.match(written.output, /deployment\.yaml is written\. Next: bss deploy plan/);
  const planned = await run(directory, 'deploy plan --decision-only');
  assert.match(planned.output, /^Deployment shop: P1 Simple deployment\n/);
  const again = await run(directory, `deploy init --answers ${ANSWERS}`);
  assert.equal(again.exitCode, 1);
  assert.match(again.errors, /code: DEPLOY_FILE_EXISTS/);
  const forced = await run(directory, `deploy init --force --json --answers ${ANSWERS.replace('orders', 'parcels')}`);
  assert.equal(forced.output, '{"file":"deployment.yaml","procedure":"P1","covered":true}\n');
  assert.match(await readFile(join(directory, 'deployment.yaml'), 'utf8'), /- parcels\n/);
});

test('deploy init without a terminal and without answers is a mistake, and writes nothing', async (t) => {
  const directory = await folderWith(t, {});
  const { exitCode, errors } = await run(directory, 'deploy init');
  assert.equal(exitCode, 2);
  assert.match(errors, /no terminal to ask on/);
  await assert.rejects(readFile(join(directory, 'deployment.yaml')), { code: 'ENOENT' });
});
