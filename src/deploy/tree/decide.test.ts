import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAppError } from '../../core/errors.ts';
import type { DeploymentFacts, DeploymentMode, ProcedureId } from '../facts/deployment-facts.ts';
import { decide, walkTree } from './decide.ts';
import { DECISION_TREE, type Fork, type Outcome } from './decision-tree.ts';

const OLDER = { greenfield: false, olderDataWanted: true };
const CRITICAL = { ...OLDER, nearRealTimeCritical: true };
const RELAXED = { ...OLDER, nearRealTimeCritical: false };
const NO_CDC = { ...RELAXED, cdc: false };
const NO_IMPORT = { ...NO_CDC, scheduledFullImport: false };

/** What the guidelines say, path by path, in their order. */
const GUIDELINES: readonly (readonly [string, DeploymentFacts, ProcedureId])[] = [
  ['parallel deployment in a greenfield', { greenfield: true }, 'P1'],
  ['existing, preceding data not wanted', { greenfield: false, olderDataWanted: false }, 'P1'],
  ['critical, CDC with several tasks', { ...CRITICAL, cdc: true, cdcSeveralIngestionTasks: true }, 'P2'],
  ['critical, CDC with one task', { ...CRITICAL, cdc: true, cdcSeveralIngestionTasks: false }, 'P3'],
  ['not critical, CDC', { ...RELAXED, cdc: true }, 'P4'],
  ['not critical, massive import', { ...NO_CDC, scheduledFullImport: true }, 'P1'],
  ['raw data not archived', { ...NO_IMPORT, rawDataArchived: false, dumpReconstructible: true }, 'P6'],
  ['raw data archived, dump possible', { ...NO_IMPORT, rawDataArchived: true, dumpPossible: true }, 'P5'],
  ['raw data archived, no dump', { ...NO_IMPORT, rawDataArchived: true, dumpPossible: false }, 'P3'],
];

for (const [name, facts, procedure] of GUIDELINES) {
  test(`the guidelines' path "${name}" leads to ${procedure}`, () => {
    const decision = decide(facts, 'parallel');
    assert.equal(decision.procedure, procedure);
    assert.equal(decision.covered, true);
  });
}

/** Where the guidelines have no answer. */
const UNCOVERED: readonly (readonly [string, DeploymentFacts, DeploymentMode, ProcedureId])[] = [
  ['sequential greenfield', { greenfield: true }, 'sequential', 'P1'],
  ['critical, imports but no CDC', { ...CRITICAL, cdc: false, scheduledFullImport: true }, 'parallel', 'P1'],
  ['critical, neither CDC nor imports', { ...CRITICAL, cdc: false, scheduledFullImport: false }, 'parallel', 'P3'],
  ['no history anywhere', { ...NO_IMPORT, rawDataArchived: false, dumpReconstructible: false }, 'parallel', 'P3'],
];

for (const [name, facts, mode, procedure] of UNCOVERED) {
  test(`"${name}" is not covered; the nearest procedure is ${procedure}, with its risk`, () => {
    const decision = decide(facts, mode);
    assert.equal(decision.procedure, procedure);
    assert.equal(decision.covered, false);
    assert.match(decision.outcome.risk ?? '', /\w{3}/);
  });
}

test('those are all the ends of the tree', () => {
  assert.equal(outcomesBelow(DECISION_TREE).length, GUIDELINES.length + UNCOVERED.length);
});

function outcomesBelow(at: Fork | Outcome): Outcome[] {
  return at.kind === 'outcome' ? [at] : at.answers.flatMap(({ to }) => outcomesBelow(to));
}

const FACTS = [
  'greenfield',
  'olderDataWanted',
  'nearRealTimeCritical',
  'cdc',
  'cdcSeveralIngestionTasks',
  'scheduledFullImport',
  'rawDataArchived',
  'dumpPossible',
  'dumpReconstructible',
] as const satisfies readonly (keyof DeploymentFacts)[];

/** Yes, no and unknown for every fact: 3^9. */
function* combinations(): Generator<DeploymentFacts> {
  const values = [true, false, undefined];
  for (let index = 0; index < values.length ** FACTS.length; index++) {
    const digits = FACTS.map((fact, place) => [fact, values[Math.floor(index / 3 ** place) % 3]] as const);
    yield Object.fromEntries(digits);
  }
}

test('every combination of facts ends in one procedure, or in a refusal that names the facts', () => {
  const seen = { decided: 0, missing: 0, contradictory: 0 };
  const ends = new Set<string>();
  for (const mode of ['parallel', 'sequential'] as const) {
    for (const facts of combinations()) {
      try {
        const decision = decide(facts, mode);
        seen.decided++;
        ends.add(decision.outcome.id);
        assert.equal(new Set(decision.path.map(({ fork }) => fork.id)).size, decision.path.length);
        assert.equal(decision.covered || decision.outcome.risk !== undefined, true);
        // Each fork on the path was answered as the facts say, and none was passed without an answer.
        for (const { fork, answer } of decision.path) {
          assert.equal(answer.value, fork.asks === 'mode' ? mode : facts[fork.asks]);
        }
      } catch (error) {
        if (isAppError(error, 'DEPLOY_FACTS_CONTRADICTORY')) seen.contradictory++;
        else if (isAppError(error, 'DEPLOY_FACTS_MISSING')) {
          seen.missing++;
          const asked = (error.subject ?? '').replace('facts.', '') as keyof DeploymentFacts;
          assert.equal(facts[asked], undefined);
        } else throw error;
      }
    }
  }
  assert.deepEqual(seen, { decided: 11_416, missing: 16_232, contradictory: 11_718 });
  assert.equal(ends.size, outcomesBelow(DECISION_TREE).length);
});

test('facts beyond the path do not change where it leads', () => {
  for (const facts of combinations()) {
    const { path, end } = walkTree({ facts, mode: 'parallel' });
    const asked = path.flatMap(({ fork }) => (fork.asks === 'mode' ? [] : [[fork.asks, facts[fork.asks]] as const]));
    assert.equal(walkTree({ facts: Object.fromEntries(asked), mode: 'parallel' }).end, end);
  }
});

test('a missing answer is named with its question, and what may be asked after it', () => {
  assert.throws(() => decide({ greenfield: false, olderDataWanted: true }, 'parallel'), {
    code: 'DEPLOY_FACTS_MISSING',
    subject: 'facts.nearRealTimeCritical',
    message:
      'the decision tree needs an answer that is missing:\n' +
      '  - facts.nearRealTimeCritical: Do readers of the topics need changes within seconds, even while bucket storage is being installed?\n' +
      '  Depending on the answer, these too: facts.cdc, facts.cdcSeveralIngestionTasks, facts.scheduledFullImport, ' +
      'facts.rawDataArchived, facts.dumpReconstructible, facts.dumpPossible',
  });
});

test('all contradictions are told at once', () => {
  const facts = { greenfield: true, olderDataWanted: true, rawDataArchived: false, dumpPossible: true };
  assert.throws(
    () => decide(facts, 'parallel'),
    (error) => {
      assert.ok(isAppError(error, 'DEPLOY_FACTS_CONTRADICTORY'));
      assert.match(error.message, /facts\.greenfield/);
      assert.match(error.message, /facts\.dumpPossible/);
      return true;
    },
  );
});

test('what the tree does not ask for is remarked on', () => {
  const both = decide({ ...RELAXED, cdc: true, scheduledFullImport: true }, 'sequential');
  assert.equal(both.remarks.length, 2);
  assert.match(both.remarks.join(' '), /deployment of their own/);
  const { remarks } = decide({ ...CRITICAL, cdc: false, scheduledFullImport: false, dumpPossible: true }, 'parallel');
  assert.match(remarks.join(' '), /A dump can be made/);
});
