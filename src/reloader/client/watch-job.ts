import { AppError, ERROR_CODES, type ErrorCode } from '../../core/errors.ts';
import type { Clock } from '../../core/runtime/clock.ts';
import { ProgressBar, type ProgressOutput } from '../../core/runtime/progress-bar.ts';
import { isFinal } from '../job/job-state.ts';
import type { ReloadPort, ShownJob } from './reload-port.ts';

const ASK_INTERVAL_MS = 200;
/** A reloader that cannot be reached for so long is given up; its job is not. */
const SILENCE_MAX_MS = 60_000;

/** What watching needs. */
export interface WatchOptions {
  readonly clock: Clock;
  readonly output: ProgressOutput;
  /** Aborted when the user wants to leave. */
  readonly interrupted: AbortSignal;
}

/** Shows a job's progress until it is finished, or the user leaves. Gives the job as it was seen last. */
export async function watchJob(port: ReloadPort, first: ShownJob, options: WatchOptions): Promise<ShownJob> {
  const { clock, output, interrupted } = options;
  using bar = new ProgressBar({
    title: `Reloading into ${first.request.target.topic}`,
    unit: 'records',
    clock,
    output,
    total: first.progress.recordsTotal,
  });
  let job = first;
  let heardAtMs = clock.monotonicMs();
  for (;;) {
    bar.update(job.progress.records, { note: job.state === 'running' ? '' : job.state });
    if (isFinal(job.state) || interrupted.aborted) return job;
    await clock.sleep(ASK_INTERVAL_MS, interrupted).catch(() => undefined);
    try {
      job = await port.job(job.jobId);
      heardAtMs = clock.monotonicMs();
    } catch (error) {
      const passing = error instanceof AppError && error.retryable;
      if (!passing || clock.monotonicMs() - heardAtMs > SILENCE_MAX_MS) throw error;
    }
  }
}

/** The error that a failed job ended with, as it would have been thrown here. */
export function failureOf({ jobId, error }: ShownJob): AppError {
  const code = error?.code ?? '';
  const known = Object.hasOwn(ERROR_CODES, code) ? (code as ErrorCode) : 'RELOAD_JOB_STATE';
  return new AppError(known, `job ${jobId} failed: ${error?.message ?? 'the reloader has no reason recorded'}`, {
    subject: error?.subject,
    hint: error?.hint,
  });
}
