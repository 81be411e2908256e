import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '../../core/errors.ts';
import type { Clock } from '../../core/runtime/clock.ts';
import type { LoadState } from '../cdc/cdc-driver.ts';
import type { StepProgress } from '../step/step.ts';
import { awaitLoad, type LoadUnderWay } from './await-load.ts';

const SILENT = new AppError('DEPLOY_CDC_UNREACHABLE', 'connect ECONNREFUSED');

/** A load that is asked for its state every minute; `undefined` is no answer. */
function load(answers: (LoadState['state'] | undefined)[], seen: StepProgress[] = []): LoadUnderWay {
  let elapsedMs = 0;
  const clock: Clock = {
    nowMs: () => elapsedMs,
    monotonicMs: () => elapsedMs,
    sleep: () => Promise.resolve(),
  };
  const state = (): Promise<LoadState> => {
    elapsedMs += 60_000;
    const found = answers.shift();
    return found === undefined ? Promise.reject(SILENT) : Promise.resolve({ state: found, detail: null });
  };
  return {
    subject: 'connector shop',
    state,
    written: () => Promise.resolve(seen.length * 100),
    total: 300,
    progress: (at) => void seen.push(at),
    clock,
    signal: new AbortController().signal,
    timeoutMs: 86_400_000,
  };
}

test('a load goes on while the CDC does not answer for some minutes, and how far it is is told all the time', async () => {
  const seen: StepProgress[] = [];
  const answers = ['running', undefined, undefined, 'running', 'finished'] as const;
  assert.deepEqual(await awaitLoad(load([...answers], seen)), { state: 'finished', detail: null });
  assert.deepEqual(
    seen.map(({ done, total, text }) => [done, total, text]),
    [
      [0, 300, 'written by the CDC'],
      [100, 300, 'the CDC does not answer'],
      [200, 300, 'the CDC does not answer'],
      [300, 300, 'written by the CDC'],
      [400, 300, 'written by the CDC'],
    ],
  );
});

test('a CDC that does not answer any more, or whose load has failed, is an error', async () => {
  const outage = Array.from({ length: 10 }, () => undefined);
  await assert.rejects(awaitLoad(load(['running', ...outage, 'finished'])), SILENT);
  await assert.rejects(awaitLoad(load(['running', 'failed'])), { code: 'DEPLOY_CDC_FAILED' });
});
