import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connectKafka } from '../../src/core/kafka/connect-kafka.ts';
import type { KafkaClient } from '../../src/core/kafka/kafka-client.ts';
import { type KafkaRecord } from '../../src/core/record/kafka-record.ts';
import { partitionName } from '../../src/core/record/topic-partition.ts';
import { type Kafka, startKafka } from '../../src/demo/services/kafka.ts';
import { until } from '../../src/demo/services/until.ts';
import { ArchiveSite } from '../harness/archive-site.ts';
import { committedRecords, settledEnd } from '../harness/kafka-topic.ts';
import { fillOddTopic, ODD_PARTITIONS } from '../harness/odd-topic.ts';
import { plainRecord } from '../harness/record-arbitrary.ts';
import { testS3, uniqueName } from '../harness/shared-services.ts';

/**
 * Topics with everything that a record can be go to a bucket and back, byte for byte (I4), by the real commands; and
 * what Kafka's own tools show of source and target is the same text.
 */

let kafka: Kafka;
let client: KafkaClient;
let folder: string;

/** Values of 1 MB, compaction within seconds, and any timestamp: a broker of this test's own. */
before(async () => {
  kafka = await startKafka({
    optimised: false,
    properties: {
      'message.max.bytes': '20000000',
      'log.cleaner.backoff.ms': '100',
      'log.message.timestamp.before.max.ms': '9223372036854775807',
      'log.message.timestamp.after.max.ms': '9223372036854775807',
    },
  });
  folder = await mkdtemp(join(tmpdir(), 'bss-odd-'));
  client = await connectKafka({
    bootstrapServers: [kafka.bootstrap],
    clientId: 'odd-test',
    connectTimeoutMs: 10_000,
    requestTimeoutMs: 30_000,
  });
});

after(async () => {
  await client?.close();
  await kafka?.stop();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

test('I4: an odd topic, by way of a directory, zstd', () => roundTrip('zstd', { url: `file://${folder}` }));
test('I4: an odd topic, by way of a directory, uncompressed', () => roundTrip('none', { url: `file://${folder}` }));

test('I4: an odd topic, by way of S3, gzip', async () => {
  const { createBucket, endpoint, region, accessKeyId, secretAccessKey } = await testS3();
  const bucket = uniqueName('odd');
  await createBucket(bucket);
  await roundTrip('gzip', { url: `s3://${bucket}/archive`, endpoint, region, accessKeyId, secretAccessKey });
});

test('I4: a topic with log append time keeps its timestamps', () =>
  roundTrip('zstd', { url: `file://${folder}` }, { 'message.timestamp.type': 'LogAppendTime' }));

test('I1, I4: a compacted topic, with holes where records were', () =>
  roundTrip(
    'zstd',
    { url: `file://${folder}` },
    {
      'cleanup.policy': 'compact',
      'min.cleanable.dirty.ratio': '0.001',
      'segment.ms': '100',
      'segment.bytes': '8388608',
      'delete.retention.ms': '100',
    },
  ));

async function roundTrip(
  compression: string,
  bucket: Record<string, unknown>,
  topicConfig: Record<string, string> = {},
): Promise<void> {
  const topic = uniqueName('odd');
  const target = `${topic}.reloaded`;
  const partitions = Array.from({ length: ODD_PARTITIONS }, (_, partition) => ({ topic, partition }));
  const isCompacted = topicConfig['cleanup.policy'] === 'compact';
  await client.createTopics([
    { name: topic, partitionCount: ODD_PARTITIONS, replicationFactor: 1, config: topicConfig },
    { name: target, partitionCount: ODD_PARTITIONS, replicationFactor: 1 },
  ]);
  const written = await fillOddTopic(client, topic, { needsKeys: isCompacted });
  for (const at of partitions) await settledEnd(client, at);
  if (isCompacted) await compacted(topic, written);
  const site = await ArchiveSite.open({ kafka: { brokers: [kafka.bootstrap] }, bucket });
  try {
    const source = await readAll(topic);
    await archive(site, topic, compression);
    await reload(site, topic, target);
    const reloaded = await readAll(target);
    for (const [partition, records] of source.entries()) {
      assert.ok(records.length > 50, 'the topic is not empty');
      assert.deepEqual(reloaded[partition]?.map(content), records.map(content), `partition ${partition}`);
    }
    const verified = await site.run(['archive', 'verify', topic]);
    assert.equal(verified.exitCode, 0, verified.stdout + verified.stderr);
    const total = source.flat().length;
    const [got, want] = await Promise.all([consoleText(target, total), consoleText(topic, total)]);
    assert.equal(got, want);
  } finally {
    await site.close();
  }
}

/** Offsets differ (the target has no aborted records), and a reload writes the timestamps itself. */
function content(record: KafkaRecord): unknown {
  return plainRecord({ ...record, offset: 0n, timestampType: 'CreateTime' });
}

async function readAll(topic: string): Promise<KafkaRecord[][]> {
  const all: KafkaRecord[][] = [];
  for (let partition = 0; partition < ODD_PARTITIONS; partition++)
    all.push(await committedRecords(client, { topic, partition }));
  return all;
}

/** Waits until the cleaner has removed some of the records, and rests. */
async function compacted(topic: string, written: number): Promise<void> {
  let last = written;
  await until(
    async () => {
      const now = (await readAll(topic)).flat().length;
      const isResting = now < written && now === last;
      last = now;
      return isResting;
    },
    { deadlineMs: 60_000, what: 'the cleaner to compact the topic', pollMs: 1_000 },
  );
}

async function archive(site: ArchiveSite, topic: string, compression: string): Promise<void> {
  const group = uniqueName('odd-storer');
  const partitions = Array.from({ length: ODD_PARTITIONS }, (_, partition) => ({ topic, partition }));
  const storer = await site.replica('storer', 'storer', {
    groupId: group,
    topics: [topic],
    compression,
    rotation: { segmentSize: '1MiB', ageMax: '200ms', pollInterval: '50ms' },
  });
  await storer.start();
  await until(
    async () => {
      const ends = await client.listOffsets(partitions, 'stable');
      const committed = await client.committedOffsets(group, partitions);
      return partitions.every((at) => committed.get(partitionName(at))?.offset === ends.get(partitionName(at)));
    },
    { deadlineMs: 120_000, what: 'the topic to be archived', pollMs: 100 },
  );
  await storer.stop();
}

async function reload(site: ArchiveSite, topic: string, target: string): Promise<void> {
  const reloader = await site.replica('reloader', 'reloader', {
    groupId: uniqueName('odd-reloader'),
    jobsTopic: `${topic}.jobs`,
    tasksTopic: `${topic}.tasks`,
    tasksTopicPartitions: 2,
  });
  await reloader.start();
  await reloader.ready();
  const result = await site.run(['reload', topic, '--to', target, '--api', reloader.url]);
  assert.equal(result.exitCode, 0, result.stdout + result.stderr);
  await reloader.stop();
}

/** What Kafka's console consumer prints, by partition, without the offsets. */
async function consoleText(topic: string, recordCount: number): Promise<string> {
  const args = ['--bootstrap-server', kafka.bootstrap, '--topic', topic, '--from-beginning', '--timeout-ms', '15000'];
  args.push('--isolation-level', 'read_committed', '--max-messages', String(recordCount));
  args.push('--formatter-property', 'line.separator=\u0001\n');
  for (const name of ['partition', 'key', 'value', 'headers']) args.push('--formatter-property', `print.${name}=true`);
  const { stdout } = await kafka.runTool('org.apache.kafka.tools.consumer.ConsoleConsumer', args, {
    mayFail: true,
    heapMaxMib: 512,
  });
  const printed = stdout.split('\u0001\n').filter((text) => text !== '');
  assert.equal(printed.length, recordCount, `records of ${topic} that the console consumer sees`);
  // The order between partitions is by chance; `sort` is stable, so the order within each stays.
  return printed.toSorted((a, b) => partitionOf(a) - partitionOf(b)).join('\n');
}

function partitionOf(printed: string): number {
  return Number(/^Partition:(\d+)/.exec(printed)?.[1]);
}
