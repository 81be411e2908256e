import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { paletteFor } from '../../core/runtime/colours.ts';
import { displayWidth } from '../../core/runtime/text-table.ts';
import type { Step } from '../step/step.ts';
import { decide } from '../tree/decide.ts';
import { describeSteps } from './deployment-plan.ts';
import { planJson } from './plan-json.ts';
import { planText } from './plan-text.ts';

const OPTIONS = { width: 80, palette: paletteFor(false), ascii: false };
const DEPLOYMENT = { name: 'shop', mode: 'parallel' } as const;

const LOAD = {
  id: 'load',
  title: 'Execute the initial load',
  guideline: 'Execute an Initial Load procedure',
  description: {
    inputs: ['connector shop', 'topics orders, customers'],
    changes: ['every row of two tables is written to its topic, which takes as long as the source lets it take'],
    preconditions: ['the connector is stopped'],
    checks: ['counts equal'],
    undo: undefined,
    undoImpossible: 'records cannot be taken out of a topic',
    estimate: { records: 1_234_567, bytes: 340_000_000, durationMs: 125_000 },
  },
};
const LOOK = {
  id: 'look',
  title: 'Look at the landscape',
  guideline: undefined,
  description: { inputs: [], changes: [], preconditions: [], checks: [], undo: undefined },
};

test('every step tells what it is given, needs, changes and checks, and how it is taken back', () => {
  const decision = decide({ greenfield: true }, 'parallel');
  const text = planText({ deployment: DEPLOYMENT, decision, steps: [LOOK, LOAD] }, OPTIONS);
  assert.equal(text.slice(text.indexOf('\nSteps')), EXPECTED_STEPS);
});

const EXPECTED_STEPS = `
Steps

 1  Look at the landscape  look
    changes  nothing

 2  Execute the initial load  load
    from     the guidelines: Execute an Initial Load procedure
    given    connector shop
             topics orders, customers
    needs    the connector is stopped
    changes  every row of two tables is written to its topic, which takes as
             long as the source lets it take
    checks   counts equal
    undo     not possible: records cannot be taken out of a topic
    moves    1.2 M records, 340 MB, about 2 min 5 s
`;

test('the reason of every fork is told, and what is risked where the guidelines have no answer', () => {
  const decision = decide({ greenfield: true }, 'sequential');
  const text = planText({ deployment: DEPLOYMENT, decision, steps: undefined }, OPTIONS);
  const flat = text.replaceAll(/\s+/g, ' ');
  for (const { fork, answer } of decision.path) {
    assert.ok(flat.includes(fork.question));
    assert.ok(flat.includes(answer.because));
  }
  assert.match(flat, /P1 Simple deployment, the nearest procedure/);
  assert.ok(flat.includes(`Risk: ${decision.outcome.risk}`));
});

test('no line is longer than the terminal, and colours change no character', () => {
  const decision = decide({ greenfield: true }, 'sequential');
  const plan = { deployment: DEPLOYMENT, decision, steps: [LOOK, LOAD] };
  const plain = planText(plan, { ...OPTIONS, width: 72 });
  assert.ok(Math.max(...plain.split('\n').map(displayWidth)) <= 72);
  const coloured = planText(plan, { ...OPTIONS, width: 72, palette: paletteFor(true) });
  assert.equal(stripVTControlCharacters(coloured), plain);
});

test('programs get the same', () => {
  const decision = decide({ greenfield: true }, 'parallel');
  const json = planJson({ deployment: DEPLOYMENT, decision, steps: [LOAD] });
  assert.deepEqual(json, {
    name: 'shop',
    mode: 'parallel',
    decision: {
      procedure: 'P1',
      title: 'Simple deployment',
      summary: 'Storer and Reloader are configured and started, from a position that is chosen.',
      covered: true,
      guideline: 'New installation, parallel: the services are configured and started.',
      risk: null,
      remarks: [],
      path: decision.path.map(({ fork, answer }) => ({
        fork: fork.id,
        asks: fork.asks,
        question: fork.question,
        answer: answer.value,
        because: answer.because,
        guideline: fork.guideline,
      })),
    },
    steps: [{ id: 'load', title: LOAD.title, guideline: LOAD.guideline, ...LOAD.description, undo: null }],
  });
});

test('steps are asked in order, and only asked', async () => {
  const asked: string[] = [];
  const step = (id: string): Step => ({
    ...LOOK,
    id,
    describe: async () => {
      asked.push(id);
      return LOOK.description;
    },
    precondition: async () => assert.fail(),
    apply: async () => assert.fail(),
    check: async () => assert.fail(),
  });
  const planned = await describeSteps([step('a'), step('b')]);
  assert.deepEqual(asked, ['a', 'b']);
  assert.deepEqual(
    planned.map(({ id }) => id),
    ['a', 'b'],
  );
});
