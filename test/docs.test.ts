/** What is generated from the source says what the source says. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { generatedPages } from '../scripts/docs/generated-pages.ts';

const ROOT = resolve(import.meta.dirname, '..');

for (const [path, text] of await generatedPages()) {
  test(`${path} is up to date`, async () => {
    const written = await readFile(join(ROOT, path), 'utf8').catch(() => '');
    assert.ok(written === text, `${path} is stale: run \`npm run docs\` and commit it`);
  });
}
