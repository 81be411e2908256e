import { isAppError } from '../../core/errors.ts';
import type { Clock } from '../../core/runtime/clock.ts';
import { EXIT_CODES } from '../../core/runtime/exit-codes.ts';
import { formatBytes, formatCount, formatDuration, formatRate } from '../../core/runtime/human-units.ts';
import type { SignalSource } from '../../core/runtime/lifecycle.ts';
import type { ProgressOutput } from '../../core/runtime/progress-bar.ts';
import { isFinal } from '../job/job-state.ts';
import type { ReloadRequestBody } from '../request/request-schema.ts';
import { planText } from './plan-text.ts';
import type { ReloadPort, ShownJob } from './reload-port.ts';
import { failureOf, watchJob } from './watch-job.ts';

/** What a user wants: a new job, only its plan, or to go on with a job that was paused or left. */
export type ReloadWish =
  | { readonly kind: 'create'; readonly request: ReloadRequestBody }
  | { readonly kind: 'plan'; readonly request: ReloadRequestBody }
  | { readonly kind: 'resume'; readonly jobId: string };

/** The world around. */
export interface ReloadClientOptions {
  readonly clock: Clock;
  readonly stdout: ProgressOutput;
  readonly stderr: ProgressOutput;
  readonly signals: SignalSource;
  /** Results as JSON. */
  readonly json: boolean;
}

/**
 * Plans, or creates and watches a job. Ctrl-C leaves it: a job of a reloader elsewhere goes on, one of this process is
 * paused in good order. Gives the exit code. @throws what the reloader refuses, and what the job failed with.
 */
export async function reload(port: ReloadPort, wish: ReloadWish, options: ReloadClientOptions): Promise<number> {
  const { stdout, stderr, json, clock, signals } = options;
  if (wish.kind === 'plan') {
    const plan = await port.plan(wish.request);
    stdout.write(json ? `${JSON.stringify(plan)}\n` : planText(plan));
    return plan.refusals.length === 0 ? EXIT_CODES.ok : EXIT_CODES.findings;
  }
  const interrupted = new AbortController();
  const interrupt = (): void => interrupted.abort();
  signals.on('SIGINT', interrupt);
  signals.on('SIGTERM', interrupt);
  try {
    const started = wish.kind === 'create' ? await port.create(wish.request) : await takeUp(port, wish.jobId);
    if (!json) for (const { code, message } of started.notes) stderr.write(`note: ${message} (${code})\n`);
    const seen = await watchJob(port, started, { clock, output: stderr, interrupted: interrupted.signal });
    const isLeft = !isFinal(seen.state);
    const job = isLeft && port.whenInterrupted === 'pause' ? await pause(port, seen, clock) : seen;
    if (job.state === 'failed') throw failureOf(job);
    if (job.state === 'succeeded' || job.state === 'stopped') {
      stdout.write(json ? `${JSON.stringify(job)}\n` : endText(job));
      return job.state === 'succeeded' ? EXIT_CODES.ok : EXIT_CODES.error;
    }
    stderr.write(`\n${port.afterwards(job.jobId)}`);
    return EXIT_CODES.sigint;
  } finally {
    signals.off('SIGINT', interrupt);
    signals.off('SIGTERM', interrupt);
  }
}

/** Resumes a paused job; one that is running is only watched. */
async function takeUp(port: ReloadPort, jobId: string): Promise<ShownJob> {
  const job = await port.job(jobId);
  return job.wish === 'pause' ? await port.command(jobId, 'resume') : job;
}

const PAUSE_ASK_INTERVAL_MS = 100;
const PAUSE_TIMEOUT_MS = 15_000;

/**
 * Pauses, and waits until every task has its checkpoint; another reloader of the group would be paused too. Gives the
 * job as it is then: it may have ended at the same moment.
 */
async function pause(port: ReloadPort, { jobId }: ShownJob, clock: Clock): Promise<ShownJob> {
  const deadlineMs = clock.monotonicMs() + PAUSE_TIMEOUT_MS;
  let job = await port.command(jobId, 'pause').catch((error: unknown) => {
    if (isAppError(error, 'RELOAD_JOB_STATE')) return port.job(jobId);
    throw error;
  });
  while (job.state === 'running' && clock.monotonicMs() < deadlineMs) {
    await clock.sleep(PAUSE_ASK_INTERVAL_MS);
    job = await port.job(jobId);
  }
  return job;
}

function endText({ jobId, state, progress, startedAt, finishedAt, request }: ShownJob): string {
  const words = `${formatCount(progress.records)} records (${formatBytes(progress.batchBytes)}) in ${request.target.topic}`;
  if (state === 'stopped') return `Job ${jobId} was stopped; ${words}.\n`;
  const tookMs =
    startedAt === undefined || finishedAt === undefined ? 0 : Date.parse(finishedAt) - Date.parse(startedAt);
  const speed =
    tookMs === 0 ? '' : ` in ${formatDuration(tookMs)}, ${formatRate((progress.records * 1000) / tookMs, 'records')}`;
  return `Reloaded: ${words}${speed}. Job ${jobId}.\n`;
}
