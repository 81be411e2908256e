import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parseTestArguments, PHASES } from './test-arguments.ts';

test('without arguments everything runs', () => {
  assert.deepEqual(parseTestArguments([]), { phases: PHASES, filters: [], namePattern: undefined });
});

test('--only keeps the phases it names, in their order', () => {
  const parsed = parseTestArguments(['--only', 'services', '--only', 'unit', 'kafka']);
  assert.deepEqual(parsed, { phases: ['unit', 'services'], filters: ['kafka'], namePattern: undefined });
});

test('a filter leaves the checks out, unless they are asked for', () => {
  assert.deepEqual(parseTestArguments(['segment']), {
    phases: ['unit', 'services', 'acceptance'],
    filters: ['segment'],
    namePattern: undefined,
  });
});

test('an unknown phase or option is named', () => {
  assert.equal(parseTestArguments(['--only', 'unti']), "there is no phase 'unti'");
  const problem = parseTestArguments(['--onyl', 'unit']);
  assert.ok(typeof problem === 'string' && problem.includes('--onyl'));
});
