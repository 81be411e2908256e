import { jobErrorOf } from '../job/job-error.ts';
import type { TaskRecord } from '../job/job-record.ts';
import { isFinal } from '../job/job-state.ts';
import type { JobSummary } from '../job/job-view.ts';
import type { ReloadPlan } from '../plan/reload-plan.ts';

/** A job as `JobAnswer` describes it. */
export function jobJson(summary: JobSummary): Record<string, unknown> {
  const { job, state, counts, done, startedAtMs, finishedAtMs, error } = summary;
  return {
    jobId: job.jobId,
    state,
    wish: job.wish,
    createdAt: isoTime(job.createdAtMs),
    ...(startedAtMs !== undefined && { startedAt: isoTime(startedAtMs) }),
    ...(finishedAtMs !== undefined && { finishedAt: isoTime(finishedAtMs) }),
    request: job.request,
    totals: job.totals,
    progress: {
      records: done.records,
      recordsTotal: job.totals.recordCount,
      share: shareOf(summary),
      batchBytes: done.batchBytes,
      segments: done.segments,
      segmentsTotal: job.totals.segmentCount,
      transactions: done.transactions,
      retries: done.retries,
      recordsPerSecond: Math.round(summary.recordsPerSecond),
      secondsLeft: secondsLeft(summary),
    },
    taskCounts: counts,
    notes: job.notes,
    ...(error !== undefined && { error }),
  };
}

/** A job with its tasks, as `JobDetailAnswer` describes it. */
export function jobDetailJson(summary: JobSummary, tasks: readonly TaskRecord[]): Record<string, unknown> {
  return { ...jobJson(summary), tasks: tasks.map(taskJson) };
}

/** A plan as `PlanAnswer` describes it. */
export function planJson(plan: ReloadPlan): Record<string, unknown> {
  return { ...plan, refusals: plan.refusals.map(jobErrorOf) };
}

/** A moment as RFC 3339 has it. Record timestamps may be outside of what a date can be: those are left out. */
export function isoTime(ms: number | bigint | undefined): string | undefined {
  const date = new Date(Number(ms ?? Number.NaN));
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

function taskJson(task: TaskRecord): Record<string, unknown> {
  return {
    task: task.task,
    partition: task.partition,
    state: task.state,
    ranges: task.ranges,
    checkpoint: task.checkpoint,
    records: task.done.records,
    recordsTotal: task.total.records,
    retries: task.done.retries,
    ...(task.owner !== undefined && { owner: task.owner }),
    ...(task.error !== undefined && { error: task.error }),
  };
}

function shareOf({ job, state, done }: JobSummary): number {
  if (state === 'succeeded') return 1;
  const { recordCount } = job.totals;
  return recordCount === 0 ? 0 : Math.min(1, done.records / recordCount);
}

function secondsLeft({ job, state, done, recordsPerSecond }: JobSummary): number | null {
  if (isFinal(state)) return 0;
  if (recordsPerSecond <= 0) return null;
  return Math.ceil(Math.max(0, job.totals.recordCount - done.records) / recordsPerSecond);
}
