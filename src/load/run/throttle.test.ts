import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ManualClock } from '../../core/runtime/manual-clock.ts';
import { Throttle } from './throttle.ts';

const never = new AbortController().signal;

/** Takes the counts one after another; gives the milliseconds that passed. */
async function timeFor(counts: readonly number[], perSecond: number): Promise<number> {
  const clock = new ManualClock();
  const throttle = new Throttle(perSecond, clock);
  for (const count of counts) {
    const waitMs = throttle.waitMs();
    const taken = throttle.take(count, never);
    await clock.advance(waitMs);
    await taken;
  }
  return clock.monotonicMs();
}

test('what was taken is paid for before the next is: the rate is never exceeded, and nearly reached', async () => {
  const counts = fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 2, maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(counts, fc.integer({ min: 10, max: 5000 }), async (taken, perSecond) => {
      const paid = taken.slice(0, -1).reduce((sum, count) => sum + count, 0);
      const dueMs = (paid * 1000) / perSecond;
      const tookMs = await timeFor(taken, perSecond);
      assert.ok(tookMs >= dueMs - 1e-6, `${tookMs} ms are too few for ${dueMs}`);
      assert.ok(tookMs <= dueMs + taken.length, `${tookMs} ms are too many for ${dueMs}`);
    }),
    { numRuns: 50 },
  );
});

test('time that was not used is made up for, but no more than a second of it', async () => {
  const clock = new ManualClock();
  const throttle = new Throttle(100, clock);
  await clock.advance(60_000);
  await throttle.take(100, never);
  assert.equal(throttle.waitMs(), 0, 'a second of the minute is there to be used');
  await throttle.take(50, never);
  assert.equal(throttle.waitMs(), 500);
});

test('who waits stops waiting when the signal aborts', async () => {
  const clock = new ManualClock();
  const throttle = new Throttle(1, clock);
  await throttle.take(10, never);
  const stop = new AbortController();
  const waiting = throttle.take(1, stop.signal);
  stop.abort(new Error('stopped'));
  await assert.rejects(waiting, { message: 'stopped' });
});
