import { AppError } from '../../core/errors.ts';
import type { Step } from '../step/step.ts';
import type { ApplyWatcher } from './apply-event.ts';
import { type ApplyOptions, noteFailure, noteWaiting } from './apply-steps.ts';
import { journaledRun, type RunContext, WaitingForPerson } from './journaled-run.ts';

/** What could not be taken back, and why; or what a person is to do before a further `undo` goes on. */
export type UndoOutcome =
  | { readonly kind: 'undone'; readonly undone: readonly string[]; readonly impossible: readonly ImpossibleUndo[] }
  | { readonly kind: 'waiting'; readonly step: string; readonly instruction: string };

/** A step that cannot be taken back. */
export interface ImpossibleUndo {
  readonly step: string;
  readonly title: string;
  readonly reason: string;
}

/**
 * Takes back what was done, the last step first, as far as it can be taken back. May be repeated after a crash or an
 * error.
 * @throws DEPLOY_NOT_BEGUN, and the errors of the steps.
 */
export async function undoSteps(options: Omit<ApplyOptions, 'begin' | 'until'>): Promise<UndoOutcome> {
  const { steps, journal, watch } = options;
  const context: RunContext = { ...options, nowMs: () => options.clock.nowMs() };
  if (journal.state === undefined) throw notBegun(journal.subject);
  if (journal.state.phase === 'undone') return { kind: 'undone', undone: [], impossible: [] };
  if (journal.state.phase !== 'undoing') await journal.append({ type: 'undo-started' });
  const undone: string[] = [];
  const impossible: ImpossibleUndo[] = [];
  for (const step of steps.toReversed()) {
    const status = journal.state?.steps.get(step.id)?.status;
    if (status === undefined || status === 'pending') continue;
    impossible.push(...(await lasting(step, watch)));
    if (status === 'undone') continue;
    const waiting = await undoStep(step, options, context);
    if (waiting !== undefined) return await noteWaiting(step, waiting.instruction, journal, watch);
    undone.push(step.id);
  }
  await journal.append({ type: 'undone' });
  watch({ event: 'undone' });
  return { kind: 'undone', undone, impossible };
}

/** What a step leaves behind; one that changed nothing needs no undo, and nobody is to be told so. */
async function lasting(step: Step, watch: ApplyWatcher): Promise<ImpossibleUndo[]> {
  const reason = step.undo === undefined ? await whyImpossible(step) : step.stays;
  if (reason === undefined) return [];
  watch({ event: 'undo-impossible', step: step.id, title: step.title, reason });
  return [{ step: step.id, title: step.title, reason }];
}

async function whyImpossible(step: Step): Promise<string | undefined> {
  const { changes, undoImpossible = 'it cannot be taken back' } = await step.describe();
  return changes.length === 0 ? undefined : undoImpossible;
}

async function undoStep(
  step: Step,
  { journal, watch, clock, signal }: Omit<ApplyOptions, 'begin'>,
  context: RunContext,
): Promise<WaitingForPerson | undefined> {
  signal.throwIfAborted();
  const startedMs = clock.monotonicMs();
  try {
    await step.undo?.(journaledRun(context, step.id));
  } catch (error) {
    if (error instanceof WaitingForPerson) return error;
    if (!signal.aborted) await noteFailure(journal, step, error);
    throw error;
  }
  await journal.append({ type: 'step-undone', step: step.id });
  const durationMs = clock.monotonicMs() - startedMs;
  if (step.undo !== undefined) watch({ event: 'step-undone', step: step.id, title: step.title, durationMs });
  return undefined;
}

/** The refusal of whatever needs a deployment that has begun. */
export function notBegun(subject: string): AppError {
  return new AppError('DEPLOY_NOT_BEGUN', 'nothing of this deployment was applied', {
    subject,
    hint: '`bss deploy plan` shows what would be done, `bss deploy apply` does it.',
  });
}
