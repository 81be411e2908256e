import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseSize, showSize } from './parse-size.ts';

test('sizes: powers of two and of ten are not the same', () => {
  const cases: [string | number, number | undefined][] = [
    ['64MiB', 67_108_864],
    ['8MB', 8_000_000],
    ['512 KiB', 524_288],
    ['1.5GiB', 1_610_612_736],
    ['10B', 10],
    [1024, 1024],
    ['1024', undefined],
    ['8mb', undefined],
    ['8M', undefined],
    ['', undefined],
    [-1, undefined],
    ['0.3B', undefined],
  ];
  for (const [given, bytes] of cases) assert.equal(parseSize(given), bytes, String(given));
});

test('what is shown is read back', () => {
  fc.assert(fc.property(fc.nat({ max: 2 ** 50 }), (bytes) => assert.equal(parseSize(showSize(bytes)), bytes)));
  assert.equal(showSize(33_554_432), '32MiB');
});
