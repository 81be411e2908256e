import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseDuration, showDuration } from './parse-duration.ts';

test('durations', () => {
  const cases: [string | number, number | undefined][] = [
    ['500ms', 500],
    ['30s', 30_000],
    ['10m', 600_000],
    ['1h30m', 5_400_000],
    ['1.5s', 1500],
    ['2d', 172_800_000],
    [1500, 1500],
    ['', undefined],
    ['10', undefined],
    ['10 m', undefined],
    ['-1s', undefined],
    ['1w', undefined],
    [-1, undefined],
    [0.5, undefined],
    ['0.1ms', undefined],
  ];
  for (const [given, ms] of cases) assert.equal(parseDuration(given), ms, String(given));
});

test('what is shown is read back', () => {
  fc.assert(fc.property(fc.nat({ max: 1e12 }), (ms) => assert.equal(parseDuration(showDuration(ms)), ms)));
  assert.equal(showDuration(5_400_000), '1h30m');
});
