import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { paletteFor } from './colours.ts';
import { displayWidth, formatTable } from './text-table.ts';

test('columns are as wide as their widest cell, numbers stand right, lines end without blanks', () => {
  const columns = [{ title: 'FOLDER' }, { title: 'RECORDS', align: 'right' }, { title: 'NOTE' }] as const;
  const rows = [['orders', '1,234,567', ''], ['x', '9', 'small'], ['short']];
  assert.equal(
    formatTable(columns, rows),
    ['FOLDER    RECORDS  NOTE', 'orders  1,234,567', 'x               9  small', 'short', ''].join('\n'),
  );
});

test('colours take no room, wide characters take two places', () => {
  const palette = paletteFor(true);
  assert.equal(displayWidth(palette.red(palette.bold('KO'))), 2);
  assert.equal(displayWidth('日本'), 4);
  assert.equal(displayWidth('e\u0301té'), 3);
  assert.equal(displayWidth('✅'), 2);
  const table = formatTable(
    [{ title: 'A' }, { title: 'B' }],
    [
      [palette.red('bad'), '1'],
      ['good', '2'],
    ],
  );
  assert.deepEqual(
    table.split('\n').map((line) => stripVTControlCharacters(line)),
    ['A     B', 'bad   1', 'good  2', ''],
  );
});
