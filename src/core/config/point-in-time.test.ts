import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePointInTime } from './point-in-time.ts';
import { startPosition } from './start-position.ts';

test('times need a zone, and days must exist', () => {
  assert.equal(parsePointInTime('2026-01-31T00:00:00Z'), Date.UTC(2026, 0, 31));
  assert.equal(parsePointInTime('2026-01-31T02:00+02:00'), Date.UTC(2026, 0, 31));
  assert.equal(parsePointInTime('2026-01-31'), Date.UTC(2026, 0, 31));
  for (const given of ['2026-01-31T00:00:00', '2026-02-30', '2026-02-30T00:00Z', '2026-13-01', 'yesterday', '2026']) {
    assert.equal(parsePointInTime(given), undefined, given);
  }
});

test('start positions', () => {
  assert.deepEqual(startPosition.parse('EARLIEST'), { value: 'earliest' });
  assert.deepEqual(startPosition.parse('2026-01-31T00:00:00Z'), { value: { timestampMs: Date.UTC(2026, 0, 31) } });
  assert.ok('problem' in startPosition.parse('none'));
  assert.ok('problem' in startPosition.parse(17));
});
