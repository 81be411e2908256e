import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withDeadline } from './deadline.ts';
import { ManualClock } from './manual-clock.ts';

const late = (): Error => new Error('too late');

test('work that is in time gives its outcome, and nothing keeps waiting', async () => {
  const clock = new ManualClock();
  assert.equal(await withDeadline(Promise.resolve(7), 100, clock, late), 7);
  await assert.rejects(withDeadline(Promise.reject(new Error('broken')), 100, clock, late), { message: 'broken' });
  assert.equal(clock.sleeperCount, 0);
});

test('work that is not in time is given up', async () => {
  const clock = new ManualClock();
  const work = Promise.withResolvers<number>();
  const checked = assert.rejects(withDeadline(work.promise, 100, clock, late), { message: 'too late' });
  await clock.advance(100);
  await checked;
  work.reject(new Error('nobody listens any more'));
});
