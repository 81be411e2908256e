import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AppError } from '../errors.ts';
import { type BackoffPolicy, backoffDelayMs, retry, type RetryNotice } from './backoff.ts';
import { ManualClock } from './manual-clock.ts';

const POLICY: BackoffPolicy = { initialMs: 100, delayMaxMs: 1000, attemptsMax: 5 };
const passing = (): AppError => new AppError('KAFKA_UNAVAILABLE', 'no broker');

test('delays double up to the bound, and jitter takes at most half', () => {
  const longest = [1, 2, 3, 4, 5, 6].map((attempt) => backoffDelayMs(POLICY, attempt, () => 0.999_999));
  assert.deepEqual(longest.map(Math.round), [100, 200, 400, 800, 1000, 1000]);
  const shortest = [1, 2, 5].map((attempt) => backoffDelayMs(POLICY, attempt, () => 0));
  assert.deepEqual(shortest, [50, 100, 500]);
});

test('a delay is never above the bound and never below half of the first', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 2000 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (attempt, random) => {
        const delayMs = backoffDelayMs(POLICY, attempt, () => random);
        assert.ok(delayMs >= 50 && delayMs <= 1000);
      },
    ),
  );
});

test('an operation that fails twice succeeds after two waits, each of which was told', async () => {
  const clock = new ManualClock();
  const told: RetryNotice[] = [];
  const result = retry(
    (attempt) => (attempt < 3 ? Promise.reject(passing()) : Promise.resolve(`attempt ${attempt}`)),
    POLICY,
    { clock, random: () => 0.5, onRetry: (notice) => told.push(notice) },
  );
  await clock.advance(74);
  assert.equal(told.length, 1);
  await clock.advance(1 + 150);
  assert.equal(await result, 'attempt 3');
  assert.deepEqual(
    told.map(({ attempt, delayMs }) => [attempt, delayMs]),
    [
      [1, 75],
      [2, 150],
    ],
  );
});

test('an error that will not pass is thrown at once', async () => {
  let calls = 0;
  const failing = (): Promise<never> => {
    calls++;
    return Promise.reject(new AppError('BUCKET_MISSING', 'no bucket'));
  };
  await assert.rejects(retry(failing, POLICY, { clock: new ManualClock() }), { code: 'BUCKET_MISSING' });
  assert.equal(calls, 1);
});

test('attempts are bounded, and the last error is the one that is thrown', async () => {
  const clock = new ManualClock();
  let calls = 0;
  const result = retry(() => Promise.reject(new Error(`failure ${++calls}`)), POLICY, {
    clock,
    isRetryable: () => true,
  });
  const checked = assert.rejects(result, { message: 'failure 5' });
  await clock.advance(60_000);
  await checked;
});

test('the whole time is bounded: no wait begins that would end after it', async () => {
  const clock = new ManualClock();
  const policy = { ...POLICY, attemptsMax: 1000, totalMaxMs: 500 };
  const result = retry(() => Promise.reject(passing()), policy, { clock, random: () => 0.999_999 });
  const checked = assert.rejects(result, { code: 'KAFKA_UNAVAILABLE' });
  await clock.advance(10_000);
  await checked;
  assert.equal(clock.sleeperCount, 0);
});

test('an abort ends the waiting at once', async () => {
  const clock = new ManualClock();
  const abort = new AbortController();
  const result = retry(() => Promise.reject(passing()), POLICY, { clock, signal: abort.signal });
  const checked = assert.rejects(result, { message: 'enough' });
  await clock.advance(0);
  abort.abort(new Error('enough'));
  await checked;
});
