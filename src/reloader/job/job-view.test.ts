import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  decodeJobRecord,
  decodeTaskRecord,
  encodeRecord,
  type JobRecord,
  taskKey,
  taskPartition,
  type TaskRecord,
} from './job-record.ts';
import { JobView, parseTaskKey } from './job-view.ts';

const JOB: JobRecord = {
  v: 1,
  jobId: 'j1',
  createdAtMs: 1000,
  request: { folder: 'orders', target: { topic: 'copy' } },
  totals: { taskCount: 2, segmentCount: 2, recordCount: 30, recordCountExact: true, objectBytes: 1, linesBytes: 1 },
  notes: [],
  wish: 'run',
  wishedAtMs: 1000,
};

function task(number: number, changes: Partial<TaskRecord> = {}): TaskRecord {
  return {
    v: 1,
    jobId: 'j1',
    task: number,
    targetTopic: 'copy',
    partition: number,
    state: 'planned',
    ranges: [
      {
        folder: 'orders',
        source: 1,
        start: '0',
        end: '15',
      },
    ],
    checkpoint: {
      range: 0,
      offset: '0',
    },
    total: {
      records: 15,
      linesBytes: 1,
    },
    done: {
      records: 0,
      batchBytes: 0,
      segments: 0,
      transactions: 0,
      retries: 0,
    },
    updatedAtMs: 1e3,
    ...changes,
  };
}

test('a job is what its tasks add up to, whatever order they come in', () => {
  const view = new JobView(() => 0);
  const changes: string[][] = [];
  view.on('changed', (jobIds) => changes.push([...jobIds]));
  view.applyTask('j1', 1, task(1));
  assert.equal(view.summary('j1'), undefined, 'a task without its job is not shown');
  view.applyJob('j1', JOB);
  assert.equal(view.summary('j1')?.state, 'planned', 'the other task is not here yet');
  view.announce();
  const done = { records: 15, batchBytes: 100, segments: 1, transactions: 1, retries: 2 };
  view.applyTask('j1', 0, task(0, { state: 'succeeded', done, startedAtMs: 1100, finishedAtMs: 1200 }));
  assert.equal(view.summary('j1')?.state, 'running');
  view.applyTask('j1', 1, task(1, { state: 'succeeded', done, startedAtMs: 1050, finishedAtMs: 1300 }));
  const summary = view.summary('j1');
  assert.equal(summary?.state, 'succeeded');
  assert.deepEqual(
    [summary.startedAtMs, summary.finishedAtMs, summary.done.records, summary.done.retries],
    [1050, 1300, 30, 4],
  );
  view.announce();
  view.announce();
  assert.deepEqual(changes, [['j1'], ['j1']]);
});

test('a job that is taken away leaves nothing behind', () => {
  const view = new JobView(() => 0);
  view.applyJob('j1', { ...JOB, idempotencyKey: 'k' });
  view.applyTask('j1', 0, task(0));
  assert.equal(view.findByIdempotencyKey('k')?.jobId, 'j1');
  view.applyJob('j1', undefined);
  view.applyTask('j1', 0, undefined);
  assert.deepEqual([view.summaries(), view.tasks('j1'), view.findByIdempotencyKey('k')], [[], [], undefined]);
});

test('the rate is that of the last seconds, while the job is running', () => {
  let nowMs = 0;
  const view = new JobView(() => nowMs);
  view.applyJob('j1', JOB);
  for (const records of [0, 5, 10]) {
    const done = { ...task(0).done, records };
    view.applyTask('j1', 0, task(0, { state: 'running', done }));
    view.announce();
    nowMs += 1000;
  }
  assert.equal(view.summary('j1')?.recordsPerSecond, 5);
  view.applyJob('j1', { ...JOB, wish: 'stop' });
  assert.equal(view.summary('j1')?.recordsPerSecond, 0);
});

test('records are read back as they were written; what is not one is refused', () => {
  assert.deepEqual(decodeJobRecord(encodeRecord(JOB)), JOB);
  assert.deepEqual(decodeTaskRecord(encodeRecord(task(1))), task(1));
  assert.equal(decodeTaskRecord(encodeRecord(JOB)), undefined);
  for (const text of [
    '',
    '{',
    'null',
    '[]',
    '{"v":2}',
    JSON.stringify({ ...JOB, v: 2 }),
    JSON.stringify({ ...JOB, wish: 'fly' }),
  ]) {
    assert.equal(decodeJobRecord(Buffer.from(text)), undefined, text);
  }
});

test('keys of tasks are read back, and nothing else is one', () => {
  assert.deepEqual(parseTaskKey(taskKey('j1', 12)), { jobId: 'j1', task: 12 });
  for (const key of ['', 'j1', 'j1/', '/1', 'j1/x', 'j1/01', 'j1/1/2', 'j1/-1'])
    assert.equal(parseTaskKey(key), undefined, key);
});

test('the tasks of a job are spread evenly over the partitions', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 1, max: 50 }), (jobId, partitionCount) => {
      const partitions = Array.from({ length: partitionCount }, (_, number) =>
        taskPartition(jobId, number, partitionCount),
      );
      assert.equal(new Set(partitions).size, partitionCount);
      assert.ok(partitions.every((partition) => partition >= 0 && partition < partitionCount));
    }),
  );
});
