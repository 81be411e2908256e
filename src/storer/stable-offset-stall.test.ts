import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STALL_WARNING_MS, StableOffsetStall } from './stable-offset-stall.ts';

test('warns once when the stable offset stands still behind the log', () => {
  const stall = new StableOffsetStall();
  assert.equal(stall.seen(10n, 20n, 0), false);
  assert.equal(stall.sinceMs, 0);
  assert.equal(stall.seen(10n, 30n, STALL_WARNING_MS - 1), false);
  assert.equal(stall.seen(10n, 40n, STALL_WARNING_MS), true);
  assert.equal(stall.seen(10n, 50n, 2 * STALL_WARNING_MS), false);
});

test('starts anew when it moves, and is over when it reaches the end', () => {
  const stall = new StableOffsetStall();
  stall.seen(10n, 20n, 0);
  stall.seen(15n, 25n, STALL_WARNING_MS);
  assert.equal(stall.sinceMs, STALL_WARNING_MS);
  assert.equal(stall.seen(15n, 30n, 2 * STALL_WARNING_MS), true);
  stall.seen(30n, 30n, 2 * STALL_WARNING_MS + 1);
  assert.equal(stall.sinceMs, undefined);
});
