/** Dumps that the real tools wrote: see test/golden/dumps/README.md. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { RowValue, SourceColumn } from '../row/row.ts';
import { openInputs } from './open-inputs.ts';

const FOLDER = join(import.meta.dirname, '../../../test/golden/dumps');

interface Read {
  readonly columns: readonly SourceColumn[];
  readonly rows: (readonly RowValue[])[];
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** Rows by table; none may be bad. */
async function tablesOf(file: string, fromRow = 0): Promise<ReadonlyMap<string, Read>> {
  const tables = new Map<string, Read>();
  const inputs = [join(FOLDER, file)];
  for (const source of await openInputs({ inputs, stdin: nothing(), keysFirst: true })) {
    for await (const batch of source.read(fromRow, new AbortController().signal)) {
      assert.deepEqual(batch.bad, []);
      const name = batch.table ?? '';
      const table = tables.get(name) ?? { columns: batch.columns, rows: [] };
      assert.equal(batch.columns, table.columns, 'the columns of a table are one array');
      table.rows.push(...batch.rows);
      tables.set(name, table);
    }
  }
  return tables;
}

/** The rows as objects, texts for whatever is not bytes or null. */
function plain(tables: ReadonlyMap<string, Read>, name: string): Record<string, unknown>[] {
  const table = tables.get(name);
  assert.ok(table, `there is a table ${name}`);
  return table.rows.map((row) => {
    const fields = table.columns.map((column, index) => [column.name, plainValue(row[index])] as const);
    return Object.fromEntries(fields.filter(([, value]) => value !== undefined));
  });
}

function plainValue(value: RowValue): unknown {
  if (value === undefined || value === null || value instanceof Uint8Array) return value;
  if (typeof value === 'boolean') return value ? 't' : 'f';
  if (typeof value !== 'object') return String(value);
  return value.kind === 'decimal' ? value.text : assert.fail(`a ${value.kind} does not come from SQL`);
}

function typesOf(tables: ReadonlyMap<string, Read>, name: string): Record<string, string | undefined> {
  return Object.fromEntries(tables.get(name)?.columns.map((column) => [column.name, column.type]) ?? []);
}

const POSTGRES = ['postgres-copy.sql', 'postgres-inserts.sql', 'postgres-column-inserts.sql'];

test('all ways in which pg_dump writes rows say the same', async () => {
  const [copied, ...inserted] = await Promise.all(POSTGRES.map((file) => tablesOf(file)));
  assert.ok(copied);
  const names = ['Odd Names.my "table".x', 'public.nokey', 'public.nothing', 'public.parted_eu', 'public.samples'];
  assert.deepEqual([...copied.keys()], names);
  for (const tables of inserted) {
    assert.deepEqual([...tables.keys()], names);
    for (const name of names) assert.deepEqual(plain(tables, name), plain(copied, name));
  }
});

test('values, types and keys of pg_dump', async () => {
  const tables = await tablesOf('postgres-copy.sql');
  assert.deepEqual(plain(tables, 'Odd Names.my "table".x'), [
    { 'a b': '1', SELECT: 'one', 'x"y': 'k1', ключ: 'да' },
    { 'a b': '2', SELECT: null, 'x"y': 'k2', ключ: '' },
  ]);
  const keys = tables.get('Odd Names.my "table".x')?.columns.map(({ keyOrdinal }) => keyOrdinal);
  assert.deepEqual(keys, [1, undefined, 0, undefined]);
  const [first, second, third, fourth] = plain(tables, 'public.samples');
  assert.equal(first?.['bytes'], String.raw`\x00ff5c27`);
  assert.equal(first?.['docb'], String.raw`{"b": [1, 2, "x\ty"]}`);
  assert.equal(first?.['tags'], String.raw`{x,"y,\"z\"",NULL}`);
  assert.equal(second?.['name'], 'tab\tnew\nline\rreturn\\back\b\fv\'quote"');
  assert.equal(second?.['note'], String.raw`\N`);
  assert.equal(second?.['code'], null);
  assert.equal(third?.['name'], 'ünïcødé 😀 €');
  assert.equal(third?.['free'], '123456789012345678901234567890.123456789');
  assert.equal(fourth?.['name'], String.raw`\.`);
  const types = typesOf(tables, 'public.samples');
  assert.equal(types['price'], 'numeric(12,2)');
  assert.equal(types['at3'], 'timestamp(3) with time zone');
  assert.equal(types['name'], 'character varying(40)');
});

test('mysqldump, with bytes written raw and in hexadecimal digits', async () => {
  const raw = await tablesOf('mariadb-plain.sql');
  const hex = await tablesOf('mariadb-hex-blob.sql');
  const compact = await tablesOf('mariadb-compact.sql');
  for (const name of ['nokey', 'odd `name`.x', 'samples']) {
    assert.deepEqual(plain(hex, name), plain(raw, name));
    assert.deepEqual(plain(compact, `shop.${name}`), plain(raw, name));
  }
  const [first, second, third] = plain(raw, 'samples');
  assert.deepEqual(first?.['bytes'], Buffer.from('00ff5c270a0d1a22', 'hex'));
  assert.deepEqual(first?.['bits'], Buffer.from([2, 1]));
  assert.equal(first?.['price'], '12345.60');
  assert.equal(first?.['kind'], "d'e");
  assert.equal(second?.['name'], 'tab\tnew\nline\rreturn\\back\0nul\u001asub\'q"dq%_');
  assert.deepEqual(second?.['fixed'], Buffer.from('ab\0\0'));
  assert.deepEqual(second?.['bytes'], Buffer.alloc(0));
  assert.equal(third?.['note'], "a'b`c;-- x /* y */");
  assert.equal(third?.['day'], '0000-00-00');
  assert.equal(typesOf(raw, 'samples')['id'], 'bigint(20) unsigned');
  const keys = raw.get('odd `name`.x')?.columns.map(({ keyOrdinal }) => keyOrdinal);
  assert.deepEqual(keys, [1, 0]);
});

test('a dump that is opened at a row goes on there', async () => {
  for (const file of ['postgres-copy.sql', 'mariadb-plain.sql']) {
    const all = [...(await tablesOf(file)).values()].flatMap(({ rows }) => rows);
    for (let from = 0; from <= all.length; from++) {
      const rest = [...(await tablesOf(file, from)).values()].flatMap(({ rows }) => rows);
      assert.deepEqual(rest, all.slice(from));
    }
  }
});
