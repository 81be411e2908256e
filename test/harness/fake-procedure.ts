import { AppError } from '../../src/core/errors.ts';
import type { JournalStore } from '../../src/deploy/journal/journal.ts';
import type { Step, StepRun } from '../../src/deploy/step/step.ts';

/** A process that was killed. */
export class Killed extends Error {}

/**
 * The world that a procedure changes, which outlives every process; and the process, which dies at the point that is
 * asked for. A point is a change of the world or a line of the journal: the process may die before it, or right after.
 */
export class MortalWorld implements JournalStore {
  readonly subject = 'memory';
  readonly things = new Set<string>();
  /** Every change that was made, in order. */
  readonly changes: string[] = [];
  lines: string[] = [];
  rotations = 0;
  /** Points until death; undefined: it lives on. */
  #left: number | undefined;

  dieAfter(points: number | undefined): void {
    this.#left = points;
  }

  /** Changes the world once: a thing that is there already is not made again. */
  async make(thing: string): Promise<void> {
    await this.#point(() => {
      if (this.things.has(thing)) return;
      this.things.add(thing);
      this.changes.push(`+${thing}`);
    });
  }

  async take(thing: string): Promise<void> {
    await this.#point(() => {
      if (this.things.delete(thing)) this.changes.push(`-${thing}`);
    });
  }

  read(): Promise<readonly string[]> {
    return Promise.resolve([...this.lines]);
  }

  async append(line: string): Promise<void> {
    await this.#point(() => this.lines.push(line));
  }

  rotate(): Promise<void> {
    this.lines = [];
    this.rotations++;
    return Promise.resolve();
  }

  async #point(change: () => void): Promise<void> {
    await Promise.resolve();
    if (this.#left === 0) throw new Killed();
    change();
    if (this.#left === undefined) return;
    this.#left -= 1;
    if (this.#left === 0) throw new Killed();
    this.#left -= 1;
  }
}

/** How a made-up step is. */
export interface FakeStepOptions {
  readonly asks?: string;
  readonly fails?: () => boolean;
  readonly refuses?: () => boolean;
  readonly lasts?: boolean;
  /** What stays when the rest is taken back. */
  readonly leaves?: string;
}

/**
 * A step that notes what it is about to do, does it in three changes, and takes it back but for a step that lasts. Its
 * check finds whether all of it is there.
 */
export function fakeStep(world: MortalWorld, id: string, options: FakeStepOptions = {}): Step {
  const parts = [1, 2, 3].map((part) => `${id}${part}`);
  const refuse = (code: 'DEPLOY_CHECK_FAILED' | 'KAFKA_TOPIC_MISSING'): never => {
    throw new AppError(code, `${id} does not hold`);
  };
  const step: Step = {
    id,
    title: `Do ${id}`,
    guideline: undefined,
    describe: () =>
      Promise.resolve({
        inputs: [],
        changes: [`makes ${id}`],
        preconditions: [],
        checks: [],
        undo: options.lasts === true ? undefined : 'takes it away',
        undoImpossible: options.lasts === true ? 'it is for ever' : undefined,
      }),
    precondition: async (run) => {
      await run.evidence({ check: `${id} may begin`, outcome: 'passed', found: null });
      if (options.refuses?.() === true) refuse('KAFKA_TOPIC_MISSING');
    },
    apply: async (run) => {
      if (run.notes.get('seed') === undefined) await run.notes.note('seed', `${id}-seed`);
      if (options.asks !== undefined) await run.askPerson(options.asks);
      for (const part of parts) await world.make(partOf(run, part));
    },
    check: async (run) => {
      if (options.fails?.() === true) refuse('DEPLOY_CHECK_FAILED');
      const found = parts.filter((part) => world.things.has(`${part} of ${id}-seed`));
      if (found.length !== parts.length) refuse('DEPLOY_CHECK_FAILED');
      await run.evidence({ check: `${id} is there`, outcome: 'passed', found });
    },
  };
  if (options.lasts === true) return step;
  const undo = async (run: StepRun): Promise<void> => {
    for (const part of parts.toReversed()) await world.take(partOf(run, part));
  };
  return { ...step, undo, stays: options.leaves };
}

/** Named by what was noted before, so that a run which forgets its notes makes other things. */
function partOf(run: StepRun, part: string): string {
  const seed = run.notes.get('seed');
  return `${part} of ${typeof seed === 'string' ? seed : 'nothing'}`;
}
