import { isFinal } from '../job/job-state.ts';
import { taskKey, taskPartition, type TaskRecord } from '../job/job-record.ts';
import { isTaskWanted, type JobSummary } from '../job/job-view.ts';
import { runTask } from './run-task.ts';
import type { TaskContext, TaskId } from './task-context.ts';
import { TaskControl } from './task-control.ts';

interface RunningTask extends TaskId {
  readonly control: TaskControl;
  readonly done: Promise<void>;
}

/**
 * Runs the unfinished tasks that are recorded in the partitions that this replica has been assigned, a bounded number
 * at once, and passes on to them what is wished of their jobs.
 */
export class TaskScheduler {
  readonly #context: TaskContext;
  readonly #tasksInFlight: number;
  readonly #running = new Map<string, RunningTask>();
  #partitions: ReadonlySet<number> = new Set();

  constructor(context: TaskContext, options: { readonly tasksInFlight: number }) {
    this.#context = context;
    this.#tasksInFlight = options.tasksInFlight;
  }

  /** How many tasks are running here. */
  get runningCount(): number {
    return this.#running.size;
  }

  /** From now on these partitions of the tasks topic are ours. */
  assign(partitions: readonly number[]): void {
    this.#partitions = new Set(partitions);
    this.evaluate();
  }

  /** Gives everything back, with checkpoints. Resolves when nothing is running any more. */
  async release(): Promise<void> {
    this.#partitions = new Set();
    for (const { control } of this.#running.values()) control.ask('release');
    await this.#settled();
  }

  /** Drops everything: it may be another replica's already. */
  async abandon(): Promise<void> {
    this.#partitions = new Set();
    for (const { control } of this.#running.values()) control.abandon();
    await this.#settled();
  }

  /** To be called whenever the view has changed. */
  evaluate(): void {
    for (const { jobId, control } of this.#running.values()) {
      const job = this.#context.view.summary(jobId);
      if (job === undefined) control.ask('stop');
      else if (!isTaskWanted(job)) control.ask(job.job.wish === 'pause' && job.counts.failed === 0 ? 'pause' : 'stop');
    }
    while (this.#running.size < this.#tasksInFlight) {
      const next = this.#choose();
      if (next === undefined) return;
      this.#start(next);
    }
  }

  /** The job that has the fewest tasks running here comes first, then the oldest: a small job need not wait for a large one. */
  #choose(): TaskId | undefined {
    const runningOf = (job: JobSummary): number =>
      [...this.#running.values()].filter(({ jobId }) => jobId === job.job.jobId).length;
    const jobs = this.#context.view
      .summaries()
      .filter(({ state, counts }) => !isFinal(state) && (state !== 'paused' || counts.running > 0))
      .toReversed()
      .map((job) => ({ job, running: runningOf(job) }))
      .sort((a, b) => a.running - b.running);
    for (const { job } of jobs) {
      const task = this.#context.view.tasks(job.job.jobId).find((each) => this.#canStart(job, each));
      if (task !== undefined) return task;
    }
    return undefined;
  }

  #canStart(job: JobSummary, { jobId, task, state }: TaskRecord): boolean {
    if (isFinal(state) || this.#running.has(taskKey(jobId, task))) return false;
    if (!this.#partitions.has(taskPartition(jobId, task, this.#context.topics.tasksPartitionCount))) return false;
    // One that a dead replica left as running is taken even when it is not wanted: to say that it does not run.
    return isTaskWanted(job) || state === 'running';
  }

  #start({ jobId, task }: TaskId): void {
    const key = taskKey(jobId, task);
    const control = new TaskControl();
    const done = runTask(this.#context, { jobId, task }, control).finally(() => {
      this.#running.delete(key);
      this.evaluate();
    });
    this.#running.set(key, { jobId, task, control, done });
  }

  async #settled(): Promise<void> {
    await Promise.allSettled([...this.#running.values()].map(({ done }) => done));
  }
}
