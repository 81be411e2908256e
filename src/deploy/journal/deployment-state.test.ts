import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DeploymentState, nextState } from './deployment-state.ts';
import type { JournalEvent } from './journal-event.ts';

const BEGUN: JournalEvent = {
  type: 'begun',
  version: 1,
  name: 'shop',
  id: 'shop-1',
  procedure: 'P1',
  mode: 'parallel',
  facts: {},
  steps: ['a'],
};

function stateAfter(...events: readonly JournalEvent[]): DeploymentState | undefined {
  let state: DeploymentState | undefined;
  for (const [atMs, event] of [BEGUN, ...events].entries()) state = nextState(state, { ...event, atMs });
  return state;
}

function found(check: string, outcome: 'passed' | 'failed' | 'noted'): JournalEvent {
  return { type: 'evidence', step: 'a', evidence: { check, outcome, found: null, atMs: 0 } };
}

function checks(state: DeploymentState | undefined): (readonly string[])[] {
  return (state?.steps.get('a')?.evidence ?? []).map(({ check, outcome }) => [check, outcome]);
}

test('a step that is carried out again is not held to what its former attempt did not find', () => {
  const started = { type: 'step-started', step: 'a' } as const;
  const failed = { type: 'step-failed', step: 'a', message: 'no' } as const;
  const before = [found('precondition', 'noted'), started, found('size', 'passed'), found('events', 'failed'), failed];
  const ours = [
    ['precondition', 'noted'],
    ['size', 'passed'],
  ];
  assert.deepEqual(checks(stateAfter(...before)), [...ours, ['events', 'failed']]);
  assert.deepEqual(checks(stateAfter(...before, started)), ours);
});
