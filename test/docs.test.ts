/** What is generated from the source says what the source says. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { loadConfig } from '../src/core/config/load-config.ts';
import { RELOADER_SHAPE, STORER_SHAPE } from '../src/core/config/service-shapes.ts';
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
