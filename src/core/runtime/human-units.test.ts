import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatBytes, formatCompact, formatCount, formatDuration, formatRate } from './human-units.ts';

test('counts have commas', () => {
  assert.deepEqual([0, 999, 1000, 1_234_567, -45_000].map(formatCount), ['0', '999', '1,000', '1,234,567', '-45,000']);
  assert.equal(formatCount(12_345_678_901_234_567_890n), '12,345,678,901,234,567,890');
});

test('amounts have about two digits, and rounding never shows four before the unit', () => {
  const amounts = [0, 0.25, 7, 512, 999, 999.6, 1000, 1234, 9949, 9950, 34_400, 999_499, 999_500, 1_249_000, 2.1e9];
  assert.deepEqual(amounts.map(formatCompact), [
    '0',
    '0.3',
    '7',
    '512',
    '999',
    '1.0 k',
    '1.0 k',
    '1.2 k',
    '9.9 k',
    '10 k',
    '34 k',
    '999 k',
    '1.0 M',
    '1.2 M',
    '2.1 G',
  ]);
});

test('sizes and rates', () => {
  assert.deepEqual([0, 512, 34_000_000].map(formatBytes), ['0 B', '512 B', '34 MB']);
  assert.equal(formatRate(1_230_000, 'records'), '1.2 M records/s');
  assert.equal(formatRate(34_000_000, 'bytes'), '34 MB/s');
});

test('durations go from milliseconds to days', () => {
  const durations = [0, 350, 999.7, 1234, 9949, 9951, 59_499, 59_500, 125_000, 3_600_000, 11_040_000, 176_400_000];
  assert.deepEqual(durations.map(formatDuration), [
    '0 ms',
    '350 ms',
    '1.0 s',
    '1.2 s',
    '9.9 s',
    '10 s',
    '59 s',
    '1 min',
    '2 min 5 s',
    '1 h',
    '3 h 4 min',
    '2 d 1 h',
  ]);
});
