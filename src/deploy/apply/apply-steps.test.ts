import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fakeStep, type FakeStepOptions, Killed, MortalWorld } from '../../../test/harness/fake-procedure.ts';
import { ManualClock } from '../../core/runtime/manual-clock.ts';
import { Journal } from '../journal/journal.ts';
import type { DeploymentBegun } from '../journal/journal-event.ts';
import type { Step } from '../step/step.ts';
import type { ApplyEvent, AskPerson } from './apply-event.ts';
import { applySteps, type ApplyOptions, type ApplyOutcome } from './apply-steps.ts';
import { undoSteps, type UndoOutcome } from './undo-steps.ts';

function begun(steps: readonly Step[], facts: DeploymentBegun['facts'] = { topic: 'orders' }): DeploymentBegun {
  const ids = steps.map(({ id }) => id);
  return {
    type: 'begun',
    version: 1,
    name: 'shop',
    id: 'shop-1',
    procedure: 'P1',
    mode: 'parallel',
    facts,
    steps: ids,
  };
}

interface Scene {
  readonly world: MortalWorld;
  readonly steps: readonly Step[];
  readonly events: ApplyEvent[];
  readonly asked: string[];
  readonly options: (changes?: Partial<ApplyOptions>) => Promise<ApplyOptions>;
  /** Every run is a new process, which knows what the journal tells it. */
  readonly apply: (changes?: Partial<ApplyOptions>) => Promise<ApplyOutcome>;
  readonly undo: () => Promise<UndoOutcome>;
}

function scene(given: Readonly<Record<string, FakeStepOptions>>, answer = true): Scene {
  const world = new MortalWorld();
  const clock = new ManualClock();
  const steps = Object.entries(given).map(([id, options]) => fakeStep(world, id, options));
  const events: ApplyEvent[] = [];
  const asked: string[] = [];
  const ask: AskPerson = (instruction) => {
    asked.push(instruction);
    return Promise.resolve(answer);
  };
  const options = async (changes: Partial<ApplyOptions> = {}): Promise<ApplyOptions> => ({
    steps,
    begin: begun(steps),
    journal: await Journal.open(world, clock),
    clock,
    signal: new AbortController().signal,
    watch: (event) => events.push(event),
    ask,
    ...changes,
  });
  return {
    world,
    steps,
    events,
    asked,
    options,
    apply: async (changes) => await applySteps(await options(changes)),
    undo: async () => await undoSteps(await options()),
  };
}

const CALM = { a: {}, b: { lasts: true }, c: {} };

test('steps are applied, checked and noted in order, once', async () => {
  const { world, events, apply, options } = scene(CALM);
  assert.deepEqual(await apply(), { kind: 'finished' });
  assert.deepEqual(
    world.changes,
    ['a', 'b', 'c'].flatMap((id) => [1, 2, 3].map((part) => `+${id}${part} of ${id}-seed`)),
  );
  const { journal } = await options();
  assert.equal(journal.state?.phase, 'finished');
  assert.deepEqual(
    journal.state.steps.get('a')?.evidence.map(({ check }) => check),
    ['a may begin', 'a is there'],
  );
  const lines = world.lines.length;
  assert.deepEqual(await apply(), { kind: 'finished' });
  assert.equal(world.lines.length, lines, 'a second time there is nothing to do');
  assert.deepEqual(events.filter(({ event }) => event === 'step-done').length, 3);
});

test('a process that is killed at any points ends, once it is started often enough, as if it had never been', async () => {
  const undisturbed = scene(CALM);
  await undisturbed.apply();
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat({ max: 60 }), { maxLength: 6 }), async (deaths) => {
      const { world, apply } = scene(CALM);
      for (const points of deaths) {
        world.dieAfter(points);
        await apply().catch(expectDeath);
      }
      world.dieAfter(undefined);
      assert.deepEqual(await apply(), { kind: 'finished' });
      assert.deepEqual(world.changes, undisturbed.world.changes);
    }),
    { numRuns: 500 },
  );
});

test('an undo that is killed at any points leaves, in the end, what cannot be taken back and nothing else', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat({ max: 60 }),
      fc.array(fc.nat({ max: 30 }), { maxLength: 4 }),
      async (appliedPoints, deaths) => {
        const { world, apply, undo } = scene(CALM);
        world.dieAfter(appliedPoints);
        await apply().catch(expectDeath);
        for (const points of deaths) {
          world.dieAfter(points);
          await undo().catch(expectDeathOrNothingBegun);
        }
        world.dieAfter(undefined);
        if (world.lines.length > 0) await undo();
        assert.deepEqual(
          [...world.things].filter((thing) => !thing.startsWith('b')),
          [],
        );
        assert.deepEqual(await apply(), { kind: 'finished' });
        assert.equal(world.things.size, 9);
      },
    ),
    { numRuns: 300 },
  );
});

function expectDeath(error: unknown): void {
  if (!(error instanceof Killed)) throw error;
}

function expectDeathOrNothingBegun(error: unknown): void {
  if (error instanceof Error && 'code' in error) assert.equal(error.code, 'DEPLOY_NOT_BEGUN');
  else expectDeath(error);
}

test('a precondition of the last step that does not hold is found before the first one changes anything', async () => {
  let refuses = true;
  const { world, apply } = scene({ a: {}, z: { refuses: () => refuses } });
  await assert.rejects(apply(), { code: 'KAFKA_TOPIC_MISSING' });
  assert.deepEqual([world.changes, world.lines], [[], []]);
  refuses = false;
  assert.deepEqual(await apply({ begin: begun([], { topic: 'other' }), steps: [] }), { kind: 'finished' });
});

test('a check that fails is noted with its code, and its step is carried out again', async () => {
  let fails = true;
  const { apply, options, world } = scene({ a: { fails: () => fails }, b: {} });
  await assert.rejects(apply(), { code: 'DEPLOY_CHECK_FAILED' });
  const { journal } = await options();
  assert.deepEqual(journal.state?.steps.get('a')?.error, {
    code: 'DEPLOY_CHECK_FAILED',
    message: 'a does not hold',
  });
  assert.equal(journal.state.steps.get('b')?.status, 'pending');
  world.things.delete('a2 of a-seed');
  fails = false;
  assert.deepEqual(await apply(), { kind: 'finished' });
  assert.equal((await options()).journal.state?.steps.get('a')?.error, undefined);
  assert.ok(world.things.has('a2 of a-seed'));
});

test('a step that needs a person waits, and the next apply is the answer', async () => {
  const { apply, asked, options } = scene({ a: {}, b: { asks: 'turn the key' }, c: {} }, false);
  const waiting = { kind: 'waiting', step: 'b', instruction: 'turn the key' };
  assert.deepEqual(await apply(), waiting);
  assert.equal((await options()).journal.state?.steps.get('b')?.waitingFor, 'turn the key');
  assert.deepEqual(await apply(), { kind: 'finished' });
  assert.deepEqual(asked, ['turn the key'], 'asked once');
});

test('whoever was killed while a person was asked asks again', async () => {
  const { apply, asked, world } = scene({ b: { asks: 'turn the key' } }, false);
  // Before the line that says that it waits.
  world.dieAfter(8);
  await assert.rejects(apply(), Killed);
  assert.deepEqual(asked, ['turn the key']);
  world.dieAfter(undefined);
  assert.equal((await apply()).kind, 'waiting');
  assert.deepEqual(asked, ['turn the key', 'turn the key']);
});

test('what is being taken back cannot be carried on', async () => {
  const { apply, undo, world, events } = scene({ a: {}, b: { lasts: true } });
  await assert.rejects(undo(), { code: 'DEPLOY_NOT_BEGUN' });
  await apply();
  world.dieAfter(3);
  await assert.rejects(undo(), Killed);
  world.dieAfter(undefined);
  await assert.rejects(apply(), { code: 'DEPLOY_UNDO_BEGUN' });
  await undo();
  assert.ok(events.some((event) => event.event === 'undo-impossible' && event.reason === 'it is for ever'));
  assert.deepEqual(await undo(), { kind: 'undone', undone: [], impossible: [] });
  await apply();
  assert.equal(world.rotations, 1, 'the journal of what was undone is put aside');
});

test('what stays of a step that is taken back is told, by whichever undo comes to the end', async () => {
  const { apply, undo, world } = scene({ a: { leaves: 'readers have seen it' }, b: {} });
  await apply();
  world.dieAfter(14);
  await assert.rejects(undo(), Killed);
  world.dieAfter(undefined);
  const outcome = await undo();
  const impossible = [{ step: 'a', title: 'Do a', reason: 'readers have seen it' }];
  assert.deepEqual(outcome.kind === 'undone' && outcome.impossible, impossible);
  assert.deepEqual([...world.things], []);
});

test('a stop is no failure of the step', async () => {
  const { options } = scene({ a: {}, b: {} });
  const stop = new AbortController();
  const given = await options({ signal: stop.signal });
  const watch = (event: ApplyEvent): void => {
    if (event.event === 'step-done') stop.abort(new Error('stopped'));
  };
  await assert.rejects(applySteps({ ...given, watch }), /stopped/);
  const { journal } = await options();
  assert.deepEqual(
    [...(journal.state?.steps.values() ?? [])].map(({ status, error }) => [status, error]),
    [
      ['done', undefined],
      ['pending', undefined],
    ],
  );
});
