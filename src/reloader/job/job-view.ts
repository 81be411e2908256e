import { EventEmitter } from 'node:events';
import { RateWindow } from '../../core/runtime/rate-window.ts';
import { isFinal, type JobState, jobState, type TaskCounts, type TaskState } from './job-state.ts';
import { type JobRecord, taskKey, type TaskRecord } from './job-record.ts';

const RATE_WINDOW_MS = 10_000;

/** A job with what its tasks add up to. */
export interface JobSummary {
  readonly job: JobRecord;
  readonly state: JobState;
  readonly counts: TaskCounts;
  readonly done: TaskRecord['done'];
  /** Per second, over the last seconds; 0 unless the job is running. */
  readonly recordsPerSecond: number;
  readonly startedAtMs: number | undefined;
  /** Undefined until the job is finished. */
  readonly finishedAtMs: number | undefined;
  readonly error: TaskRecord['error'];
  /** Grows with every change that this replica has seen of the job. */
  readonly revision: number;
}

interface KnownJob {
  job: JobRecord | undefined;
  readonly tasks: Map<number, TaskRecord>;
  readonly rate: RateWindow;
  revision: number;
  summary: JobSummary | undefined;
}

/**
 * All jobs and tasks as the records of the two topics tell them: what was applied last, counts. Any replica has one, and
 * all come to the same view. `changed` is emitted with the ids of the jobs that changed, after every round of reading.
 */
export class JobView extends EventEmitter<{ changed: [jobIds: ReadonlySet<string>] }> {
  readonly #jobs = new Map<string, KnownJob>();
  readonly #changed = new Set<string>();
  readonly #monotonicMs: () => number;

  constructor(monotonicMs: () => number) {
    super();
    this.setMaxListeners(0);
    this.#monotonicMs = monotonicMs;
  }

  /** Takes in a job's record; undefined takes the job away. */
  applyJob(jobId: string, job: JobRecord | undefined): void {
    const known = this.#known(jobId);
    known.job = job;
    this.#touch(jobId, known);
  }

  /** Takes in a task's record; undefined takes the task away. */
  applyTask(jobId: string, task: number, record: TaskRecord | undefined): void {
    const known = this.#known(jobId);
    if (record === undefined) known.tasks.delete(task);
    else known.tasks.set(task, record);
    this.#touch(jobId, known);
  }

  /** Tells listeners what was applied since the last call. */
  announce(): void {
    if (this.#changed.size === 0) return;
    const jobIds = new Set(this.#changed);
    this.#changed.clear();
    const nowMs = this.#monotonicMs();
    for (const jobId of jobIds) {
      const known = this.#jobs.get(jobId);
      known?.rate.add(
        nowMs,
        sum(known.tasks, ({ done }) => done.records),
      );
    }
    this.emit('changed', jobIds);
  }

  /** Undefined when there is no such job. */
  summary(jobId: string): JobSummary | undefined {
    const known = this.#jobs.get(jobId);
    if (known?.job === undefined) return undefined;
    known.summary ??= summarize(known, known.job);
    const { summary } = known;
    return summary.state === 'running' ? { ...summary, recordsPerSecond: known.rate.perSecond() } : summary;
  }

  /** Every job, newest first. */
  summaries(): JobSummary[] {
    const all = [...this.#jobs.keys()].map((jobId) => this.summary(jobId)).filter((summary) => summary !== undefined);
    return all.sort((a, b) => b.job.createdAtMs - a.job.createdAtMs || (a.job.jobId < b.job.jobId ? 1 : -1));
  }

  /** A job's tasks in order. */
  tasks(jobId: string): TaskRecord[] {
    return [...(this.#jobs.get(jobId)?.tasks.values() ?? [])].sort((a, b) => a.task - b.task);
  }

  /** Undefined when there is no such task. */
  task(jobId: string, task: number): TaskRecord | undefined {
    return this.#jobs.get(jobId)?.tasks.get(task);
  }

  /** The job that was created with that key. */
  findByIdempotencyKey(key: string): JobRecord | undefined {
    for (const { job } of this.#jobs.values()) if (job?.idempotencyKey === key) return job;
    return undefined;
  }

  #known(jobId: string): KnownJob {
    let known = this.#jobs.get(jobId);
    if (known === undefined) {
      const rate = new RateWindow({ windowMs: RATE_WINDOW_MS });
      known = { job: undefined, tasks: new Map(), rate, revision: 0, summary: undefined };
      this.#jobs.set(jobId, known);
    }
    return known;
  }

  #touch(jobId: string, known: KnownJob): void {
    known.revision++;
    known.summary = undefined;
    this.#changed.add(jobId);
    if (known.job === undefined && known.tasks.size === 0) this.#jobs.delete(jobId);
  }
}

/** What the wish and the other tasks make of a task: see `jobState`. */
export function isTaskWanted(summary: Pick<JobSummary, 'job' | 'counts'>): boolean {
  return summary.job.wish === 'run' && summary.counts.failed === 0;
}

/** `<job>/<task>` taken apart; undefined when it is not a task's key. */
export function parseTaskKey(key: string): { readonly jobId: string; readonly task: number } | undefined {
  const [, jobId, task] = /^([^/]+)\/(\d{1,9})$/.exec(key) ?? [];
  if (jobId === undefined || task === undefined) return undefined;
  const parsed = { jobId, task: Number(task) };
  return taskKey(parsed.jobId, parsed.task) === key ? parsed : undefined;
}

function summarize(known: KnownJob, job: JobRecord): JobSummary {
  const tasks = [...known.tasks.values()];
  const counts: Record<TaskState, number> = { planned: 0, running: 0, paused: 0, stopped: 0, succeeded: 0, failed: 0 };
  for (const { state } of tasks) counts[state]++;
  // The records of one transaction become visible partition by partition: a task that is not here yet is planned.
  counts.planned += Math.max(0, job.totals.taskCount - tasks.length);
  const state = jobState(job.wish, counts);
  const started = tasks.map(({ startedAtMs }) => startedAtMs).filter((ms) => ms !== undefined);
  const total = (pick: (done: TaskRecord['done']) => number): number => sum(known.tasks, ({ done }) => pick(done));
  return {
    job,
    state,
    counts,
    done: {
      records: total((done) => done.records),
      batchBytes: total((done) => done.batchBytes),
      segments: total((done) => done.segments),
      transactions: total((done) => done.transactions),
      retries: total((done) => done.retries),
    },
    recordsPerSecond: 0,
    startedAtMs: started.length === 0 ? undefined : Math.min(...started),
    finishedAtMs: isFinal(state) ? finishedAt(job, tasks) : undefined,
    error: tasks.find((task) => task.state === 'failed')?.error,
    revision: known.revision,
  };
}

function finishedAt(job: JobRecord, tasks: readonly TaskRecord[]): number {
  const wished = job.wish === 'stop' ? job.wishedAtMs : job.createdAtMs;
  return tasks.reduce((latest, { finishedAtMs = 0 }) => Math.max(latest, finishedAtMs), wished);
}

function sum(tasks: ReadonlyMap<number, TaskRecord>, pick: (task: TaskRecord) => number): number {
  let total = 0;
  for (const task of tasks.values()) total += pick(task);
  return total;
}
