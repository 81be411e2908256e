import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TaskControl } from './task-control.ts';

test('a wait ends with what happens first', async () => {
  const control = new TaskControl();
  const never = new Promise<void>(() => undefined);
  assert.equal(await control.wait(Promise.resolve(), undefined), 'ready');
  assert.equal(await control.wait(Promise.reject(new Error('seen by whoever awaits it')), undefined), 'ready');
  assert.equal(await control.wait(never, 0), 'due');
  const waiting = control.wait(never, undefined);
  control.ask('pause');
  assert.equal(await waiting, 'asked');
  assert.equal(control.asked, 'pause');
  assert.equal(await control.wait(Promise.resolve(), undefined), 'asked', 'an order that came between waits is seen');
});

test('abandoning ends a wait and says that nothing may be committed', async () => {
  const control = new TaskControl();
  const waiting = control.wait(new Promise<void>(() => undefined), undefined);
  control.abandon();
  assert.equal(await waiting, 'asked');
  assert.equal(control.asked, undefined);
  assert.equal(control.abandoned.aborted, true);
});
