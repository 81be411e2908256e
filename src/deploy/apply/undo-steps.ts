import { AppError } from '../../core/errors.ts';
import type { Step } from '../step/step.ts';
import { type ApplyOptions, noteFailure } from './apply-steps.ts';
import { journaledRun, type RunContext } from './journaled-run.ts';

/** What could not be taken back, and why. */
export interface UndoOutcome {
  readonly undone: readonly string[];
  readonly impossible: readonly { readonly step: string; readonly title: string; readonly reason: string }[];
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
  if (journal.state.phase === 'undone') return { undone: [], impossible: [] };
  if (journal.state.phase !== 'undoing') await journal.append({ type: 'undo-started' });
  const undone: string[] = [];
  const impossible: { readonly step: string; readonly title: string; readonly reason: string }[] = [];
  for (const step of steps.toReversed()) {
    const status = journal.state?.steps.get(step.id)?.status;
    if (status === undefined || status === 'pending' || status === 'undone') continue;
    const reason = await undoStep(step, options, context);
    if (reason === undefined) undone.push(step.id);
    else {
      impossible.push({ step: step.id, title: step.title, reason });
      watch({ event: 'undo-impossible', step: step.id, title: step.title, reason });
    }
  }
  await journal.append({ type: 'undone' });
  watch({ event: 'undone' });
  return { undone, impossible };
}

/** Gives why it cannot be taken back, where it cannot. */
async function undoStep(
  step: Step,
  { journal, watch, clock, signal }: Omit<ApplyOptions, 'begin'>,
  context: RunContext,
): Promise<string | undefined> {
  signal.throwIfAborted();
  const startedMs = clock.monotonicMs();
  if (step.undo === undefined) {
    const { changes, undoImpossible } = await step.describe();
    // A step that changed nothing needs no undo, and nobody is to be told so.
    const reason = changes.length === 0 ? undefined : (undoImpossible ?? 'it cannot be taken back');
    await journal.append({ type: 'step-undone', step: step.id });
    return reason;
  }
  try {
    await step.undo(journaledRun(context, step.id));
  } catch (error) {
    if (!signal.aborted) await noteFailure(journal, step, error);
    throw error;
  }
  await journal.append({ type: 'step-undone', step: step.id });
  watch({ event: 'step-undone', step: step.id, title: step.title, durationMs: clock.monotonicMs() - startedMs });
  return undefined;
}

/** The refusal of whatever needs a deployment that has begun. */
export function notBegun(subject: string): AppError {
  return new AppError('DEPLOY_NOT_BEGUN', 'nothing of this deployment was applied', {
    subject,
    hint: '`bss deploy plan` shows what would be done, `bss deploy apply` does it.',
  });
}
