import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { RowValue } from '../row/row.ts';
import { mysqlReader } from './mysql-values.ts';

function read(dataType: string, text: string, columnType = dataType): RowValue {
  return mysqlReader(dataType, columnType)(Buffer.from(text, 'utf8'));
}

test('values are what the server wrote, digit for digit', () => {
  assert.equal(read('bigint', '18446744073709551615'), 18446744073709551615n);
  assert.deepEqual(read('decimal', '-0.500'), { kind: 'decimal', text: '-0.500' });
  assert.equal(read('double', '1e300'), 1e300);
  assert.deepEqual(read('datetime', '1969-12-31 23:59:59.999999'), { kind: 'timestamp', epochUs: -1n });
  assert.deepEqual(read('timestamp', '2026-01-31 10:00:00.000001'), { kind: 'instant', epochUs: 1769853600000001n });
  assert.deepEqual(read('date', '2026-01-31'), { kind: 'date', epochDay: 20_484 });
  assert.deepEqual(read('time', '12:34:56.000001'), { kind: 'time', us: 45_296_000_001n });
  assert.deepEqual(read('json', '{"n": 1.10}'), { kind: 'document', json: '{"n": 1.10}' });
  assert.equal(read('varchar', 'è😀'), 'è😀');
  assert.equal(read('bit', '\u0001', 'bit(1)'), true);
  assert.deepEqual(read('bit', '\u0001\u0002', 'bit(9)'), Buffer.from([1, 2]));
  assert.deepEqual(read('blob', '\u0000'), Buffer.from([0]));
});

test('what no kind holds stays a text', () => {
  assert.equal(read('date', '0000-00-00'), '0000-00-00');
  assert.equal(read('time', '-01:00:00'), '-01:00:00');
  assert.equal(read('datetime', '0000-00-00 00:00:00'), '0000-00-00 00:00:00');
});

test('a float is the shortest text that is that float', () => {
  assert.equal(read('float', String(Math.fround(0.1))), 0.1);
  assert.equal(read('float', '16777216'), 16_777_216);
  assert.equal(read('float', String(Math.fround(123.456_79))), 123.456_79);
});
