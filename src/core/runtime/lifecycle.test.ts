import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { runService, type Service } from './lifecycle.ts';
import { ManualClock } from './manual-clock.ts';

/** A service that runs until it is stopped, and takes as long for that as the test says. */
function startService(changes: Partial<Service> = {}) {
  const ended = Promise.withResolvers<void>();
  const stopped = Promise.withResolvers<void>();
  const signals = new EventEmitter();
  const clock = new ManualClock();
  const errors: unknown[] = [];
  const service: Service = { run: () => ended.promise, stop: () => stopped.promise, ...changes };
  const exitCode = runService(service, { signals, clock, stopTimeoutMs: 1000, onError: (error) => errors.push(error) });
  return { ended, stopped, signals, clock, errors, exitCode };
}

test('a service that is done gives exit code 0', async () => {
  const { ended, exitCode, signals } = startService();
  ended.resolve();
  assert.equal(await exitCode, 0);
  assert.equal(signals.listenerCount('SIGTERM') + signals.listenerCount('SIGINT'), 0);
});

test('a service that fails gives exit code 1 and its error, once', async () => {
  const { ended, exitCode, errors } = startService();
  ended.reject(new Error('broken'));
  assert.equal(await exitCode, 1);
  assert.deepEqual(errors, [new Error('broken')]);
});

for (const signal of ['SIGTERM', 'SIGINT']) {
  test(`${signal} stops the service, and waits for stop and run both, in either order`, async () => {
    for (const runEndsFirst of [true, false]) {
      const { ended, stopped, signals, exitCode, clock } = startService();
      let code: number | undefined;
      void exitCode.then((value) => (code = value));
      signals.emit(signal, signal);
      (runEndsFirst ? ended : stopped).resolve();
      await clock.advance(0);
      assert.equal(code, undefined);
      (runEndsFirst ? stopped : ended).resolve();
      assert.equal(await exitCode, 0);
    }
  });
}

test('stopping that takes too long is an error', async () => {
  const { signals, exitCode, clock, errors } = startService();
  signals.emit('SIGTERM', 'SIGTERM');
  await clock.advance(1000);
  assert.equal(await exitCode, 1);
  assert.equal((errors[0] as { code: string }).code, 'STOP_TIMEOUT');
});

test('a second signal ends at once, with the code that shells give it', async () => {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    const { signals, exitCode } = startService();
    signals.emit('SIGTERM', 'SIGTERM');
    signals.emit(signal, signal);
    assert.equal(await exitCode, code);
  }
});

test('an error while stopping is an error', async () => {
  const { signals, stopped, exitCode, errors } = startService();
  signals.emit('SIGTERM', 'SIGTERM');
  stopped.reject(new Error('could not commit'));
  assert.equal(await exitCode, 1);
  assert.deepEqual(errors, [new Error('could not commit')]);
});
