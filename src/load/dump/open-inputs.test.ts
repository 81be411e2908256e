import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { isAppError } from '../../core/errors.ts';
import type { RowSource } from '../row/row.ts';
import { openInputs, type OpenInputsOptions } from './open-inputs.ts';

async function folderOf(t: TestContext, files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bss-inputs-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  return folder;
}

async function* textStream(text: string): AsyncGenerator<Uint8Array> {
  for (const character of text) yield Buffer.from(character);
}

async function open(inputs: readonly string[], more: Partial<OpenInputsOptions> = {}): Promise<RowSource[]> {
  return await openInputs({ inputs, stdin: textStream(''), ...more });
}

/** `table: rows` of every batch. */
async function rowsOf(sources: readonly RowSource[]): Promise<string[]> {
  const found: string[] = [];
  for (const source of sources) {
    for await (const batch of source.read(0, new AbortController().signal)) {
      found.push(`${batch.table}: ${batch.rows.map((row) => row.map(String).join('|')).join(' ')}`);
    }
  }
  return found;
}

async function refusal(inputs: readonly string[], more: Partial<OpenInputsOptions> = {}): Promise<string> {
  try {
    await open(inputs, more);
  } catch (error) {
    assert.ok(isAppError(error, 'LOAD_INPUT_UNREADABLE'), String(error));
    return `${error.message} ${error.hint ?? ''}`;
  }
  return assert.fail('it was opened');
}

test('a folder is read with all below it, sorted, each file as the table of its name', async (t) => {
  const folder = await folderOf(t, {
    'b.csv': 'id\n1\n',
    'a/orders.csv.gz': gzipSync('id\n2\n'),
    'a-z.tsv': 'id\tname\n3\tx,y\n',
    'part/items.csv/part-0001.csv': 'id\n4\n',
    'z.jsonl': '{"id":5}\n',
    _SUCCESS: '',
    '.hidden/x.csv': 'id\n9\n',
  });
  const expected = ['a-z: 3|x,y', 'orders: 2', 'b: 1', 'items: 4', 'z: 5'];
  assert.deepEqual(await rowsOf(await open([folder])), expected);
  assert.deepEqual(await rowsOf(await open([pathToFileURL(folder).href])), expected);
});

test('links in a folder are followed', async (t) => {
  const folder = await folderOf(t, { 'elsewhere/x/orders.csv': 'id\n1\n', 'data/readme/.keep': '' });
  await symlink(join(folder, 'elsewhere/x'), join(folder, 'data/linked'));
  assert.deepEqual(await rowsOf(await open([join(folder, 'data')])), ['orders: 1']);
});

test('a file by itself names no table, unless it is said', async (t) => {
  const folder = await folderOf(t, { 'orders.csv': 'id\n1\n', 'x=y.csv': 'id\n2\n' });
  assert.deepEqual(await rowsOf(await open([join(folder, 'orders.csv')])), ['undefined: 1']);
  assert.deepEqual(await rowsOf(await open([`public.orders=${join(folder, 'orders.csv')}`])), ['public.orders: 1']);
  assert.deepEqual(await rowsOf(await open([join(folder, 'x=y.csv')])), ['undefined: 2']);
});

test('the standard input is told by its first bytes and read whole', async () => {
  const text = '{"id":1}\n{"id":2}\n';
  const sources = await open(['lines=-'], { stdin: textStream(text) });
  assert.deepEqual(await rowsOf(sources), ['lines: 1', 'lines: 2']);
  assert.equal(sources[0]?.readOnce, true);
  assert.deepEqual(await rowsOf(await open(['-'], { stdin: textStream('id\n7\n'), format: 'csv' })), ['undefined: 7']);
});

test('what is not there, empty or unknown is refused with what to do', async (t) => {
  const folder = await folderOf(t, {
    'x.dat': 'what is this',
    'e/_SUCCESS': '',
    'p.dump': 'PGDMP\u0001',
    'a.x': '[{}]',
  });
  assert.match(await refusal([join(folder, 'none.csv')]), /ENOENT/);
  assert.match(await refusal([join(folder, 'x.dat')]), /neither its name nor its first bytes.*input\.format/);
  assert.match(await refusal([join(folder, 'e')]), /holds no files/);
  assert.match(await refusal([join(folder, 'p.dump')]), /custom or directory format.*pg_restore -f -/);
  assert.match(await refusal([join(folder, 'a.x')]), /one JSON array.*jq -c/);
  assert.match(await refusal(['-']), /cannot read standard input/);
});

test('progress counts compressed bytes', async (t) => {
  const packed = gzipSync('id\n1\n');
  const folder = await folderOf(t, { 'x.csv.gz': packed });
  const [source] = await open([join(folder, 'x.csv.gz')]);
  assert.ok(source);
  await rowsOf([source]);
  assert.deepEqual([source.sizeBytes, source.readBytes], [packed.length, packed.length]);
  assert.deepEqual(await rowsOf([source]), ['undefined: 1'], 'it can be read again');
});
