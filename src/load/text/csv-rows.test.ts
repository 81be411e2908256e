import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { rawRow } from '../row/raw-rows.ts';
import type { RowValue } from '../row/row.ts';
import { csvDialect, type CsvOptions } from './csv-options.ts';
import { CsvRows } from './csv-rows.ts';
import type { TextRows } from './text-rows.ts';

const ROW_BYTES_MAX = 10_000;

/** A row, or what is wrong with it. */
interface FoundRow {
  readonly line: number;
  readonly values: readonly RowValue[] | string;
}

/** Rows of a text that comes in pieces, cut at the given places. */
function rowsOf(text: string, options: CsvOptions = {}, cuts: readonly number[] = []): FoundRow[] {
  const rows = new CsvRows(csvDialect(options), ROW_BYTES_MAX);
  const found: FoundRow[] = [];
  const characters = Array.from(text);
  let from = 0;
  for (const cut of cuts.toSorted((a, b) => a - b)) {
    found.push(...inOrder(rows.push(Buffer.from(characters.slice(from, cut).join('')), false)));
    from = cut;
  }
  found.push(...inOrder(rows.push(Buffer.from(characters.slice(from).join('')), true)));
  return found;
}

function inOrder({ raw, lines, bad }: TextRows): FoundRow[] {
  const rows: FoundRow[] = lines.map((line, row) => ({ line, values: rawRow(raw, row) }));
  for (const { before, line, reason } of bad.toReversed()) rows.splice(before, 0, { line, values: reason });
  return rows;
}

function valuesOf(text: string, options: CsvOptions = {}): unknown[] {
  return rowsOf(text, options).map(({ values }) => values);
}

function written(value: string | null): string {
  return value === null ? '' : `"${value.replaceAll('"', '""')}"`;
}

const field = fc.oneof(
  fc.constant(null),
  fc.string({ unit: fc.constantFrom('a', 'é', '😀', ',', '"', '\n', '\r', ' ') }),
);

test('what is written as RFC 4180 says is read back, wherever the pieces are cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(field, { minLength: 2, maxLength: 5 }), { minLength: 1, maxLength: 6 }),
      fc.array(fc.nat(200), { maxLength: 6 }),
      fc.constantFrom('\n', '\r\n'),
      fc.boolean(),
      (rows, cuts, newline, endsOpen) => {
        const lines = rows.map((row) => row.map(written).join(','));
        const text = lines.join(newline) + (endsOpen ? '' : newline);
        const found = rowsOf(
          text,
          {},
          cuts.map((cut) => Math.min(cut, text.length)),
        );
        assert.deepEqual(
          found.map(({ values }) => values),
          rows,
        );
        let line = 1;
        for (const [index, row] of found.entries()) {
          assert.equal(row.line, line);
          line += (lines[index] ?? '').split('\n').length;
        }
      },
    ),
  );
});

test('an unquoted empty field is null, a quoted one is not; the text for null can be another', () => {
  assert.deepEqual(valuesOf('a,,""\n'), [['a', null, '']]);
  assert.deepEqual(valuesOf('a,NULL,"NULL",\n', { nullText: 'NULL' }), [['a', null, 'NULL', '']]);
  assert.deepEqual(valuesOf('a,\n', { nullText: false }), [['a', '']]);
});

test('delimiter, quote and escape can be others', () => {
  assert.deepEqual(valuesOf(`'a;b';'it\\'s'\n`, { delimiter: ';', quote: "'", escape: '\\' }), [['a;b', "it's"]]);
  assert.deepEqual(valuesOf('a"b|c\n', { delimiter: '|', quote: '' }), [['a"b', 'c']]);
  assert.deepEqual(valuesOf('a\\,b,c\n', { escape: '\\' }), [['a,b', 'c']]);
});

test('a row that cannot be read costs itself, and nothing after it', () => {
  assert.deepEqual(valuesOf('1,a"b\n2,c\n'), ['a quote within a field that does not begin with one', ['2', 'c']]);
  assert.deepEqual(valuesOf('1,"a"b\n2,c\n'), ['text after the closing quote of a field', ['2', 'c']]);
  assert.deepEqual(valuesOf('1,a\n2,"c\n'), [['1', 'a'], 'a quote is opened and never closed']);
});

test('empty lines are no rows, but are counted as lines', () => {
  assert.deepEqual(
    rowsOf('a,b\n\r\n\nc,d').map((row) => row.line),
    [1, 4],
  );
});
