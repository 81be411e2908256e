import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { ReadGate, withGet } from '../../test/harness/gated-bucket.ts';
import { oddRecords, recordContent } from '../../test/harness/odd-records.ts';
import { callApi, jobIn, type ReloaderReplica, ReloadScene } from '../../test/harness/reload-scene.ts';
import { faultyBucket, seededRandom } from '../../test/faults/faulty-bucket.ts';
import { withFaultyProducers } from '../../test/faults/faulty-producers.ts';
import type { Bucket } from '../core/bucket/bucket.ts';
import type { KafkaRecord } from '../core/record/kafka-record.ts';
import { until } from '../demo/services/until.ts';

const FINAL = ['succeeded', 'failed', 'stopped'];

async function open(t: TestContext, partitionCount: number): Promise<ReloadScene> {
  const scene = await ReloadScene.open(partitionCount);
  t.after(() => scene.close());
  return scene;
}

async function createJob(replica: ReloaderReplica, scene: ReloadScene, request: object = {}): Promise<string> {
  const body = { folder: scene.folder, target: { topic: scene.target }, ...request };
  const created = await callApi(replica, 'POST', '/v1/jobs', body);
  assert.equal(created.status, 202, JSON.stringify(created.body));
  assert.equal(created.headers.get('location'), `/v1/jobs/${created.body.jobId}`);
  return created.body.jobId;
}

/** Waits until a job is well under way. */
async function firstRecords(scene: ReloadScene): Promise<void> {
  await until(async () => (await scene.readTarget()).flat().length > 100, {
    deadlineMs: 60_000,
    what: 'first records',
  });
}

/** The target holds exactly these records, in order, for a read_committed reader. */
async function assertTarget(scene: ReloadScene, expected: readonly (readonly KafkaRecord[])[]): Promise<void> {
  const found = await scene.readTarget();
  assert.deepEqual(
    found.map((records) => records.length),
    expected.map((records) => records.length),
  );
  for (const [partition, records] of expected.entries()) {
    assert.deepEqual((found[partition] ?? []).map(recordContent), records.map(recordContent), `partition ${partition}`);
  }
}

test('I4: a folder is reloaded record for record, source by source, and any replica tells of it', async (t) => {
  const scene = await open(t, 3);
  const first = [0, 1, 2].map((partition) => oddRecords(2_000 + partition, partition));
  const second = [0, 1].map((partition) => oddRecords(500, 10 + partition));
  await scene.archive(first, 700);
  await scene.archive(second, 200);
  const replica = await scene.replica();
  const jobId = await createJob(replica, scene, { compression: 'lz4' });
  const job = await jobIn(replica, jobId, FINAL);
  assert.equal(job.state, 'succeeded', JSON.stringify(job.error));
  assert.equal(job.progress.records, 7_003);
  await assertTarget(
    scene,
    first.map((records, partition) => [...records, ...(second[partition] ?? [])]),
  );
  const other = await scene.replica();
  assert.equal((await jobIn(other, jobId, FINAL)).progress.records, 7_003);
});

test('a range of time, of offsets and of partitions selects exactly its records', async (t) => {
  const scene = await open(t, 3);
  const partitions = [0, 1, 2].map((partition) => oddRecords(1_000, partition));
  await scene.archive(partitions, 150);
  const replica = await scene.replica();
  const from = 1_772_323_203_000n;
  const to = 1_772_323_207_777n;
  const jobId = await createJob(replica, scene, {
    partitions: [0, 2],
    time: { from: Number(from), to: new Date(Number(to)).toISOString() },
    offsets: { from: 350, to: '900' },
  });
  assert.equal((await jobIn(replica, jobId, FINAL)).state, 'succeeded');
  const wanted = partitions.map((records, partition) =>
    partition === 1
      ? []
      : records.filter(
          ({ offset, timestampMs }) => offset >= 350n && offset < 900n && timestampMs >= from && timestampMs < to,
        ),
  );
  assert.ok((wanted[0]?.length ?? 0) > 100);
  await assertTarget(scene, wanted);
});

test('of a large segment only the frames that hold wanted records are read', async (t) => {
  const scene = await open(t, 1);
  // Values that do not compress, so that the segment is larger than what is read whole.
  const random = seededRandom(3);
  const records = oddRecords(30_000, 0).map((record) => ({
    ...record,
    value: Buffer.from(Array.from({ length: 60 }, () => Math.floor(random() * 256))),
  }));
  await scene.archive([records], 30_000);
  let readBytes = 0;
  const counting = (bucket: Bucket): Bucket =>
    withGet(bucket, async (key, range) => {
      const bytes = await bucket.get(key, range);
      readBytes += bytes.byteLength;
      return bytes;
    });
  const replica = await scene.replica({}, { bucket: counting });
  const jobId = await createJob(replica, scene, { offsets: { from: 20_000, to: 20_500 } });
  assert.equal((await jobIn(replica, jobId, FINAL)).state, 'succeeded');
  await assertTarget(scene, [records.filter(({ offset }) => offset >= 20_000n && offset < 20_500n)]);
  const [segment] = await Array.fromAsync(scene.bucket.list('orders/0001/0/'));
  const sizeBytes = segment?.sizeBytes ?? 0;
  assert.ok(sizeBytes > 1_500_000, `${sizeBytes}`);
  assert.ok(readBytes < sizeBytes * 0.8, `${readBytes} of ${sizeBytes} bytes read`);
});

test('the bytes that were written are counted, also of batches that Kafka answered at once', async (t) => {
  const scene = await open(t, 1);
  await scene.client.alterTopicConfig(scene.target, { 'max.message.bytes': '2000' });
  const random = seededRandom(4);
  const records = oddRecords(2_000, 0).map((record) => ({
    ...record,
    value: Buffer.from(Array.from({ length: 60 }, () => Math.floor(random() * 256))),
  }));
  await scene.archive([records], 2_000);
  const replica = await scene.replica();
  const job = await jobIn(replica, await createJob(replica, scene), FINAL);
  assert.equal(job.state, 'succeeded', JSON.stringify(job.error));
  await assertTarget(scene, [records]);
  assert.ok(job.progress.batchBytes > records.length * 60, `${job.progress.batchBytes} bytes`);
});

test('I7: errors before and after the fact, in the middle and at commits, double nothing and lose nothing', async (t) => {
  const scene = await open(t, 3);
  const partitions = [0, 1, 2].map((partition) => oddRecords(1_500, partition));
  await scene.archive(partitions, 100);
  const random = seededRandom(7);
  const faults = { value: 0 };
  const replica = await scene.replica(
    { transactionSizeMaxBytes: 1, tasksInFlight: 3 },
    {
      kafka: (client) => withFaultyProducers(client, { before: 0.04, after: 0.04 }, random, faults),
      bucket: (bucket) => faultyBucket(bucket, { before: 0.01, after: 0.01, delay: 0.2 }, 11),
    },
  );
  const body = { folder: scene.folder, target: { topic: scene.target } };
  const created = await until(
    async () => {
      const answer = await callApi(replica, 'POST', '/v1/jobs', body, { 'idempotency-key': 'the same' });
      return answer.status < 300 ? answer : undefined;
    },
    { deadlineMs: 60_000, what: 'the job to be created' },
  );
  const job = await jobIn(replica, created.body.jobId, FINAL);
  assert.equal(job.state, 'succeeded', JSON.stringify(job.error));
  assert.ok(faults.value >= 3, `${faults.value} faults`);
  assert.ok(job.progress.retries >= 1);
  assert.equal(job.progress.records, 4_500);
  await assertTarget(scene, partitions);
});

test('I7: a replica that vanishes is replaced within seconds, and nothing is doubled or lost', async (t) => {
  const scene = await open(t, 4);
  const partitions = [0, 1, 2, 3].map((partition) => oddRecords(3_000, partition));
  await scene.archive(partitions, 50);
  const gate = new ReadGate();
  const wrap = { bucket: gate.before };
  const changes = { tasksInFlight: 4, transactionAgeMaxMs: 100 };
  const [leaving, staying] = [await scene.replica(changes, wrap), await scene.replica(changes, wrap)];
  const jobId = await createJob(staying, scene);
  const ownedBy = async (owner: string): Promise<number> => {
    const { tasks } = (await callApi(staying, 'GET', `/v1/jobs/${jobId}`)).body;
    return tasks.filter((task) => task.owner === owner && task.state === 'running' && task.records > 0).length;
  };
  await until(
    async () => {
      // A little at a time, so that no task gets to its end before the others have begun.
      gate.allow(4);
      return (await ownedBy(leaving.owner)) > 0 && (await ownedBy(staying.owner)) > 0;
    },
    { deadlineMs: 60_000, what: 'both replicas to run tasks' },
  );
  await leaving.cut();
  const cutAtMs = performance.now();
  await until(async () => (await ownedBy(leaving.owner)) === 0, {
    deadlineMs: 60_000,
    what: 'the tasks to be taken over',
  });
  gate.allow(Infinity);
  const takeoverMs = performance.now() - cutAtMs;
  const job = await jobIn(staying, jobId, FINAL);
  assert.equal(job.state, 'succeeded', JSON.stringify(job.error));
  await assertTarget(scene, partitions);
  t.diagnostic(`taken over after ${Math.round(takeoverMs)} ms, with a session timeout of 1500 ms`);
  assert.ok(takeoverMs < 10_000, `taken over after ${takeoverMs} ms`);
});

test('a job pauses, resumes, and stops; what it wrote until then is whole', async (t) => {
  const scene = await open(t, 2);
  const partitions = [0, 1].map((partition) => oddRecords(3_000, partition));
  await scene.archive(partitions, 50);
  const gate = new ReadGate();
  gate.allow(20);
  const replica = await scene.replica({}, { bucket: gate.before });
  const jobId = await createJob(replica, scene);
  const records = async (): Promise<number> => (await scene.readTarget()).flat().length;
  await firstRecords(scene);
  assert.equal((await callApi(replica, 'POST', `/v1/jobs/${jobId}/pause`)).status, 202);
  const paused = await jobIn(replica, jobId, ['paused', 'failed', 'succeeded']);
  assert.equal(paused.state, 'paused');
  const whilePaused = await records();
  assert.equal(whilePaused, paused.progress.records);
  assert.equal(
    (await callApi(replica, 'POST', `/v1/jobs/${jobId}/pause`)).status,
    202,
    'pausing twice is not an error',
  );
  assert.equal(await records(), whilePaused);
  assert.equal((await callApi(replica, 'POST', `/v1/jobs/${jobId}/resume`)).status, 202);
  gate.allow(30);
  await until(async () => (await records()) > whilePaused, { deadlineMs: 60_000, what: 'more records' });
  assert.equal((await callApi(replica, 'POST', `/v1/jobs/${jobId}/stop`)).status, 202);
  const stopped = await jobIn(replica, jobId, FINAL);
  assert.equal(stopped.state, 'stopped');
  const found = await scene.readTarget();
  assert.equal(found.flat().length, stopped.progress.records);
  await assertTarget(
    scene,
    partitions.map((all, partition) => all.slice(0, found[partition]?.length ?? 0)),
  );
  const refused = await callApi(replica, 'POST', `/v1/jobs/${jobId}/resume`);
  assert.equal(refused.status, 409);
  assert.equal(refused.body.code, 'RELOAD_JOB_STATE');
});

test('I7: a target that was deleted and created again fails the job: half of it would look like all', async (t) => {
  const scene = await open(t, 1);
  await scene.archive([oddRecords(3_000, 0)], 50);
  const gate = new ReadGate();
  gate.allow(20);
  const replica = await scene.replica({}, { bucket: gate.before });
  const jobId = await createJob(replica, scene);
  await firstRecords(scene);
  await callApi(replica, 'POST', `/v1/jobs/${jobId}/pause`);
  assert.equal((await jobIn(replica, jobId, ['paused', ...FINAL])).state, 'paused');
  await scene.client.deleteTopics([scene.target]);
  await until(async () => !(await scene.client.existingTopics([scene.target])).has(scene.target), {
    deadlineMs: 30_000,
    what: 'the target to be gone',
  });
  await scene.client.createTopics([{ name: scene.target, partitionCount: 1, replicationFactor: 1 }]);
  gate.allow(1_000);
  await callApi(replica, 'POST', `/v1/jobs/${jobId}/resume`);
  const job = await jobIn(replica, jobId, FINAL);
  assert.deepEqual([job.state, job.error?.code], ['failed', 'RELOAD_TARGET_CHANGED']);
});

test('a reloader that is stopped hands its tasks over, and another one finishes them', async (t) => {
  const scene = await open(t, 2);
  const partitions = [0, 1].map((partition) => oddRecords(2_000, partition));
  await scene.archive(partitions, 50);
  const gate = new ReadGate();
  gate.allow(20);
  const replica = await scene.replica({}, { bucket: gate.before });
  const jobId = await createJob(replica, scene);
  await firstRecords(scene);
  await replica.stop();
  const next = await scene.replica();
  assert.equal((await jobIn(next, jobId, FINAL)).state, 'succeeded');
  await assertTarget(scene, partitions);
});

test('a damaged segment fails the job and names the object; nothing of it is half-visible', async (t) => {
  const scene = await open(t, 2);
  const partitions = [0, 1].map((partition) => oddRecords(600, partition));
  await scene.archive(partitions, 100);
  const keys = (await Array.fromAsync(scene.bucket.list('orders/0001/1/'))).map(({ key }) => key);
  const damaged = keys[2] ?? '';
  const damage = (bucket: Bucket): Bucket =>
    withGet(bucket, async (key, range) => {
      const bytes = Buffer.from(await bucket.get(key, range));
      if (key === damaged) bytes.writeUInt8(bytes.readUInt8(300) ^ 1, 300);
      return bytes;
    });
  const replica = await scene.replica({}, { bucket: damage });
  const jobId = await createJob(replica, scene);
  const job = await jobIn(replica, jobId, FINAL);
  assert.equal(job.state, 'failed');
  assert.equal(job.error?.code, 'SEGMENT_CORRUPT');
  assert.ok(job.error.message.includes(damaged), job.error.message);
  const found = await scene.readTarget();
  assert.equal(found.flat().length, job.progress.records);
  assert.ok((found[1]?.length ?? 0) <= 200);
});

test('old finished jobs are forgotten, with their tasks', async (t) => {
  const scene = await open(t, 1);
  await scene.archive([oddRecords(10, 0)], 10);
  const replica = await scene.replica({ jobsKeptMax: 1 });
  const jobIds: string[] = [];
  for (let count = 0; count < 3; count++) {
    const jobId = await createJob(replica, scene);
    jobIds.push(jobId);
    await until(async () => (await callApi(replica, 'GET', `/v1/jobs/${jobId}`)).body.state === 'succeeded', {
      deadlineMs: 30_000,
      what: `job ${jobId}`,
    });
  }
  await until(async () => (await callApi(replica, 'GET', `/v1/jobs/${jobIds[1]}`)).status === 404, {
    deadlineMs: 30_000,
    what: 'the second job to be forgotten',
  });
  const page = await callApi<{ jobs: { jobId: string }[] }>(replica, 'GET', '/v1/jobs');
  assert.deepEqual(
    page.body.jobs.map(({ jobId }) => jobId),
    [jobIds[2]],
  );
});
