import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';

import { cachedFolder, lockPath } from './cached-folder.mjs';

const silent = (): void => undefined;

async function broken(folder: string): Promise<void> {
  await writeFile(join(folder, 'half'), '');
  throw new Error('the network went away');
}

async function emptyCache(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bss-cache-test-'));
  const before = process.env['XDG_CACHE_HOME'];
  process.env['XDG_CACHE_HOME'] = folder;
  t.after(async () => {
    if (before === undefined) delete process.env['XDG_CACHE_HOME'];
    else process.env['XDG_CACHE_HOME'] = before;
    await rm(folder, { recursive: true, force: true });
  });
  return join(folder, 'bss');
}

test('of many that want a folder at once, one builds it', async (t) => {
  const cache = await emptyCache(t);
  let builds = 0;
  const build = async (folder: string): Promise<void> => {
    builds += 1;
    await writeFile(join(folder, 'file'), 'whole');
  };
  const item = { name: 'thing', version: '1', announcement: 'Making a thing', build };
  const folders = await Promise.all(Array.from({ length: 5 }, () => cachedFolder(item, silent)));
  assert.equal(builds, 1);
  assert.deepEqual(new Set(folders), new Set([join(cache, 'thing@1')]));
  assert.equal(await readFile(join(cache, 'thing@1', 'file'), 'utf8'), 'whole');
});

test('a build that fails leaves nothing, and the next one starts anew', async (t) => {
  const cache = await emptyCache(t);
  const item = { name: 'thing', version: '1', announcement: 'Making a thing' };
  await assert.rejects(cachedFolder({ ...item, build: broken }, silent), /the network went away/);
  assert.deepEqual(await readdir(cache), []);
  const folder = await cachedFolder({ ...item, build: async () => undefined }, silent);
  assert.deepEqual(await readdir(folder), []);
});

test('the lock of a dead process is broken', async (t) => {
  const cache = await emptyCache(t);
  const deadPid = execFileSync('/bin/sh', ['-c', 'echo $$'], { encoding: 'utf8' }).trim();
  const lock = join(cache, 'thing.lock');
  await mkdir(lock, { recursive: true });
  await writeFile(join(lock, 'pid'), deadPid);
  const release = await lockPath(lock);
  assert.equal(await readFile(join(lock, 'pid'), 'utf8'), String(process.pid));
  await release();
  assert.deepEqual(await readdir(cache), []);
});
