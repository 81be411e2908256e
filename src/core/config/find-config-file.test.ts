import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { findConfigFile } from './find-config-file.ts';

function directory(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'bss-config-'));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

test('named file, then BSS_CONFIG, then bss.yaml, then none', (t) => {
  const cwd = directory(t);
  assert.equal(findConfigFile(undefined, {}, cwd), undefined);
  for (const name of ['bss.yaml', 'a.yaml', 'b.yaml']) writeFileSync(join(cwd, name), `# ${name}`);
  assert.deepEqual(findConfigFile(undefined, {}, cwd), { path: 'bss.yaml', text: '# bss.yaml' });
  assert.equal(findConfigFile(undefined, { BSS_CONFIG: 'a.yaml' }, cwd)?.text, '# a.yaml');
  assert.equal(findConfigFile('b.yaml', { BSS_CONFIG: 'a.yaml' }, cwd)?.text, '# b.yaml');
});

test('a file that was named must be there', (t) => {
  const cwd = directory(t);
  assert.throws(() => findConfigFile('none.yaml', {}, cwd), { code: 'CONFIG_FILE_MISSING', subject: 'none.yaml' });
  assert.throws(() => findConfigFile(undefined, { BSS_CONFIG: cwd }, cwd), { code: 'CONFIG_FILE_MISSING' });
});
