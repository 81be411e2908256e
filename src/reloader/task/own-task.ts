import { taskKey, taskPartition, type TaskRecord } from '../job/job-record.ts';
import { assertTransition, isFinal } from '../job/job-state.ts';
import type { TransactionalProducer } from '../../core/kafka/kafka-client.ts';
import type { TaskContext, TaskId } from './task-context.ts';
import { TaskWriter } from './task-writer.ts';

/** A task that nobody else can commit anything for, as its last committed record says. */
export interface OwnedTask {
  readonly task: TaskRecord;
  readonly producer: TransactionalProducer;
  readonly writer: TaskWriter;
  /** Commits what was sent to the writer together with the task's next record. */
  commit(next: TaskRecord): Promise<void>;
}

/**
 * Takes a task: fences whoever had it, then reads its record (steps 2 and 3 of the argument in `run-task.ts`), and lends
 * it to `use`. What `use` sent and did not commit is taken back. Does nothing when the task is finished or gone.
 */
export async function ownTask(
  context: TaskContext,
  { jobId, task }: TaskId,
  use: (owned: OwnedTask) => Promise<void>,
): Promise<void> {
  const { kafka, log, view, topics, limits, clock, progress } = context;
  const partition = taskPartition(jobId, task, topics.tasksPartitionCount);
  const transactionalId = `${limits.groupId}-${taskKey(jobId, task)}`;
  const { transactionTimeoutMs } = limits;
  const producer = await kafka.transactionalProducer({ transactionalId, transactionTimeoutMs });
  try {
    await log.catchUp({ tasksPartition: partition });
    let committed = view.task(jobId, task);
    if (committed === undefined || isFinal(committed.state)) return;
    const target = { topic: committed.targetTopic, partition: committed.partition };
    const record = { topic: topics.tasksTopic, partition };
    const writer = new TaskWriter({ producer, target, record, clock, ...limits });
    const commit = async (next: TaskRecord): Promise<void> => {
      const before: TaskRecord = committed ?? next;
      assertTransition(before.state, next.state);
      await writer.commit(next);
      committed = next;
      progress.committed(next.done.records - before.done.records, next.done.batchBytes - before.done.batchBytes);
      if (isFinal(next.state)) progress.finished(next.state);
    };
    try {
      await use({ task: committed, producer, writer, commit });
    } finally {
      await writer.abort();
    }
    // So that whoever looks at the view next sees how it ended.
    await log.catchUp({ tasksPartition: partition });
  } finally {
    await producer.close();
  }
}
