import { reportError } from '../../core/runtime/error-report.ts';
import type { JobError } from './job-record.ts';

const TEXT_MAX = 2_000;

/** An error as it is recorded with a task; a bug of ours has the code INTERNAL. */
export function jobErrorOf(error: unknown): JobError {
  const { code, message, subject, hint, causes } = reportError(error);
  const [cause] = causes;
  return {
    code: code ?? 'INTERNAL',
    message: (cause === undefined ? message : `${message}: ${cause}`).slice(0, TEXT_MAX),
    ...(subject !== undefined && { subject: subject.slice(0, TEXT_MAX) }),
    ...(hint !== undefined && { hint: hint.slice(0, TEXT_MAX) }),
  };
}
