import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  assertTransition,
  isFinal,
  JOB_COMMANDS,
  JOB_STATES,
  jobState,
  TASK_STATES,
  TASK_TRANSITIONS,
  type TaskCounts,
  wishAfter,
} from './job-state.ts';

const NONE: TaskCounts = { planned: 0, running: 0, paused: 0, stopped: 0, succeeded: 0, failed: 0 };
const anyCount = fc.nat({ max: 3 });
const anyCounts = fc.record({
  planned: anyCount,
  running: anyCount,
  paused: anyCount,
  stopped: anyCount,
  succeeded: anyCount,
  failed: anyCount,
});
const anyWish = fc.constantFrom('run', 'pause', 'stop');

test('the life of a job that nobody disturbs', () => {
  assert.equal(jobState('run', { ...NONE, planned: 3 }), 'planned');
  assert.equal(jobState('run', { ...NONE, planned: 2, running: 1 }), 'running');
  assert.equal(jobState('run', { ...NONE, planned: 2, succeeded: 1 }), 'running');
  assert.equal(jobState('run', { ...NONE, succeeded: 3 }), 'succeeded');
  assert.equal(jobState('run', NONE), 'succeeded', 'nothing to do is done');
});

test('pausing and stopping last until no task is running', () => {
  assert.equal(jobState('pause', { ...NONE, running: 1, paused: 1 }), 'running');
  assert.equal(jobState('pause', { ...NONE, planned: 1, paused: 1 }), 'paused');
  assert.equal(jobState('run', { ...NONE, planned: 1, paused: 1 }), 'running', 'resumed, not taken up again yet');
  assert.equal(jobState('stop', { ...NONE, running: 1, planned: 1 }), 'stopping');
  assert.equal(jobState('stop', { ...NONE, stopped: 1, planned: 1, paused: 1 }), 'stopped');
  assert.equal(jobState('stop', { ...NONE, succeeded: 2 }), 'succeeded', 'the stop came too late');
});

test('a failed task stops the others, whatever the wish', () => {
  fc.assert(
    fc.property(anyWish, anyCounts, (wish, counts) => {
      const state = jobState(wish, { ...counts, failed: counts.failed + 1 });
      assert.equal(state, counts.running > 0 ? 'stopping' : 'failed');
    }),
  );
});

test('a job is never finished while a task may be writing, and never goes on without one that can', () => {
  fc.assert(
    fc.property(anyWish, anyCounts, (wish, counts) => {
      const state = jobState(wish, counts);
      if (counts.running > 0) assert.ok(!isFinal(state) && state !== 'paused' && state !== 'planned', state);
      if (wish === 'stop' || counts.failed > 0) assert.ok(state !== 'running' && state !== 'planned', state);
      if (state === 'succeeded') assert.equal(counts.planned + counts.paused + counts.stopped + counts.failed, 0);
    }),
  );
});

test('commands: the whole table', () => {
  for (const state of JOB_STATES) {
    for (const command of ['pause', 'resume', 'stop'] as const) {
      const wish = JOB_COMMANDS[state][command];
      if (wish === 'refused') {
        assert.throws(() => wishAfter(command, state, 'j1'), { code: 'RELOAD_JOB_STATE', subject: 'j1' });
      } else {
        assert.equal(wishAfter(command, state, 'j1'), wish);
      }
    }
  }
  for (const state of ['succeeded', 'failed'] as const) {
    assert.deepEqual(JOB_COMMANDS[state], { pause: 'refused', resume: 'refused', stop: 'refused' });
  }
  assert.equal(JOB_COMMANDS.stopping.resume, 'refused', 'a stop is not taken back');
});

test('a command has the state that it asks for as its outcome, and repeating it changes nothing', () => {
  fc.assert(
    fc.property(anyWish, anyCounts, fc.constantFrom('pause', 'resume', 'stop'), (wish, counts, command) => {
      const next = JOB_COMMANDS[jobState(wish, counts)][command];
      if (next === 'refused' || counts.failed > 0) return;
      assert.equal(JOB_COMMANDS[jobState(next, counts)][command], next);
      const quiet = jobState(next, { ...counts, paused: counts.paused + counts.running, running: 0 });
      if (command === 'pause') assert.equal(quiet, 'paused');
      if (command === 'stop') assert.equal(quiet, 'stopped');
      if (command === 'resume') assert.ok(quiet === 'running' || quiet === 'planned', quiet);
    }),
  );
});

test('tasks: every transition is allowed or crashes; the last states are the last', () => {
  for (const from of TASK_STATES) {
    assert.equal(TASK_TRANSITIONS[from].length === 0, isFinal(from));
    for (const to of TASK_STATES) {
      if (TASK_TRANSITIONS[from].includes(to)) assertTransition(from, to);
      else assert.throws(() => assertTransition(from, to), /assertion failed/);
    }
  }
});
