import type { Clock } from '../../core/runtime/clock.ts';
import type { TopicPartition } from '../../core/record/topic-partition.ts';
import type { DecoderHandle } from '../../core/segment/segment-threads.ts';
import type { TaskRecord } from '../job/job-record.ts';
import { isTaskWanted, type JobSummary } from '../job/job-view.ts';
import { parseReloadRequest, type ReloadRequest } from '../request/reload-request.ts';
import type { OwnedTask } from './own-task.ts';
import { checkSameTarget } from './same-target.ts';
import type { TaskContext } from './task-context.ts';
import type { TaskControl } from './task-control.ts';
import { readTask, type TaskStep } from './task-source.ts';
import { nextStamp } from '../../core/kafka/next-stamp.ts';

/** A batch must fit into the target's limit, header and all, and be worth a request. */
const BATCH_BYTES_MAX = 1_000_000;
const BATCH_MARGIN_BYTES = 512;
const BATCH_RECORDS_MAX = 65_536;

/**
 * Runs a task that is ours from its checkpoint to its end, or to the next batch boundary once `control` asks.
 * `onProgress` is called after every commit that brought the task forward.
 */
export async function reloadTask(
  context: TaskContext,
  owned: OwnedTask,
  control: TaskControl,
  isRetry: boolean,
  onProgress: () => void,
): Promise<void> {
  const { view, log, clock, limits } = context;
  const { jobId } = owned.task;
  const before = view.summary(jobId);
  if (before === undefined) return;
  if (!isTaskWanted(before)) return settle(context, owned, owned.task, before);
  await checkSameTarget(context.kafka, owned.task);
  const claimed: TaskRecord = {
    ...owned.task,
    state: 'running',
    owner: limits.owner,
    startedAtMs: owned.task.startedAtMs ?? clock.nowMs(),
    updatedAtMs: clock.nowMs(),
    done: { ...owned.task.done, retries: owned.task.done.retries + (isRetry ? 1 : 0) },
  };
  await owned.commit(claimed);
  // The claim first, then the wish: whoever stops a job sees the claim, or we see the stop.
  await log.catchUp('jobs');
  const job = view.summary(jobId);
  if (job === undefined) return;
  if (!isTaskWanted(job)) return settle(context, owned, claimed, job);
  await transfer(context, owned, control, claimed, parseReloadRequest(job.job.request), onProgress);
}

/** A task whose job is to pause or stop, and that a dead replica left as running. */
async function settle(
  context: TaskContext,
  owned: OwnedTask,
  task: TaskRecord,
  { job, counts }: JobSummary,
): Promise<void> {
  if (task.state !== 'running') return;
  const pausing = job.wish === 'pause' && counts.failed === 0;
  await owned.commit(ended(task, pausing ? 'paused' : 'stopped', context.clock.nowMs()));
}

async function transfer(
  context: TaskContext,
  owned: OwnedTask,
  control: TaskControl,
  claimed: TaskRecord,
  request: ReloadRequest,
  onProgress: () => void,
): Promise<void> {
  const { bucket, clock } = context;
  const { writer } = owned;
  const target = { topic: claimed.targetTopic, partition: claimed.partition };
  const decoder = await openDecoder(context, owned, target, request);
  const from = { range: claimed.checkpoint.range, offset: BigInt(claimed.checkpoint.offset) };
  const steps = readTask({ bucket, decoder, partition: claimed.partition, ranges: claimed.ranges, from, request });
  let task = claimed;
  let next = steps.next();
  try {
    for (;;) {
      const outcome = await control.wait(next, writer.dueInMs);
      if (control.abandoned.aborted) return;
      if (outcome === 'asked') return await end(owned, task, control.asked === 'stop' ? 'stopped' : 'paused', clock);
      if (outcome === 'ready') {
        const step = await next;
        if (step.done === true) {
          await checkSameTarget(context.kafka, task);
          const checkpoint = { range: task.ranges.length, offset: '0' };
          return await end(owned, { ...task, checkpoint }, 'succeeded', clock);
        }
        next = steps.next();
        // Counted first: a batch that Kafka has answered is gone.
        const sent = advanced(task, step.value);
        for (const batch of step.value.batches) await writer.send(batch);
        task = sent;
      }
      if ((writer.dueInMs ?? 1) <= 0) {
        task = counted(task, clock.nowMs());
        await owned.commit(task);
        onProgress();
      }
    }
  } finally {
    // The step under way may wait for the bucket: nobody waits for it.
    void next
      .catch(() => undefined)
      .then(() => steps.return(undefined))
      .catch(() => undefined)
      .finally(() => decoder.discard());
  }
}

async function openDecoder(
  { kafka, threads }: TaskContext,
  { producer }: OwnedTask,
  target: TopicPartition,
  { compression }: ReloadRequest,
): Promise<DecoderHandle> {
  const config = await kafka.topicConfig(target.topic, { all: true });
  const messageBytesMax = Number(config.get('max.message.bytes') ?? BATCH_BYTES_MAX + BATCH_MARGIN_BYTES);
  return threads.openDecoder({
    stamp: nextStamp(producer, target, 0),
    codec: compression,
    batchBytes: Math.max(1, Math.min(BATCH_BYTES_MAX, messageBytesMax - BATCH_MARGIN_BYTES)),
    batchRecordsMax: BATCH_RECORDS_MAX,
  });
}

function advanced(task: TaskRecord, { batches, position, segments }: TaskStep): TaskRecord {
  let { records, batchBytes } = task.done;
  for (const batch of batches) {
    records += batch.recordCount;
    batchBytes += batch.batch.byteLength;
  }
  return {
    ...task,
    checkpoint: { range: position.range, offset: position.offset.toString() },
    done: { ...task.done, records, batchBytes, segments: task.done.segments + segments },
  };
}

/**
 * Commits what was sent, and then, in a transaction of its own, how the task ended. Kafka begins a transaction only when
 * the markers of the one before are in every partition: so whoever sees the end can read all records.
 */
async function end(
  owned: OwnedTask,
  task: TaskRecord,
  state: 'paused' | 'stopped' | 'succeeded',
  clock: Clock,
): Promise<void> {
  const isOpen = owned.writer.dueInMs !== undefined;
  const last = isOpen ? counted(task, clock.nowMs()) : task;
  if (isOpen) await owned.commit(last);
  await owned.commit(ended(last, state, clock.nowMs()));
}

function counted(task: TaskRecord, nowMs: number): TaskRecord {
  return { ...task, updatedAtMs: nowMs, done: { ...task.done, transactions: task.done.transactions + 1 } };
}

function ended(task: TaskRecord, state: 'paused' | 'stopped' | 'succeeded', nowMs: number): TaskRecord {
  return {
    ...task,
    state,
    updatedAtMs: nowMs,
    ...(state !== 'paused' && { finishedAtMs: nowMs }),
  };
}
