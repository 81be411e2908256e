import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { textInput } from '../../../test/harness/load-dump.ts';
import type { RowBatch, RowSource } from '../row/row.ts';
import { openCsv } from './open-csv.ts';
import { openJsonLines } from './open-json-lines.ts';

async function batchesOf(source: RowSource, fromRow = 0): Promise<RowBatch[]> {
  return await Array.fromAsync(source.read(fromRow, new AbortController().signal));
}

/** Each row as an object of the fields that it has. */
async function objectsOf(source: RowSource): Promise<Record<string, unknown>[]> {
  return (await batchesOf(source)).flatMap(({ columns, rows }) =>
    rows.map((row) =>
      Object.fromEntries(columns.flatMap(({ name }, i) => (row[i] === undefined ? [] : [[name, row[i]]]))),
    ),
  );
}

test('CSV in other encodings; what is not text in them ends the reading', async () => {
  const latin = Buffer.from('id,name\n1,Zürich\n', 'latin1');
  assert.deepEqual(await objectsOf(openCsv(textInput(latin), { encoding: 'latin1' })), [{ id: '1', name: 'Zürich' }]);
  await assert.rejects(objectsOf(openCsv(textInput(latin))), { code: 'LOAD_INPUT_UNREADABLE' });
  const wide = Buffer.from('\ufeffid,name\n1,日本😀\n', 'utf16le');
  assert.deepEqual(await objectsOf(openCsv(textInput(wide), { encoding: 'utf-16le' })), [{ id: '1', name: '日本😀' }]);
  const marked = '\ufeffid\n7\n';
  assert.deepEqual(await objectsOf(openCsv(textInput(marked))), [{ id: '7' }]);
});

test('CSV without a header, or with names of its own', async () => {
  assert.deepEqual(await objectsOf(openCsv(textInput('1,a\n'), { header: false })), [{ column1: '1', column2: 'a' }]);
  assert.deepEqual(await objectsOf(openCsv(textInput('x,y\n1,a\n'), { columns: ['id', 'name'] })), [
    { id: '1', name: 'a' },
  ]);
  await assert.rejects(objectsOf(openCsv(textInput('id,id\n1,a\n'))), { code: 'LOAD_INPUT_UNREADABLE' });
  await assert.rejects(objectsOf(openCsv(textInput('id,name\r1,a\r2,b\r'))), { message: /carriage returns alone/ });
  assert.deepEqual(await objectsOf(openCsv(textInput('id,"na\r\nme"\r\n1,a\r\n'))), [{ id: '1', 'na\r\nme': 'a' }]);
});

test('a source that is opened at a row gives the same rows from there', async () => {
  const source = openCsv(textInput(`id\n${Array.from({ length: 5000 }, (_, i) => i).join('\n')}\n`));
  const [first] = await batchesOf(source, 4999);
  assert.deepEqual([first?.first.row, first?.rows], [4999, [['4999']]]);
  assert.deepEqual(await batchesOf(source, 5000), []);
});

test('JSON lines: numbers keep their digits, documents their text, and every line its own fields', async () => {
  const text = '{"id":12345678901234567890,"x":1.10,"d":{"a": [1,2]}}\n\n{"id":1,"new":null,"x":-0}\n{"x":true}\n';
  assert.deepEqual(await objectsOf(openJsonLines(textInput(text))), [
    { id: 12345678901234567890n, x: { kind: 'decimal', text: '1.10' }, d: { kind: 'document', json: '{"a": [1,2]}' } },
    { id: 1n, x: { kind: 'decimal', text: '-0' }, new: null },
    { x: true },
  ]);
});

test('JSON lines that are none are bad rows with their line', async () => {
  const [batch] = await batchesOf(openJsonLines(textInput('{"a":1}\n{"a":\n[1]\n{"a":1,"a":2}\n{"a":2}\n')));
  assert.deepEqual(batch?.rows, [[1n], [2n]]);
  assert.deepEqual(batch?.rowNumbers, [0, 4]);
  assert.deepEqual(
    batch?.bad.map(({ position }) => position.line),
    [2, 3, 4],
  );
  assert.deepEqual(batch?.bad.at(-1)?.reason, 'the field "a" is there twice');
});

test('texts of JSON are read as JSON.parse reads them', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.dictionary(fc.string(), fc.string({ unit: 'grapheme' })), { maxLength: 5 }),
      async (rows) => {
        const text = rows.map((row) => JSON.stringify(row)).join('\n');
        const expected = rows.map((row) => Object.fromEntries(Object.entries(row)));
        assert.deepEqual(await objectsOf(openJsonLines(textInput(text))), expected);
      },
    ),
  );
});
