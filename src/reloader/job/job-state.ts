import { assert } from '../../core/assert.ts';
import { AppError } from '../../core/errors.ts';

/** What an operator wants of a job. Recorded with the job; whoever runs its tasks follows. */
export type JobWish = 'run' | 'pause' | 'stop';

/** What can be asked of a job over the API. */
export type JobCommand = 'pause' | 'resume' | 'stop';

/** What a job does, worked out from the wish and its tasks: nobody has to keep it up to date. */
export type JobState = 'planned' | 'running' | 'paused' | 'stopping' | 'stopped' | 'succeeded' | 'failed';

/** What a task does, as its last record says. `running`: some reloader has taken it, and may be writing. */
export type TaskState = 'planned' | 'running' | 'paused' | 'stopped' | 'succeeded' | 'failed';

/** Every state of a job, in the order of a job's life. */
export const JOB_STATES: readonly JobState[] = [
  'planned',
  'running',
  'paused',
  'stopping',
  'stopped',
  'succeeded',
  'failed',
];

/** Every state of a task. */
export const TASK_STATES: readonly TaskState[] = ['planned', 'running', 'paused', 'stopped', 'succeeded', 'failed'];

/** The states that a task can go to from each; `running` to `running` is a checkpoint, or another reloader. */
export const TASK_TRANSITIONS: Readonly<Record<TaskState, readonly TaskState[]>> = {
  planned: ['running', 'failed'],
  running: ['running', 'paused', 'stopped', 'succeeded', 'failed'],
  paused: ['running', 'failed'],
  stopped: [],
  succeeded: [],
  failed: [],
};

/** What a command makes of the wish, by the job's state; `refused` is RELOAD_JOB_STATE. Repeating one changes nothing. */
export const JOB_COMMANDS: Readonly<Record<JobState, Readonly<Record<JobCommand, JobWish | 'refused'>>>> = {
  planned: { pause: 'pause', resume: 'run', stop: 'stop' },
  running: { pause: 'pause', resume: 'run', stop: 'stop' },
  paused: { pause: 'pause', resume: 'run', stop: 'stop' },
  stopping: { pause: 'refused', resume: 'refused', stop: 'stop' },
  stopped: { pause: 'refused', resume: 'refused', stop: 'stop' },
  succeeded: { pause: 'refused', resume: 'refused', stop: 'refused' },
  failed: { pause: 'refused', resume: 'refused', stop: 'refused' },
};

/** True when nothing can change any more. */
export function isFinal(state: JobState | TaskState): boolean {
  return state === 'stopped' || state === 'succeeded' || state === 'failed';
}

/** Crashes when a task cannot go from one state to the other: a bug of ours. */
export function assertTransition(from: TaskState, to: TaskState): void {
  assert(TASK_TRANSITIONS[from].includes(to), `a task goes from ${from} to ${to}`);
}

/** How many tasks are in each state. */
export type TaskCounts = Readonly<Record<TaskState, number>>;

/**
 * The state of a job. A task that was never taken, or is paused, needs nobody to stop it: once the wish is `stop`, or
 * another task has failed, it counts as stopped, since whoever takes it looks at the wish before writing anything.
 */
export function jobState(wish: JobWish, counts: TaskCounts): JobState {
  const waiting = counts.planned + counts.paused;
  if (counts.failed > 0) return counts.running > 0 ? 'stopping' : 'failed';
  if (waiting + counts.running + counts.stopped === 0) return 'succeeded';
  if (wish === 'stop') return counts.running > 0 ? 'stopping' : 'stopped';
  if (wish === 'pause') return counts.running > 0 ? 'running' : 'paused';
  return counts.planned === waiting && counts.running + counts.succeeded + counts.stopped === 0 ? 'planned' : 'running';
}

/** The wish that a command leads to. @throws RELOAD_JOB_STATE when the job's state does not allow it. */
export function wishAfter(command: JobCommand, state: JobState, jobId: string): JobWish {
  const wish = JOB_COMMANDS[state][command];
  if (wish !== 'refused') return wish;
  throw new AppError('RELOAD_JOB_STATE', `cannot ${command} job ${jobId}: it ${STATE_WORDS[state]}`, {
    subject: jobId,
    hint: isFinal(state) ? 'Create a new job; a finished one does not change any more.' : 'Wait until it has stopped.',
  });
}

const STATE_WORDS: Readonly<Record<JobState, string>> = {
  planned: 'has not begun',
  running: 'is running',
  paused: 'is paused',
  stopping: 'is being stopped',
  stopped: 'was stopped',
  succeeded: 'has succeeded',
  failed: 'has failed',
};
