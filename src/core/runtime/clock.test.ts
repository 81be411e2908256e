import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from './clock.ts';
import { ManualClock } from './manual-clock.ts';

for (const [name, clock] of [
  ['system', systemClock],
  ['manual', new ManualClock(1000)],
] as const) {
  test(`the ${name} clock rejects a sleep with the signal's reason, before and during it`, async () => {
    const abort = new AbortController();
    const during = assert.rejects(clock.sleep(1_000_000, abort.signal), { message: 'stop' });
    abort.abort(new Error('stop'));
    await during;
    await assert.rejects(clock.sleep(1_000_000, abort.signal), { message: 'stop' });
  });
}

test('the manual clock wakes sleepers in order of time, and lets each sleep again on the way', async () => {
  const clock = new ManualClock(5000);
  const seen: string[] = [];
  const nap = async (name: string, ms: number, times: number): Promise<void> => {
    for (let count = 0; count < times; count++) {
      await clock.sleep(ms);
      seen.push(`${name}@${clock.nowMs()}`);
    }
  };
  void nap('a', 30, 2);
  void nap('b', 20, 3);
  await clock.advance(59);
  assert.deepEqual(seen, ['b@5020', 'a@5030', 'b@5040']);
  await clock.advance(1);
  assert.deepEqual(seen.slice(3), ['a@5060', 'b@5060']);
  assert.equal(clock.monotonicMs(), 60);
  assert.equal(clock.sleeperCount, 0);
});
