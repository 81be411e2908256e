import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageVersion } from './package-version.ts';

const MAIN = join(import.meta.dirname, 'main.ts');

test('the program gives its version, and exit code 2 for what it does not know', () => {
  const version = spawnSync(process.execPath, [MAIN, '--version'], { encoding: 'utf8' });
  assert.deepEqual([version.stdout, version.stderr, version.status], [`${packageVersion()}\n`, '', 0]);
  const unknown = spawnSync(process.execPath, [MAIN, 'nonsense'], { encoding: 'utf8' });
  assert.equal(unknown.status, 2);
  assert.match(unknown.stderr, /there is no command "nonsense"/);
});

test('a reader that goes away ends the program as the signal would', async () => {
  const child = spawn(process.execPath, [MAIN, '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  let errors = '';
  child.stderr.on('data', (chunk) => (errors += String(chunk)));
  const [status] = (await once(child, 'close')) as [number];
  assert.deepEqual([status, errors], [141, '']);
});
