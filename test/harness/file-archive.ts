import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Bucket } from '../../src/core/bucket/bucket.ts';
import { openFileBucket } from '../../src/core/bucket/file-bucket.ts';
import type { KafkaClient } from '../../src/core/kafka/kafka-client.ts';
import { partitionName, type TopicPartition } from '../../src/core/record/topic-partition.ts';
import { until } from '../../src/demo/services/until.ts';
import { ArchiveSite, type Replica } from './archive-site.ts';
import { produceTexts, settledEnd } from './kafka-topic.ts';
import { uniqueName } from './shared-services.ts';

/** A real Storer that archives to a directory. */
export interface FileArchive {
  readonly bucket: Bucket;
  readonly site: ArchiveSite;
  readonly group: string;
  /** Another Storer, with a group of its own, that archives to the same directory. */
  of(topics: readonly ArchivedTopicOptions[]): Promise<FileArchive>;
  /** Starts the Storer, waits until the group has committed all that is in the topics, and stops it. */
  archiveAll(): Promise<void>;
}

/** What is archived, and under which folder. */
export interface ArchivedTopicOptions {
  readonly topic: string;
  readonly folder?: string;
}

/** Opens an archive of a test's own, removed with it. */
export async function fileArchive(
  t: TestContext,
  client: KafkaClient,
  bootstrap: string,
  topics: readonly ArchivedTopicOptions[],
): Promise<FileArchive> {
  const folder = await mkdtemp(join(tmpdir(), 'bss-archive-'));
  const site = await ArchiveSite.open({ kafka: { brokers: [bootstrap] }, bucket: { url: `file://${folder}` } });
  t.after(async () => {
    await site.close();
    await rm(folder, { recursive: true, force: true });
  });
  return await archiveOf(client, site, await openFileBucket(folder), topics);
}

async function archiveOf(
  client: KafkaClient,
  site: ArchiveSite,
  bucket: Bucket,
  topics: readonly ArchivedTopicOptions[],
): Promise<FileArchive> {
  const group = uniqueName('storers');
  const storer = await site.replica('storer', group, {
    groupId: group,
    topics,
    rotation: { ageMax: '200ms', pollInterval: '50ms' },
    workers: 1,
  });
  const archiveAll = async (): Promise<void> => {
    const described = await client.describeTopics(topics.map(({ topic }) => topic));
    const partitions = described.flatMap(({ name: topic, partitionCount }) =>
      Array.from({ length: partitionCount }, (_, partition) => ({ topic, partition })),
    );
    await storer.start();
    await untilCommitted(client, group, partitions, storer);
    await storer.stop();
  };
  return { bucket, site, group, archiveAll, of: (others) => archiveOf(client, site, bucket, others) };
}

async function untilCommitted(
  client: KafkaClient,
  group: string,
  partitions: readonly TopicPartition[],
  storer: Replica,
): Promise<void> {
  const ends = new Map<string, bigint>();
  for (const at of partitions) ends.set(partitionName(at), await settledEnd(client, at));
  const done = async (): Promise<boolean> => {
    assert.ok(storer.isRunning, `the storer ended by itself: ${await storer.lastLog()}`);
    const committed = await client.committedOffsets(group, partitions);
    return partitions.every((at) => {
      const name = partitionName(at);
      return (committed.get(name)?.offset ?? 0n) >= (ends.get(name) ?? 0n);
    });
  };
  await until(done, { deadlineMs: 60_000, what: 'the storer to commit everything', pollMs: 100 });
}

/** One transaction for each partition with so many records, `<partition>-<index>`. Each adds a marker behind them. */
export async function fillTopic(client: KafkaClient, topic: string, counts: readonly number[]): Promise<void> {
  const producer = await client.transactionalProducer({
    transactionalId: uniqueName('fill'),
    transactionTimeoutMs: 30_000,
  });
  producer.begin();
  for (const [partition, count] of counts.entries()) {
    if (count === 0) continue;
    const values = Array.from({ length: count }, (_, index) => `${partition}-${index}`);
    await produceTexts(producer, { topic, partition }, values);
  }
  await producer.commit();
  await producer.close();
  for (const partition of counts.keys()) await settledEnd(client, { topic, partition });
}
