import { assert } from '../../core/assert.ts';
import { AppError, isAppError } from '../../core/errors.ts';
import type { Clock } from '../../core/runtime/clock.ts';
import { isUnderWay } from '../journal/deployment-state.ts';
import type { DeploymentBegun } from '../journal/journal-event.ts';
import type { Evidence, Step } from '../step/step.ts';
import type { ApplyWatcher, AskPerson } from './apply-event.ts';
import type { Journal } from '../journal/journal.ts';
import { journaledRun, preconditionRun, type RunContext, WaitingForPerson } from './journaled-run.ts';

/** A procedure that is to be carried out, and where it is noted. */
export interface ApplyOptions {
  readonly steps: readonly Step[];
  /** What the journal is to begin with, should nothing have begun. */
  readonly begin: DeploymentBegun;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly watch: ApplyWatcher;
  readonly ask: AskPerson;
  /** The last step to be carried out; all when absent. */
  readonly until?: string | undefined;
}

/** How far it came. */
export type ApplyOutcome =
  | { readonly kind: 'finished' }
  /** A person is to do something; a further apply goes on. */
  | { readonly kind: 'waiting'; readonly step: string; readonly instruction: string }
  /** The step of `until` is done. */
  | { readonly kind: 'reached'; readonly step: string };

/**
 * Carries out the steps that are not done: each is applied, then checked, then done. Before anything is changed all
 * preconditions are looked at, and again right before each step. It goes on where a former run ended, however that
 * ended.
 * @throws DEPLOY_UNDO_BEGUN, and the errors of the steps, which are noted before.
 */
export async function applySteps(options: ApplyOptions): Promise<ApplyOutcome> {
  const { steps, journal, watch, until } = options;
  const context: RunContext = { ...options, nowMs: () => options.clock.nowMs() };
  await beginOrGoOn(options, context);
  for (const [index, step] of steps.entries()) {
    if (statusOf(journal, step) !== 'done') {
      watch({ event: 'step-started', step: step.id, title: step.title, number: index + 1, steps: steps.length });
      const waiting = await carryOut(step, options, context);
      if (waiting !== undefined) return waiting;
    }
    if (step.id === until && index < steps.length - 1) return { kind: 'reached', step: step.id };
  }
  for (const step of steps) await step.uphold?.(journaledRun(context, step.id));
  if (journal.state?.phase !== 'finished') await journal.append({ type: 'finished' });
  watch({ event: 'finished' });
  return { kind: 'finished' };
}

async function beginOrGoOn(options: ApplyOptions, context: RunContext): Promise<void> {
  const { steps, begin, journal, watch } = options;
  const { state } = journal;
  if (state !== undefined && isUnderWay(state)) {
    if (state.phase === 'undoing') throw undoBegun(journal);
    assert(state.begun.steps.join() === steps.map(({ id }) => id).join(), 'a procedure keeps its steps');
    const done = [...state.steps.values()].filter(({ status }) => status === 'done').length;
    watch({ event: 'resumed', done, steps: steps.length });
    await checkPreconditions(
      steps.filter((step) => statusOf(journal, step) === 'pending'),
      context,
    );
    return;
  }
  watch({ event: 'checking', steps: steps.length });
  // Nothing of a former deployment holds for this one, whether it was undone or never came to its first step.
  if (state !== undefined) await journal.rotate();
  const evidence = await checkPreconditions(steps, context);
  await journal.append(begin);
  for (const found of evidence) await journal.append({ type: 'evidence', ...found });
}

async function checkPreconditions(
  steps: readonly Step[],
  context: RunContext,
): Promise<{ readonly step: string; readonly evidence: Evidence }[]> {
  const evidence: { readonly step: string; readonly evidence: Evidence }[] = [];
  for (const step of steps) {
    context.signal.throwIfAborted();
    await step.precondition(preconditionRun(context, step.id, evidence));
  }
  return evidence;
}

async function carryOut(
  step: Step,
  { journal, watch, signal, clock }: ApplyOptions,
  context: RunContext,
): Promise<ApplyOutcome | undefined> {
  const startedMs = clock.monotonicMs();
  const run = journaledRun(context, step.id);
  try {
    signal.throwIfAborted();
    // Applied, and then the process was killed: all that is left is to look at it.
    if (statusOf(journal, step) !== 'applied') {
      if (statusOf(journal, step) === 'pending') await step.precondition(preconditionRun(context, step.id, []));
      await journal.append({ type: 'step-started', step: step.id });
      await step.apply(run);
      await journal.append({ type: 'step-applied', step: step.id });
    }
    await step.check(run);
    await journal.append({ type: 'step-done', step: step.id });
  } catch (error) {
    if (error instanceof WaitingForPerson) return await noteWaiting(step, error.instruction, journal, watch);
    // Told to stop: no failure of the step, which goes on from where it is.
    if (!signal.aborted) await noteFailure(journal, step, error);
    throw error;
  }
  watch({ event: 'step-done', step: step.id, title: step.title, durationMs: clock.monotonicMs() - startedMs });
  return undefined;
}

/** Notes that only a person can go on. */
export async function noteWaiting(
  step: Step,
  instruction: string,
  journal: Journal,
  watch: ApplyWatcher,
): Promise<{ readonly kind: 'waiting'; readonly step: string; readonly instruction: string }> {
  await journal.append({ type: 'waiting', step: step.id, instruction });
  watch({ event: 'waiting', step: step.id, instruction });
  return { kind: 'waiting', step: step.id, instruction };
}

/** Notes why a step failed; one that has changed nothing yet stays as it is. */
export async function noteFailure(journal: Journal, step: Step, error: unknown): Promise<void> {
  if (statusOf(journal, step) === 'pending') return;
  const code = isAppError(error) ? error.code : undefined;
  const message = error instanceof Error ? error.message : String(error);
  await journal.append({ type: 'step-failed', step: step.id, code, message });
}

function statusOf(journal: Journal, step: Step): string | undefined {
  return journal.state?.steps.get(step.id)?.status;
}

function undoBegun(journal: Journal): AppError {
  return new AppError('DEPLOY_UNDO_BEGUN', 'what this deployment did is being taken back', {
    subject: journal.subject,
    hint: 'Let `bss deploy undo` come to its end; then `bss deploy apply` begins anew.',
  });
}
