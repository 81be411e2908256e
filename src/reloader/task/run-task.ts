import { isAppError } from '../../core/errors.ts';
import { backoffDelayMs } from '../../core/runtime/backoff.ts';
import type { Logger } from '../../core/runtime/logger.ts';
import { jobErrorOf } from '../job/job-error.ts';
import { ownTask } from './own-task.ts';
import { reloadTask } from './reload-task.ts';
import type { TaskContext, TaskId } from './task-context.ts';
import type { TaskControl } from './task-control.ts';

/*
 * Why a task writes each record once, whatever dies when:
 *
 * 1. A transaction holds records of the target and the checkpoint that says which archived offsets they were. A
 *    read_committed consumer of the target sees the records if and only if a reader of the tasks topic sees the
 *    checkpoint. So "reload everything from the checkpoint on" is always right, and the only danger is an old checkpoint.
 * 2. Only one process can commit for a task: its transactional id is its own, and whoever takes the task begins with
 *    InitProducerId, which fences the former owner (it can commit nothing any more, however long it slept) and ends its
 *    transaction, committed or aborted, before it returns.
 * 3. The checkpoint is read after that, up to the end that the partition had after that. So no later one exists, and
 *    none can come into being but by us.
 *
 * A consumer group decides who runs a task, but nothing above depends on it: two owners cost time, never a record.
 * Errors are treated like a death: the next attempt begins at 2.
 */

/** A passing error costs a wait; so many in a row without any progress, some 15 minutes, fail the task. */
const RETRY_POLICY = { initialMs: 200, delayMaxMs: 30_000, attemptsMax: 40 };

/**
 * Takes a task and runs it to its end, or as far as `control` lets it. Never rejects: what cannot be got over is
 * recorded as the task's failure, which stops the job.
 */
export async function runTask(context: TaskContext, id: TaskId, control: TaskControl): Promise<void> {
  const logger = context.logger.child({ ...id });
  let failures = 0;
  const onProgress = (): void => {
    failures = 0;
  };
  for (;;) {
    try {
      const isRetry = failures > 0;
      await ownTask(context, id, (owned) => reloadTask(context, owned, control, isRetry, onProgress));
      return;
    } catch (error) {
      failures++;
      if (control.abandoned.aborted) return;
      if (!isPassing(error) || failures >= RETRY_POLICY.attemptsMax) {
        logger.error('a reload task failed', { error });
        if (await recordFailure(context, id, error, logger)) return;
      }
      if (control.asked === 'release') return;
      context.progress.retried(isAppError(error) ? error.code : 'INTERNAL');
      const delayMs = backoffDelayMs(RETRY_POLICY, Math.min(failures, RETRY_POLICY.attemptsMax), context.random);
      logger.warn('a reload task is tried again from its checkpoint', { error, failures, delayMs });
      await control.wait(FOREVER, delayMs);
      if (control.abandoned.aborted) return;
    }
  }
}

const FOREVER = new Promise<never>(() => undefined);

/** Being fenced passes too: whoever took the task over has it, or its transaction timed out and it is ours again. */
function isPassing(error: unknown): boolean {
  return isAppError(error) && (error.retryable || error.code === 'KAFKA_FENCED');
}

/** False when not even that can be written now. */
async function recordFailure(context: TaskContext, id: TaskId, cause: unknown, logger: Logger): Promise<boolean> {
  const nowMs = context.clock.nowMs();
  try {
    await ownTask(context, id, (owned) =>
      owned.commit({
        ...owned.task,
        state: 'failed',
        error: jobErrorOf(cause),
        updatedAtMs: nowMs,
        finishedAtMs: nowMs,
      }),
    );
    return true;
  } catch (error) {
    logger.error('the failure of a reload task cannot be recorded yet', { error });
    return false;
  }
}
