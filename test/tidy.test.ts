/** The rules of the source that neither the compiler nor the linter knows. */
import assert from 'node:assert/strict';
import { glob, readFile } from 'node:fs/promises';
import { dirname, join, normalize, relative, resolve } from 'node:path';
import { test } from 'node:test';

const ROOT = resolve(import.meta.dirname, '..');
/** It spells out what it forbids. */
const THIS_FILE = 'test/tidy.test.ts';
const FOLDERS = '{src,test,scripts,bench,bin}';

interface SourceFile {
  /** Relative to the root, with slashes. */
  readonly path: string;
  readonly text: string;
}

async function sourceFiles(pattern: string): Promise<SourceFile[]> {
  const files: SourceFile[] = [];
  for await (const path of glob(pattern, { cwd: ROOT })) {
    if (/(^|\/)(node_modules|build|results)\//.test(path)) continue;
    files.push({ path, text: await readFile(join(ROOT, path), 'utf8') });
  }
  assert.ok(files.length > 0, `no file matches ${pattern}`);
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

const sources = await sourceFiles(`${FOLDERS}/**/*.{ts,mjs}`);

/** `path:line` of every match. */
function matches(files: readonly SourceFile[], pattern: RegExp): string[] {
  return files.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
  );
}

test('files and folders are named in kebab-case', () => {
  const kebab = /^_?[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$/;
  assert.deepEqual(
    sources.map(({ path }) => path).filter((path) => !path.split('/').every((part) => kebab.test(part))),
    [],
  );
});

test('no file or folder is named after a kind of code', () => {
  const banned = new Set(['utils', 'util', 'types', 'helpers', 'helper', 'common', 'misc', 'shared', 'lib']);
  const parts = sources.flatMap(({ path }) =>
    path.split('/').map((part) => ({ path, name: part.split('.')[0] ?? '' })),
  );
  assert.deepEqual(
    parts.filter(({ name }) => banned.has(name)),
    [],
  );
});

test('no name says Manager, Helper, Util, Handler or Processor', () => {
  const declaration = /\b(?:class|interface|type|function|const)\s+\w*(?:Manager|Helper|Utils?|Handler|Processor)s?\b/;
  assert.deepEqual(matches(sources, declaration), []);
});

test('nothing is left to be done', () => {
  const others = sources.filter(({ path }) => path !== THIS_FILE);
  assert.deepEqual(matches(others, /\b(?:TODO|FIXME|XXX|HACK)\b|not implemented/), []);
});

test('no test is skipped, unfinished or exclusive', () => {
  const tests = sources.filter(({ path }) => path.endsWith('test.ts') && path !== THIS_FILE);
  assert.deepEqual(
    matches(tests, /\b(?:test|it|describe|suite)\.(?:skip|todo|only)\(|\b(?:skip|todo|only): *true/),
    [],
  );
});

test('no path of a machine and no address of a package registry is in the source', async () => {
  const others = await sourceFiles('*.{json,md}');
  const texts = [...sources, ...others.filter(({ path }) => path !== 'package-lock.json')];
  const machine = new RegExp(`(?:^|[^\\w.])/(?:${['root', 'work', 'home', 'farm'].join('|')})/`);
  const registry = /registry\.npmjs|pypi\.org|repo1?\.maven|proxy\.golang|deb\.debian/;
  assert.deepEqual(matches(texts, machine), []);
  assert.deepEqual(
    matches(texts, registry).filter((line) => !line.startsWith(THIS_FILE)),
    [],
  );
});

test('the lock file names no download address', async () => {
  assert.doesNotMatch(await readFile(join(ROOT, 'package-lock.json'), 'utf8'), /"resolved": "http/);
});

/** The folders of `src`, each with those it may import. Files that lie directly in `src/core` may be imported by all. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'core/runtime': [],
  'core/record': [],
  'core/config': ['core/runtime', 'core/record', 'core/bucket', 'core/kafka', 'core/archive'],
  'core/bucket': ['core/runtime', 'core/record'],
  'core/kafka': ['core/runtime', 'core/record'],
  'core/segment': ['core/runtime', 'core/record', 'core/bucket', 'core/kafka'],
  'core/archive': ['core/runtime', 'core/record', 'core/bucket', 'core/segment'],
  storer: ['core'],
  reloader: ['core'],
  load: ['core'],
  deploy: ['core', 'load'],
  'archive-cli': ['core'],
  cli: ['core', 'storer', 'reloader', 'load', 'deploy', 'archive-cli', 'demo'],
  demo: ['core', 'storer', 'reloader', 'load', 'deploy', 'archive-cli'],
};

test('every import follows the dependency order', () => {
  const wrong = sources
    .filter(({ path }) => path.startsWith('src/') && !path.endsWith('test.ts'))
    .flatMap((file) =>
      imports(file).flatMap((target) => (mayImport(file.path, target) ? [] : [`${file.path} -> ${target}`])),
    );
  assert.deepEqual(wrong, []);
});

/** What a file imports from the tree, as paths relative to the root. */
function imports({ path, text }: SourceFile): string[] {
  const specifiers = text.matchAll(/(?:\bfrom|\bimport\(?)\s*'(\.[^']+)'/g);
  return [...specifiers].map(([, specifier = '']) => normalize(join(dirname(path), specifier)));
}

function mayImport(from: string, to: string): boolean {
  const [source, target] = [partOf(from), partOf(to)];
  if (source === target || target === 'core' || !to.startsWith('src/')) return true;
  return (MAY_IMPORT[source] ?? []).some((allowed) => target === allowed || target.startsWith(`${allowed}/`));
}

/** The folder of `src` that a file belongs to: `core/bucket`, `storer`; files directly in `core` belong to `core`. */
function partOf(path: string): string {
  const folders = relative('src', dirname(path)).split('/');
  return folders[0] === 'core' ? folders.slice(0, 2).join('/') : (folders[0] ?? '');
}

test('every exported symbol of the product has a doc comment', () => {
  const exported = /^export (?:async )?(?:function\*?|class|interface|type|const) (\w+)/;
  const bare = sources
    .filter(({ path }) => path.startsWith('src/') && !path.endsWith('test.ts') && !path.includes('/wasm/'))
    .flatMap(({ path, text }) => {
      const lines = text.split('\n');
      return lines.flatMap((line, index) => {
        const name = exported.exec(line)?.[1];
        const documented = /\*\/\s*$/.test(lines[index - 1] ?? '') || overloaded(lines, index, name);
        return name === undefined || documented ? [] : [`${path}:${index + 1}: ${name}`];
      });
    });
  assert.deepEqual(bare, []);
});

/** True for the further signatures of a function whose first one has the comment. */
function overloaded(lines: readonly string[], index: number, name: string | undefined): boolean {
  return lines.slice(0, index).some((line) => new RegExp(`^export (?:async )?function ${name}\\b`).test(line));
}

test('nothing is exported that nobody imports', () => {
  const declared = /^export (?:async )?(?:function\*?|class|const) (\w+)/gm;
  const unused = sources
    .filter(({ path }) => path.startsWith('src/') && !path.includes('/wasm/'))
    .flatMap(({ path, text }) =>
      [...text.matchAll(declared)].flatMap(([, name = '']) => {
        const word = new RegExp(`\\b${name}\\b`);
        return sources.some((other) => other.path !== path && word.test(other.text)) ? [] : [`${path}: ${name}`];
      }),
    );
  assert.deepEqual(unused, []);
});
