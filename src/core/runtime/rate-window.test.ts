import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RateWindow } from './rate-window.ts';

test('the rate is that of the window, not of all time', () => {
  const window = new RateWindow({ windowMs: 10_000 });
  assert.equal(window.perSecond(), 0);
  for (let second = 0; second <= 60; second++) window.add(second * 1000, second < 30 ? 0 : (second - 30) * 500);
  assert.equal(window.perSecond(), 500);
});

test('many samples in a short time keep their start', () => {
  const window = new RateWindow({ windowMs: 10_000 });
  for (let ms = 0; ms <= 5000; ms++) window.add(ms, ms * 2);
  assert.equal(window.perSecond(), 2000);
});
