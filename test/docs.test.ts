/** What is generated from the source says what the source says. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { loadConfig } from '../src/core/config/load-config.ts';
import { RELOADER_SHAPE, STORER_SHAPE } from '../src/core/config/service-shapes.ts';
import { parseDeployment } from '../src/deploy/facts/load-deployment.ts';
import { deploymentSchema } from '../scripts/docs/deployment-schema.ts';
import { generatedPages } from '../scripts/docs/generated-pages.ts';

const ROOT = resolve(import.meta.dirname, '..');

for (const [path, text] of await generatedPages()) {
  test(`${path} is up to date`, async () => {
    const written = await readFile(join(ROOT, path), 'utf8').catch(() => '');
    assert.ok(written === text, `${path} is stale: run \`npm run docs\` and commit it`);
  });
}

test('the bss.yaml of docs/configuration.md is accepted by both services', async () => {
  const page = await readFile(join(ROOT, 'docs/configuration.md'), 'utf8');
  const [, text = ''] = /```yaml\n([^]*?)```/.exec(page) ?? [];
  const file = { path: 'bss.yaml', text };
  const sources = { file, env: {}, flags: new Map<string, string>(), coreCount: 2, readFile: () => 'secret' };
  assert.equal(loadConfig(STORER_SHAPE, sources).config.storer.topics.length, 2);
  assert.equal(loadConfig(RELOADER_SHAPE, sources).config.kafka.sasl.password, 'secret');
});

test('the deployment.yaml of docs/deploy.md is accepted by `bss deploy`, and by its JSON Schema', async () => {
  const page = await readFile(join(ROOT, 'docs/deploy.md'), 'utf8');
  const [, text = ''] = /```yaml\n([^]*?)```/.exec(page) ?? [];
  const env = { SOURCE_URL: 'postgresql://db/shop' };
  const parsed = parseDeployment(text, { path: 'deployment.yaml', folder: '/srv', env, readFile: () => 'secret' });
  assert.equal(parsed.cdc?.driver, 'debezium');
  const validate = new Ajv2020({ strict: false, allErrors: true }).compile(deploymentSchema());
  const value: unknown = parse(text);
  assert.ok(validate(value), JSON.stringify(validate.errors));
  const wrong: unknown = parse(
    text.replace('connectUrl', 'connectUri').replace('quietPeriod: 10s', 'quietPeriod: soon'),
  );
  assert.equal(validate(wrong), false);
  const places = new Set(validate.errors?.map(({ instancePath }) => instancePath.split('/')[1]));
  assert.deepEqual(places, new Set(['cdc', 'checks']));
});
