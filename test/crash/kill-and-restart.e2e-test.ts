import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectKafka } from '../../src/core/kafka/connect-kafka.ts';
import type { KafkaClient } from '../../src/core/kafka/kafka-client.ts';
import { partitionName } from '../../src/core/record/topic-partition.ts';
import { SeededRandom } from '../../src/demo/seeded-random.ts';
import { until } from '../../src/demo/services/until.ts';
import { ArchiveSite, type Replica } from '../harness/archive-site.ts';
import { type ConsoleRecord, readWithConsoleConsumer } from '../harness/console-consumer.ts';
import { type SharedKafka, type SharedS3, testKafka, testS3, uniqueName } from '../harness/shared-services.ts';
import { type ExpectedRecord, Traffic } from '../harness/traffic.ts';

/**
 * `kill -9` at random moments, while records flow, of both of two storers and then of a reloader: afterwards the archive
 * keeps I1-I5 and the reloaded topic equals the source (I7). On a real Kafka and a real S3 server.
 */

const KILLS = 25;
const PARTITIONS = 4;
const SEED = Number(process.env['BSS_TEST_SEED'] ?? Date.now() % 1_000_000);

const topic = uniqueName('crash');
const names = { events: `${topic}.events`, forwarded: `${topic}.post-ingestion`, reloaded: `${topic}.reloaded`, group: uniqueName('storers') };
let kafka: SharedKafka;
let s3: SharedS3;
let client: KafkaClient;
let site: ArchiveSite;
let expected: readonly ExpectedRecord[][] = [];

before(async () => {
  kafka = await testKafka();
  s3 = await testS3();
  const bucket = uniqueName('crash');
  await s3.createBucket(bucket);
  client = await connectKafka({
    bootstrapServers: [kafka.bootstrap],
    clientId: 'crash-test',
    connectTimeoutMs: 10_000,
    requestTimeoutMs: 30_000,
  });
  const topics = [topic, names.forwarded, names.reloaded, names.events];
  await client.createTopics(topics.map((name) => ({ name, partitionCount: PARTITIONS, replicationFactor: 1 })));
  const { endpoint, region, accessKeyId, secretAccessKey } = s3;
  site = await ArchiveSite.open({
    kafka: { brokers: [kafka.bootstrap] },
    bucket: { url: `s3://${bucket}`, endpoint, region, accessKeyId, secretAccessKey },
  });
});

after(async () => {
  await site?.close();
  await client?.close();
});

test(`two storers killed ${KILLS} times lose nothing and double nothing (seed ${SEED})`, async () => {
  const random = new SeededRandom(SEED);
  const traffic = await Traffic.start(client, { topic, partitionCount: PARTITIONS, recordsPerPartition: 25, abortEvery: 5 });
  const storers = await Promise.all(['a', 'b'].map((name) => site.replica('storer', name, storerSection(name))));
  await Promise.all(storers.map((storer) => storer.start()));
  for (let kills = 0; kills < KILLS; kills++) {
    const victim = storers[random.below(storers.length)];
    assert.ok(victim);
    await sleep(random.below(1_500));
    await victim.kill();
    await victim.start();
  }
  await traffic.stop();
  expected = traffic.committed;
  await allCommitted(storers);
  await Promise.all(storers.map((storer) => storer.stop()));
  await archiveEquals(expected);
  await eventsCoverOnce();
  assertSame(await readWithConsoleConsumer(kafka, names.forwarded, traffic.recordCount), expected, 'forwarded');
});

test(`a reloader killed ${KILLS} times writes every record once (seed ${SEED})`, async () => {
  const random = new SeededRandom(SEED + 1);
  const total = expected.reduce((sum, records) => sum + records.length, 0);
  assert.ok(total > 0);
  const reloader = await site.replica('reloader', 'r', { groupId: uniqueName('reloaders'), instanceId: 'r', ...internalTopics(), transactionAgeMax: '10ms', transactionBytesMax: '64KiB' });
  await reloader.start();
  await reloader.ready();
  let jobId = await createJob(reloader);
  let finished = 0;
  for (let kills = 0; kills < KILLS; kills++) {
    await sleep(random.below(400));
    await reloader.kill();
    await reloader.start();
    await reloader.ready();
    if ((await jobOf(reloader, jobId)).state !== 'succeeded') continue;
    await reloadedEqualsSource();
    finished++;
    jobId = await createJob(reloader);
  }
  await until(async () => (await jobOf(reloader, jobId)).state === 'succeeded', { deadlineMs: 120_000, what: 'the last job' });
  await reloadedEqualsSource();
  assert.ok(finished < KILLS, 'some job was killed before it ended');
  await reloader.stop();
});

function storerSection(name: string): Record<string, unknown> {
  return {
    groupId: names.group,
    instanceId: name,
    topics: [{ topic, postIngestion: [names.forwarded] }],
    eventsTopic: names.events,
    rotation: { segmentSize: '64KiB', ageMax: '300ms', pollInterval: '50ms' },
    sessionTimeout: '6s',
    rebalanceTimeout: '10s',
    transactionTimeout: '10s',
    workers: 1,
  };
}

function internalTopics(): Record<string, unknown> {
  return { jobsTopic: `${topic}.jobs`, tasksTopic: `${topic}.tasks`, tasksTopicPartitions: 4, workers: 1 };
}

/** The group has committed everything that a read_committed reader can see. */
async function allCommitted(storers: readonly Replica[]): Promise<void> {
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({ topic, partition }));
  await until(
    async () => {
      assert.ok(storers.every((storer) => storer.isRunning), 'a storer ended by itself');
      const ends = await client.listOffsets(partitions, 'stable');
      const committed = await client.committedOffsets(names.group, partitions);
      return partitions.every((at) => committed.get(partitionName(at))?.offset === ends.get(partitionName(at)));
    },
    { deadlineMs: 120_000, what: 'the storers to commit everything', pollMs: 200 },
  );
}

interface Line {
  readonly timestamp: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly payload: string;
  readonly headers: readonly (readonly [string, string])[];
}

/** Every checksum, count and link holds, and the records are the source's, in order (I1-I4). */
async function archiveEquals(source: readonly ExpectedRecord[][]): Promise<void> {
  const verified = await site.run(['archive', 'verify']);
  assert.equal(verified.exitCode, 0, verified.stdout + verified.stderr);
  const { stdout, exitCode, stderr } = await site.run(['archive', 'cat', topic]);
  assert.equal(exitCode, 0, stderr);
  const archived = Array.from({ length: PARTITIONS }, (): ExpectedRecord[] => []);
  for (const text of stdout.split('\n')) {
    if (text === '') continue;
    const line = JSON.parse(text) as Line;
    archived[line.partition]?.push({
      offset: BigInt(line.offset),
      timestampMs: BigInt(Date.parse(line.timestamp)),
      key: line.key,
      value: line.payload,
      header: line.headers[0]?.[1] ?? '',
    });
  }
  assert.deepEqual(archived, source);
}

/** Events tell every segment that holds records, once, in order, without overlap (I5). */
async function eventsCoverOnce(): Promise<void> {
  const ls = await site.run(['archive', 'ls', topic, '--segments', '--json']);
  assert.equal(ls.exitCode, 0, ls.stderr);
  const listed = segmentKeys(JSON.parse(ls.stdout));
  const seen = await readWithConsoleConsumer(kafka, names.events, listed.length);
  const told = [...seen.values()].flat().map(({ value }) => (JSON.parse(value) as { filePath: string }).filePath);
  assert.deepEqual(told.toSorted(), listed.toSorted());
  const ends = await client.listOffsets(
    Array.from({ length: PARTITIONS }, (_, partition) => ({ topic: names.events, partition })),
    'stable',
  );
  assert.equal(ends.size, PARTITIONS);
}

/** Keys of the segments with records, wherever they stand in the listing. */
function segmentKeys(listing: unknown): string[] {
  if (Array.isArray(listing)) return listing.flatMap(segmentKeys);
  if (typeof listing !== 'object' || listing === null) return [];
  if ('key' in listing && typeof listing.key === 'string' && 'recordCount' in listing) {
    return Number(listing.recordCount) > 0 ? [listing.key] : [];
  }
  return Object.values(listing).flatMap(segmentKeys);
}

async function createJob(reloader: Replica): Promise<string> {
  await client.deleteTopics([names.reloaded]);
  await client.createTopics([{ name: names.reloaded, partitionCount: PARTITIONS, replicationFactor: 1 }]);
  const response = await fetch(`${reloader.url}/v1/jobs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ folder: topic, target: { topic: names.reloaded } }),
  });
  const body = (await response.json()) as { readonly id: string };
  assert.equal(response.status, 202, JSON.stringify(body));
  return body.id;
}

async function jobOf(reloader: Replica, id: string): Promise<{ readonly state: string }> {
  const response = await fetch(`${reloader.url}/v1/jobs/${id}`);
  const job = (await response.json()) as { readonly state: string };
  assert.notEqual(job.state, 'failed', JSON.stringify(job));
  return job;
}

async function reloadedEqualsSource(): Promise<void> {
  const total = expected.reduce((sum, records) => sum + records.length, 0);
  // One more than there should be: a record too many would be seen.
  assertSame(await readWithConsoleConsumer(kafka, names.reloaded, total + 1), expected, 'reloaded');
}

function assertSame(seen: Map<number, ConsoleRecord[]>, source: readonly ExpectedRecord[][], what: string): void {
  for (const [partition, records] of source.entries()) {
    const got = (seen.get(partition) ?? []).map(({ key, value, timestamp, headers }) => ({ key, value, timestamp, headers }));
    const want = records.map(({ key, value, timestampMs, header }) => ({
      key,
      value,
      timestamp: `CreateTime:${timestampMs}`,
      headers: `trace:${header}`,
    }));
    assert.deepEqual(got, want, `${what}, partition ${partition}`);
  }
}
