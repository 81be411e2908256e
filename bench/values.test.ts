import assert from 'node:assert/strict';
import { test } from 'node:test';
import { constants, zstdCompressSync } from 'node:zlib';

import { makeKeys, makeValues, VALUE_BYTES, type ValueSize } from './values.ts';

/** The archive's lines (docs/format.md), written plainly. */
function lines(size: ValueSize, count: number): Buffer {
  const [values, keys] = [makeValues(size, count, 1), makeKeys(count, 2)];
  const text = values.map((value, offset) => {
    const timestamp = new Date(Date.UTC(2026, 2, 1) + Math.floor(offset / 100)).toISOString();
    const record = { timestamp, partition: 3, offset, key: String(keys[offset]), payload: String(value) };
    return `${JSON.stringify(record)}\n`;
  });
  return Buffer.from(text.join(''));
}

function ratioOf(plain: Buffer): number {
  return plain.length / zstdCompressSync(plain, { params: { [constants.ZSTD_c_compressionLevel]: 1 } }).length;
}

for (const size of ['small', 'large'] as const) {
  test(`the ${size} values have exactly ${VALUE_BYTES[size]} bytes, are JSON, and the same for the same seed`, () => {
    const values = makeValues(size, 500, 7);
    assert.deepEqual(values, makeValues(size, 500, 7));
    assert.notDeepEqual(values, makeValues(size, 500, 8));
    for (const value of values) {
      assert.equal(value.length, VALUE_BYTES[size]);
      assert.equal(typeof JSON.parse(String(value)), 'object');
    }
  });

  test(`zstd level 1 makes the lines of ${size} values no smaller than a quarter, and no larger than a half`, () => {
    const ratio = ratioOf(lines(size, (1024 * 1024) / VALUE_BYTES[size]));
    assert.ok(ratio > 2 && ratio <= 4, `ratio ${ratio.toFixed(2)}`);
  });
}
