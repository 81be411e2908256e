import { AppError, type ErrorCode } from '../../core/errors.ts';
import type { Evidence, JsonValue, StepRun } from '../step/step.ts';

/** What a check found: evidence for the journal and the certificate, and the refusal when it failed. */
export interface CheckResult {
  readonly evidence: Omit<Evidence, 'atMs'>;
  readonly refusal: AppError | undefined;
}

/** Why a check failed, for whoever has to mend it. */
export interface Refusal {
  readonly code: ErrorCode;
  /** A sentence without a full stop, with the subject in it. */
  readonly message: string;
  readonly subject: string;
  readonly hint: string;
}

/** A check that held. `noted` keeps what a reader should see although nothing is wrong. */
export function held(check: string, found: JsonValue, outcome: 'passed' | 'noted' = 'passed'): CheckResult {
  return { evidence: { check, outcome, found }, refusal: undefined };
}

/** A check that did not hold. */
export function refused(check: string, found: JsonValue, { code, message, subject, hint }: Refusal): CheckResult {
  return { evidence: { check, outcome: 'failed', found }, refusal: new AppError(code, message, { subject, hint }) };
}

/** Keeps the evidence, then refuses if there is a reason to. @throws the refusal of the check */
export async function enforce(run: Pick<StepRun, 'evidence'>, result: CheckResult): Promise<void> {
  await run.evidence(result.evidence);
  if (result.refusal !== undefined) throw result.refusal;
}
