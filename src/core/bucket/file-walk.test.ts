import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { walkFolders, walkObjects } from './file-walk.ts';
import { compareKeys, parentKeys } from './object-key.ts';

const root = await mkdtemp(join(tmpdir(), 'bss-walk-'));
after(() => rm(root, { recursive: true }));

/** Names chosen so that folders and files interleave, and prefixes fall within names. */
const name = fc.constantFrom('a', 'a-b', 'a.c', 'a0', 'aa', 'b', '!', '\u{1f600}', '～');
const key = fc.array(name, { minLength: 1, maxLength: 3 }).map((segments) => segments.join('/'));

test('a walk gives what sorting and filtering all keys gives, with any bound on memory', async () => {
  let tree = 0;
  const property = fc.asyncProperty(
    fc.uniqueArray(key, { maxLength: 25 }),
    fc.record({
      prefix: fc.oneof(
        key,
        key.map((path) => `${path}/`),
        fc.constant(''),
      ),
      startAfter: fc.option(key, { nil: undefined }),
    }),
    fc.integer({ min: 1, max: 5 }),
    async (drawn, range, namesMax) => {
      const keys = withoutPathParents(drawn).toSorted(compareKeys);
      const folder = join(root, String(tree++));
      await writeTree(folder, keys);
      const { prefix, startAfter } = range;
      const expected = keys.filter(
        (path) => path.startsWith(prefix) && (startAfter === undefined || compareKeys(path, startAfter) > 0),
      );
      assert.deepEqual(await Array.fromAsync(walkObjects(folder, range, namesMax), (entry) => entry.key), expected);
      const folders = new Set(
        keys.filter((path) => path.includes('/')).map((path) => path.slice(0, path.indexOf('/'))),
      );
      assert.deepEqual(await Array.fromAsync(walkFolders(folder, '', namesMax)), [...folders]);
    },
  );
  await fc.assert(property, { numRuns: 100 });
});

test('what is not an object is passed over: reserved names, symbolic links, empty folders, names that are no keys', async () => {
  const folder = join(root, 'mixed');
  await writeTree(folder, [
    'a/1',
    'a/.bss-meta/1.0-5',
    '.bss-tmp/x',
    'a/back\\slash',
    'a/new\nline',
    'b/.bss-meta/gone.0-5',
  ]);
  await mkdir(join(folder, 'empty', 'deeper'), { recursive: true });
  await symlink(folder, join(folder, 'loop'));
  assert.deepEqual(await Array.fromAsync(walkObjects(folder, { prefix: '' }), (entry) => entry.key), ['a/1']);
  assert.deepEqual(await Array.fromAsync(walkFolders(folder, '')), ['a']);
});

function withoutPathParents(keys: readonly string[]): string[] {
  const parents = new Set(keys.flatMap((path) => [...parentKeys(path)]));
  return keys.filter((path) => !parents.has(path));
}

async function writeTree(folder: string, keys: readonly string[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const path of keys) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), '');
  }
}
