import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { withGet, withPut } from '../../test/harness/gated-bucket.ts';
import { joinIdly } from '../../test/harness/group-member.ts';
import { FIRST_TIMESTAMP_MS, produceTexts, testClient, testTopic } from '../../test/harness/kafka-topic.ts';
import { type SharedKafka, testKafka, uniqueName } from '../../test/harness/shared-services.ts';
import type { Bucket } from '../core/bucket/bucket.ts';
import { memoryBucket } from '../core/bucket/memory-bucket.ts';
import type { StartPosition } from '../core/config/start-position.ts';
import type { StorerConfig } from '../core/config/storer-options.ts';
import { AppError } from '../core/errors.ts';
import { connectKafka } from '../core/kafka/connect-kafka.ts';
import type { KafkaClient } from '../core/kafka/kafka-client.ts';
import { systemClock } from '../core/runtime/clock.ts';
import { type Logger, silentLogger } from '../core/runtime/logger.ts';
import { Metrics } from '../core/runtime/metrics.ts';
import { SegmentThreads } from '../core/segment/segment-threads.ts';
import { until } from '../demo/services/until.ts';
import { meteredObserver } from './metered-observer.ts';
import type { OwnedPartition } from './owned-partition.ts';
import { Storer } from './storer.ts';
import { STORER_METRICS } from './storer-metrics.ts';

const DEADLINE_MS = 30_000;

test('what waits in Kafka is counted while the store does not answer', async (t) => {
  const { bootstrap } = await testKafka();
  const client = await testClient(t, bootstrap);
  const topic = await testTopic(client, 1);
  const produce = await producerOf(t, client, topic);
  const slow = slowBucket();
  const { storer } = await startStorer(t, slow.bucket, { topic });
  await produce(0, ['a', 'b', 'c']);
  await until(() => slow.putCount > 0, { deadlineMs: DEADLINE_MS, what: 'a segment to be put' });
  await produce(0, ['d', 'e']);
  // Of each transaction the marker too.
  await until(() => owned(storer, 0)?.progress.backlog === 7n, { deadlineMs: DEADLINE_MS, what: 'the backlog' });
  slow.answer();
});

test('what waited before the storer was started is as old as its records, and not just older than it may be', async (t) => {
  const { bootstrap } = await testKafka();
  const client = await testClient(t, bootstrap);
  const topic = await testTopic(client, 1);
  const produce = await producerOf(t, client, topic);
  // A minute old.
  await produce(0, ['a']);
  const slow = slowBucket();
  const { storer } = await startStorer(t, slow.bucket, { topic });
  const isKnown = (): boolean => {
    const since = owned(storer, 0)?.progress.backlogSinceMs ?? systemClock.monotonicMs();
    return since <= systemClock.monotonicMs() - (Date.now() - FIRST_TIMESTAMP_MS) + 5;
  };
  await until(isKnown, { deadlineMs: DEADLINE_MS, what: 'the age of the backlog' });
  slow.answer();
});

test('a store that is away when the group deals partitions out is waited for', async (t) => {
  const { bootstrap } = await testKafka();
  const client = await testClient(t, bootstrap);
  const topic = await testTopic(client, 1);
  const produce = await producerOf(t, client, topic);
  const inner = memoryBucket(uniqueName('storer'));
  let isAway = false;
  const bucket = withGet(inner, async (key, range) => {
    if (isAway) throw new AppError('BUCKET_UNAVAILABLE', `get ${key}: the store is away`);
    return await inner.get(key, range);
  });
  const { storer, group, ended } = await startStorer(t, bucket, { topic });
  await until(() => owned(storer, 0), { deadlineMs: DEADLINE_MS, what: 'the first assignment' });
  isAway = true;
  const other = await joinIdly(t, bootstrap, group, [topic]);
  await other.leave();
  const reasons = await until(
    () => ended() || storer.readiness.reasons.find((reason) => reason.includes('BUCKET_UNAVAILABLE')),
    { deadlineMs: DEADLINE_MS, what: 'the storer to tell of it' },
  );
  assert.match(reasons, /^The topics cannot be opened: get .*: the store is away/);
  isAway = false;
  await produce(0, ['a']);
  await until(() => (owned(storer, 0)?.progress.committed ?? 0n) > 0n, { deadlineMs: DEADLINE_MS, what: 'a commit' });
  assert.deepEqual(storer.readiness, { status: 'OK', reasons: [] });
});

test('partitions that a post-ingestion topic lacks are stopped, and the others go on', async (t) => {
  const kafka = await testKafka();
  const client = await testClient(t, kafka.bootstrap);
  const [topic, narrow] = [await testTopic(client, 1), await testTopic(client, 1)];
  const bucket = memoryBucket(uniqueName('storer'));
  const { storer, group, ended } = await startStorer(t, bucket, { topic, postIngestion: [narrow] });
  await until(() => owned(storer, 0), { deadlineMs: DEADLINE_MS, what: 'the first assignment' });
  await widen(kafka, topic, 2);
  const other = await joinIdly(t, kafka.bootstrap, group, [topic]);
  await other.leave();
  const produce = await producerOf(t, client, topic);
  await produce(0, ['a']);
  await produce(1, ['b']);
  const [stopped] = await until(() => ended() || (storer.stopped.length > 0 && storer.stopped), {
    deadlineMs: DEADLINE_MS,
    what: 'the new partition to be stopped',
  });
  assert.equal(stopped?.at.partition, 1);
  assert.equal(stopped.error.code, 'KAFKA_PARTITION_MISMATCH');
  assert.equal(stopped.error.message, `forwarding ${topic}-1 to ${narrow}: it has 1 partitions`);
  assert.match(stopped.error.hint ?? '', /--alter --partitions/);
  await until(() => (owned(storer, 0)?.progress.committed ?? 0n) > 0n, { deadlineMs: DEADLINE_MS, what: 'a commit' });
});

test('a partition that is added later is archived from its first record on, wherever the others began', async (t) => {
  const kafka = await testKafka();
  const client = await testClient(t, kafka.bootstrap);
  const topic = await testTopic(client, 1);
  const produce = await producerOf(t, client, topic);
  await produce(0, ['from before']);
  const bucket = memoryBucket(uniqueName('storer'));
  const { storer, group } = await startStorer(t, bucket, { topic, startPosition: 'latest' });
  await until(() => owned(storer, 0), { deadlineMs: DEADLINE_MS, what: 'the first assignment' });
  await widen(kafka, topic, 2);
  await produce(1, ['written before anybody looks']);
  const other = await joinIdly(t, kafka.bootstrap, group, [topic]);
  await other.leave();
  await until(() => (owned(storer, 1)?.progress.committed ?? 0n) >= 2n, { deadlineMs: DEADLINE_MS, what: 'a commit' });
  const keys = await Array.fromAsync(bucket.list(`${topic}/0001/`), ({ key }) => key);
  assert.deepEqual(keys, [`${topic}/0001/1/00000000000000000000.jsonl.zst`]);
});

test('a position beyond the end of the log is told: what is written before it is not archived', async (t) => {
  const client = await testClient(t, (await testKafka()).bootstrap);
  const topic = await testTopic(client, 1);
  const produce = await producerOf(t, client, topic);
  await produce(0, ['a']);
  const group = uniqueName('storers');
  await client.alterGroupOffsets(group, [{ topic, partition: 0, offset: 100n, metadata: '' }]);
  const message = 'the log of a partition ends before what is archived';
  let told: object | undefined;
  const warn = (text: string, fields: object = {}): void => {
    if (text === message) told = fields;
  };
  await startStorer(t, memoryBucket(uniqueName('storer')), { topic, group, logger: { ...silentLogger, warn } });
  const { hint, ...fields } = (await until(() => told, { deadlineMs: DEADLINE_MS, what: 'a warning' })) as {
    readonly hint: string;
  };
  assert.deepEqual(fields, { partition: `${topic}-0`, end: 2n, archivedEnd: 100n });
  assert.match(hint, /set it back/);
});

test('a topic that is gone when partitions are dealt out is told, and the others are archived', async (t) => {
  const client = await testClient(t, (await testKafka()).bootstrap);
  const [topic, gone] = [await testTopic(client, 1), await testTopic(client, 1)];
  const warnings: unknown[] = [];
  const logger = {
    ...silentLogger,
    warn: (message: string, fields?: object) => void warnings.push({ message, ...fields }),
  };
  const bucket = memoryBucket(uniqueName('storer'));
  const { storer, group } = await startStorer(t, bucket, { topic, others: [gone], logger });
  await until(() => storer.ownedCount === 2, { deadlineMs: DEADLINE_MS, what: 'the first assignment' });
  await client.deleteTopics([gone]);
  const other = await joinIdly(t, (await testKafka()).bootstrap, group, [topic]);
  await other.leave();
  await until(() => storer.ownedCount === 1 && storer.readiness.status === 'OK', {
    deadlineMs: DEADLINE_MS,
    what: 'the assignment without it',
  });
  const message = 'a topic does not exist, and is not archived until it does';
  assert.ok(warnings.some((warning) => isDeepStrictEqual(warning, { message, topic: gone })));
});

test('a storer that is stopped while it waits for the store ends at once', async (t) => {
  const isAsked = Promise.withResolvers<void>();
  const silent = withPut(memoryBucket(uniqueName('storer')), async () => {
    isAsked.resolve();
    return await new Promise<never>(() => undefined);
  });
  const topic = await testTopic(await testClient(t, (await testKafka()).bootstrap), 1);
  const { storer, running } = await startStorer(t, silent, { topic });
  await isAsked.promise;
  assert.deepEqual(storer.readiness.reasons, ['The bucket and the topics are being looked at.']);
  await storer.stop();
  await running;
});

test('a storer that cannot finish in time leaves the group all the same, and others take over at once', async (t) => {
  const { bootstrap } = await testKafka();
  const client = await testClient(t, bootstrap);
  const topic = await testTopic(client, 1);
  const produce = await producerOf(t, client, topic);
  const slow = slowBucket();
  t.after(() => slow.answer());
  const { storer, group, running } = await startStorer(t, slow.bucket, { topic, drainTimeoutMs: 1_000 });
  await produce(0, ['a']);
  await until(() => slow.putCount > 0, { deadlineMs: DEADLINE_MS, what: 'a segment to be put' });
  const stopped = storer.stop();
  const isLeft = async (): Promise<boolean> => (await client.describeGroup(group)).state === 'empty';
  await until(isLeft, { deadlineMs: 5_000, what: 'the group to be left' });
  await stopped;
  slow.answer();
  await running;
});

async function widen({ runTool, bootstrap }: SharedKafka, topic: string, partitionCount: number): Promise<void> {
  const change = ['--alter', '--topic', topic, '--partitions', String(partitionCount)];
  await runTool('org.apache.kafka.tools.TopicCommand', ['--bootstrap-server', bootstrap, ...change]);
}

interface SlowBucket {
  readonly bucket: Bucket;
  /** Segments that somebody wants to put. */
  readonly putCount: number;
  readonly answer: () => void;
}

/** A bucket that takes no segment before it is told to. */
function slowBucket(): SlowBucket {
  const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
  const inner = memoryBucket(uniqueName('storer'));
  let putCount = 0;
  const bucket = withPut(inner, async (key, body, options) => {
    if (key.includes('.jsonl')) {
      putCount++;
      await answered;
    }
    return await inner.put(key, body, options);
  });
  return {
    bucket,
    get putCount() {
      return putCount;
    },
    answer,
  };
}

function owned(storer: Storer, partition: number): OwnedPartition | undefined {
  return [...storer.partitions].find(({ at }) => at.partition === partition);
}

/** Writes texts to a partition, in a transaction. */
async function producerOf(
  t: TestContext,
  client: KafkaClient,
  topic: string,
): Promise<(partition: number, texts: readonly string[]) => Promise<void>> {
  const producer = await client.transactionalProducer({ transactionalId: topic, transactionTimeoutMs: 30_000 });
  t.after(() => producer.close());
  return async (partition, texts) => {
    producer.begin();
    await produceTexts(producer, { topic, partition }, texts);
    await producer.commit();
  };
}

interface Route {
  readonly topic: string;
  readonly others?: readonly string[];
  readonly postIngestion?: readonly string[];
  readonly startPosition?: StartPosition;
  readonly group?: string;
  readonly drainTimeoutMs?: number;
  readonly logger?: Logger;
}

interface RunningStorer {
  readonly storer: Storer;
  readonly group: string;
  /** Resolves at its end. */
  readonly running: Promise<void>;
  /** @throws what it ended with. */
  readonly ended: () => false;
}

/** A storer in this process; it is stopped with the test, and must not have failed. */
async function startStorer(t: TestContext, bucket: Bucket, route: Route): Promise<RunningStorer> {
  const { group = uniqueName('storers'), logger = silentLogger } = route;
  const threads = new SegmentThreads({ count: 1 });
  const client = await connectKafka({
    bootstrapServers: [(await testKafka()).bootstrap],
    clientId: group,
    connectTimeoutMs: 10_000,
    requestTimeoutMs: 30_000,
  });
  const storer = new Storer({
    config: config(group, route),
    kafka: client,
    bucket,
    threads,
    clock: systemClock,
    logger,
    observer: meteredObserver(new Metrics(STORER_METRICS, { processMetrics: false }), silentLogger),
    processId: uniqueName('storer'),
  });
  let failure: unknown;
  const running = storer.run().catch((error: unknown) => {
    failure = error;
  });
  t.after(async () => {
    await storer.stop();
    await running;
    await client.close();
    await threads.close();
    assert.equal(failure, undefined);
  });
  const ended = (): false => {
    if (failure !== undefined) throw failure;
    return false;
  };
  return { storer, group, running, ended };
}

function config(groupId: string, route: Route): StorerConfig {
  const { topic, others = [], postIngestion = [], startPosition = 'earliest', drainTimeoutMs = 20_000 } = route;
  return {
    kafka: { clientId: 'storer-test' },
    storer: {
      groupId,
      topics: [
        { topic, folder: topic, postIngestion },
        ...others.map((name) => ({ topic: name, folder: name, postIngestion: [] })),
      ],
      enablePostIngestion: true,
      startPosition,
      isolation: 'read_committed',
      compression: 'zstd',
      compressionLevel: 1,
      rotation: { segmentSizeBytes: 1_000_000, ageMaxMs: 100, pollIntervalMs: 50 },
      segmentsInFlight: 1,
      drainTimeoutMs,
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 10_000,
      transactionTimeoutMs: 10_000,
    },
  } as unknown as StorerConfig;
}
