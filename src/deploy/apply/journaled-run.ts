import { AppError } from '../../core/errors.ts';
import { assert } from '../../core/assert.ts';
import type { Journal } from '../journal/journal.ts';
import type { Evidence, JsonValue, StepNotes, StepRun } from '../step/step.ts';
import type { ApplyWatcher, AskPerson } from './apply-event.ts';

/** What a run of steps is made from. */
export interface RunContext {
  readonly journal: Journal;
  readonly signal: AbortSignal;
  readonly watch: ApplyWatcher;
  readonly ask: AskPerson;
  readonly nowMs: () => number;
}

/** Ends a step, without an error, until a person has done what only a person can. */
export class WaitingForPerson extends Error {
  readonly instruction: string;

  constructor(instruction: string) {
    super(`waiting for a person: ${instruction}`);
    this.name = 'WaitingForPerson';
    this.instruction = instruction;
  }
}

/** What a step is applied, checked and undone with: everything that it notes is in the journal before it goes on. */
export function journaledRun(context: RunContext, step: string): StepRun {
  const { journal, signal, watch, nowMs } = context;
  const notes: StepNotes = {
    get: (key) => noteOf(journal, step, key),
    note: (key, value) => journal.append({ type: 'note', step, key, value }),
  };
  return {
    notes,
    notesOf: (id) => ({ get: (key) => noteOf(journal, id, key) }),
    signal,
    progress: (progress) => watch({ event: 'progress', step, progress }),
    say: (text) => watch({ event: 'said', step, text }),
    askPerson: (instruction) => askPerson(context, step, instruction),
    async evidence(given) {
      const evidence = { ...given, atMs: nowMs() };
      await journal.append({ type: 'evidence', step, evidence });
      watch({ event: 'evidence', step, evidence });
    },
  };
}

/** What a step's precondition is looked at with: it changes nothing, so it has nothing to note. */
export function preconditionRun(
  { journal, signal, watch, nowMs }: RunContext,
  step: string,
  evidence: { readonly step: string; readonly evidence: Evidence }[],
): StepRun {
  return {
    notes: {
      get: (key) => noteOf(journal, step, key),
      note: () => Promise.reject(new Error(`assertion failed: the precondition of ${step} notes something`)),
    },
    notesOf: (id) => ({ get: (key) => noteOf(journal, id, key) }),
    signal,
    progress: (progress) => watch({ event: 'progress', step, progress }),
    say: (text) => watch({ event: 'said', step, text }),
    askPerson: () => Promise.reject(new Error(`assertion failed: the precondition of ${step} asks a person`)),
    evidence(given) {
      evidence.push({ step, evidence: { ...given, atMs: nowMs() } });
      return Promise.resolve();
    },
  };
}

/** The notes of a step are gone from a deployment that has not begun: there is no state then. */
function noteOf(journal: Journal, step: string, key: string): JsonValue | undefined {
  return journal.state?.steps.get(step)?.notes.get(key);
}

async function askPerson({ journal, signal, ask }: RunContext, step: string, instruction: string): Promise<void> {
  const state = journal.state?.steps.get(step);
  assert(state !== undefined, `the step ${step} is one of the journal's`);
  if (state.answered.has(instruction)) return;
  // Waited for already: that somebody runs `apply` again is the answer. What was asked for is checked in any case.
  const isDone = state.waitingFor === instruction || (await ask(instruction, signal));
  if (!isDone) throw new WaitingForPerson(instruction);
  await journal.append({ type: 'answered', step, instruction });
}

/** The error of a check that did not find what it should. */
export function checkFailed(message: string, subject?: string, hint?: string): AppError {
  return new AppError('DEPLOY_CHECK_FAILED', message, { subject, hint });
}
