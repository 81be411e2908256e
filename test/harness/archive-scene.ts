import assert from 'node:assert/strict';
import { connectKafka } from '../../src/core/kafka/connect-kafka.ts';
import type { KafkaClient } from '../../src/core/kafka/kafka-client.ts';
import { partitionName } from '../../src/core/record/topic-partition.ts';
import { until } from '../../src/demo/services/until.ts';
import { ArchiveSite, type Replica } from './archive-site.ts';
import { type ConsoleRecord, readWithConsoleConsumer } from './console-consumer.ts';
import { type SharedKafka, testKafka, testS3, uniqueName } from './shared-services.ts';
import type { ExpectedRecord } from './traffic.ts';

export const PARTITION_COUNT = 4;

/** Text as `bss archive cat` prints it, of traffic. */
interface Line {
  readonly timestamp: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly payload: string;
  readonly headers: readonly (readonly [string, string])[];
}

/**
 * A topic that is archived to an S3 bucket by storers which forward and announce, and everything that must hold
 * afterwards. For tests that do something terrible in between.
 */
export class ArchiveScene {
  readonly kafka: SharedKafka;
  readonly client: KafkaClient;
  readonly site: ArchiveSite;
  readonly topic: string;
  readonly events: string;
  readonly forwarded: string;
  readonly group: string;

  private constructor(kafka: SharedKafka, client: KafkaClient, site: ArchiveSite, topic: string) {
    this.kafka = kafka;
    this.client = client;
    this.site = site;
    this.topic = topic;
    this.events = `${topic}.events`;
    this.forwarded = `${topic}.post-ingestion`;
    this.group = `${topic}.storers`;
  }

  static async open(prefix: string): Promise<ArchiveScene> {
    const kafka = await testKafka();
    const { endpoint, region, accessKeyId, secretAccessKey, createBucket } = await testS3();
    const bucket = uniqueName(prefix);
    await createBucket(bucket);
    const client = await connectKafka({
      bootstrapServers: [kafka.bootstrap],
      clientId: `${prefix}-test`,
      connectTimeoutMs: 10_000,
      requestTimeoutMs: 30_000,
    });
    const site = await ArchiveSite.open({
      kafka: { brokers: [kafka.bootstrap] },
      bucket: { url: `s3://${bucket}`, endpoint, region, accessKeyId, secretAccessKey },
    });
    const scene = new ArchiveScene(kafka, client, site, uniqueName(prefix));
    await scene.createTopics([scene.topic, scene.events, scene.forwarded]);
    return scene;
  }

  async createTopics(names: readonly string[]): Promise<void> {
    await this.client.createTopics(
      names.map((name) => ({ name, partitionCount: PARTITION_COUNT, replicationFactor: 1 })),
    );
  }

  /** A storer with small segments and short timeouts. */
  async storer(name: string): Promise<Replica> {
    return await this.site.replica('storer', name, {
      groupId: this.group,
      instanceId: name,
      topics: [{ topic: this.topic, postIngestion: [this.forwarded] }],
      eventsTopic: this.events,
      rotation: { segmentSize: '64KiB', ageMax: '300ms', pollInterval: '50ms' },
      sessionTimeout: '6s',
      rebalanceTimeout: '10s',
      transactionTimeout: '10s',
      workers: 1,
    });
  }

  /** Waits until the group has committed everything that a read_committed reader can see. */
  async allCommitted(storers: readonly Replica[]): Promise<void> {
    const partitions = Array.from({ length: PARTITION_COUNT }, (_, partition) => ({ topic: this.topic, partition }));
    await until(
      async () => {
        for (const storer of storers)
          assert.ok(storer.isRunning, `a storer ended by itself: ${await storer.lastLog()}`);
        const ends = await this.client.listOffsets(partitions, 'stable');
        const committed = await this.client.committedOffsets(this.group, partitions);
        return partitions.every((at) => committed.get(partitionName(at))?.offset === ends.get(partitionName(at)));
      },
      { deadlineMs: 120_000, what: 'the storers to commit everything', pollMs: 200 },
    );
  }

  /** Checksums, counts and links hold, and the records are the source's, in order (I1-I4). */
  async assertArchiveEquals(source: readonly ExpectedRecord[][]): Promise<void> {
    const verified = await this.site.run(['archive', 'verify']);
    assert.equal(verified.exitCode, 0, verified.stdout + verified.stderr);
    const cat = await this.site.run(['archive', 'cat', this.topic]);
    assert.equal(cat.exitCode, 0, cat.stderr);
    const archived = Array.from({ length: PARTITION_COUNT }, (): ExpectedRecord[] => []);
    for (const text of cat.stdout.split('\n')) {
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
    assertPartitions(archived, source, 'archived');
  }

  /** The events tell every segment that holds records, once (I5). To be called once, at the end. */
  async assertEventsOnce(): Promise<void> {
    const ls = await this.site.run(['archive', 'ls', this.topic, '--segments', '--json']);
    assert.equal(ls.exitCode, 0, ls.stderr);
    const stored = ls.stdout.split('\n').flatMap((line) => (line === '' ? [] : keysWithRecords(JSON.parse(line))));
    assert.ok(stored.length > 0);
    const seen = await readWithConsoleConsumer(this.kafka, this.client, this.events, stored.length);
    const told = [...seen.values()]
      .flat()
      .map(({ value }) => (JSON.parse(value) as { readonly filePath: string }).filePath);
    assert.deepEqual(told.toSorted(), stored.toSorted());
  }

  /** A read_committed reader of the topic sees the source's records, in order, and no other. To be called once. */
  async assertTopicEquals(topic: string, source: readonly ExpectedRecord[][]): Promise<void> {
    const total = source.reduce((sum, records) => sum + records.length, 0);
    const seen = await readWithConsoleConsumer(this.kafka, this.client, topic, total);
    const got = source.map((_, partition) => (seen.get(partition) ?? []).map(shown));
    const want = source.map((records) =>
      records.map(({ key, value, timestampMs, header }) => ({
        key,
        value,
        timestamp: `CreateTime:${timestampMs}`,
        headers: `trace:${header}`,
      })),
    );
    assertPartitions(got, want, topic);
  }

  async close(): Promise<void> {
    await this.site.close();
    await this.client.close();
  }
}

function shown({ key, value, timestamp, headers }: ConsoleRecord): object {
  return { key, value, timestamp, headers };
}

/** Names the first difference: a diff of a hundred thousand records tells nobody anything. */
function assertPartitions(
  got: readonly (readonly object[])[],
  want: readonly (readonly object[])[],
  what: string,
): void {
  for (const [partition, records] of want.entries()) {
    const seen = got[partition] ?? [];
    for (const [i, record] of records.entries()) {
      assert.deepEqual(
        seen[i],
        record,
        `${what}, partition ${partition}, record ${i} of ${records.length} (${seen.length} seen)`,
      );
    }
    assert.equal(seen.length, records.length, `${what}, partition ${partition}: records that should not be there`);
  }
}

/** Keys of the segments with records, wherever they stand in the listing. */
function keysWithRecords(listing: unknown): string[] {
  if (Array.isArray(listing)) return listing.flatMap(keysWithRecords);
  if (typeof listing !== 'object' || listing === null) return [];
  if ('key' in listing && typeof listing.key === 'string' && 'recordCount' in listing) {
    return Number(listing.recordCount) > 0 ? [listing.key] : [];
  }
  return Object.values(listing).flatMap(keysWithRecords);
}
