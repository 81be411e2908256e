import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FileArchive, fileArchive, fillTopic } from '../../../test/harness/file-archive.ts';
import { testClient, testTopic } from '../../../test/harness/kafka-topic.ts';
import { SampleArchive } from '../../../test/harness/sample-archive.ts';
import { testKafka, uniqueName } from '../../../test/harness/shared-services.ts';
import { MemoryBucket } from '../../core/bucket/memory-bucket.ts';
import type { KafkaClient } from '../../core/kafka/kafka-client.ts';
import { partitionName } from '../../core/record/topic-partition.ts';
import { SeededRandom } from '../../demo/seeded-random.ts';
import { applyOffsets } from '../offsets/apply-offsets.ts';
import { proposeOffsets } from '../offsets/propose-offsets.ts';
import { collectArchiveFacts, countArchived } from './archive-facts.ts';
import { buildCertificate } from './build-certificate.ts';
import { compareSamples } from './compare-samples.ts';
import { collectGroupFacts, type IntendedOffset } from './group-facts.ts';

const kafka = await testKafka();
const nowMs = Date.now();

function sampling(count: number) {
  const random = new SeededRandom(7);
  return { count, nowMs, random: () => random.below(1_000_000) / 1_000_000 };
}

async function topicId(client: KafkaClient, topic: string): Promise<string> {
  const [described] = await client.describeTopics([topic]);
  return described?.id ?? '';
}

/** As P2 goes: an init topic into the folder, the group of the topic set to just after, and the topic itself. */
async function handOver(client: KafkaClient, init: FileArchive, normal: FileArchive, topic: string) {
  await init.archiveAll();
  const partitions = [0, 1].map((partition) => ({ topic, partition }));
  const ends = await client.listOffsets(partitions, 'stable');
  const offsets = partitions.map((at) => ({ ...at, offset: ends.get(partitionName(at)) ?? 0n }));
  const target = { kind: 'offsets', offsets, origin: 'the test' } as const;
  const plan = await proposeOffsets(client, { group: normal.group, target, clamp: false, nowMs });
  const applied = await applyOffsets(client, plan);
  const intended = applied.partitions.map(({ topic: name, partition, planned, actual }): IntendedOffset => {
    return { topic: name, partition, planned: planned?.offset ?? -1n, applied: actual?.offset };
  });
  await fillTopic(client, topic, [30, 5]);
  await normal.archiveAll();
  return intended;
}

test('a hand-over by real Storers is proven from Kafka and the bucket alone', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const [topic, initTopic] = [await testTopic(client, 2), await testTopic(client, 2)];
  await fillTopic(client, topic, [10, 3]);
  await fillTopic(client, initTopic, [40, 20]);
  const init = await fileArchive(t, client, kafka.bootstrap, [{ topic: initTopic, folder: 'orders' }]);
  const normal = await init.of([{ topic, folder: 'orders' }]);
  const intended = await handOver(client, init, normal, topic);
  const { bucket } = init;

  const archive = await collectArchiveFacts(bucket, 'orders');
  assert.deepEqual(
    archive.sources.map(({ source, partitions }) => [
      source.topic,
      partitions.map(({ range, recordCount, gaps }) => [range?.start, range?.end, recordCount, gaps.get('control')]),
    ]),
    [
      [
        initTopic,
        [
          [0n, 41n, 40, 1n],
          [0n, 21n, 20, 1n],
        ],
      ],
      [
        topic,
        [
          [11n, 42n, 30, 1n],
          [4n, 10n, 5, 1n],
        ],
      ],
    ],
  );
  const [id, initId] = [await topicId(client, topic), await topicId(client, initTopic)];
  const archived = await countArchived(bucket, 'orders', { topicId: initId });
  assert.equal(archived, 60n);
  const cut = new Map([[0, { start: 5n, end: 15n }]]);
  assert.equal(await countArchived(bucket, 'orders', { topicId: initId, ranges: cut }), 10n);
  assert.equal(await countArchived(bucket, 'orders', { topicId: 'another' }), 0n);

  const group = await collectGroupFacts(client, normal.group, [topic], intended);
  assert.deepEqual(
    group.partitions.map(({ planned, applied, current }) => [planned, applied, current]),
    [
      [11n, 11n, 42n],
      [4n, 4n, 10n],
    ],
  );
  const samples = await compareSamples(client, bucket, { topic, folder: 'orders', ...sampling(20) });
  assert.equal(samples.source, 2);
  assert.ok(samples.records.length >= 15 && samples.records.length <= 20, String(samples.records.length));
  assert.deepEqual([...new Set(samples.records.map(({ partition }) => partition))], [0, 1]);
  const certificate = buildCertificate({
    deployment: { name: 'test', procedure: 'P2', mode: 'parallel', startedAtMs: nowMs },
    issuedAtMs: nowMs,
    tool: 'bss test',
    clusterId: await client.clusterId(),
    bucketUrl: bucket.url,
    topics: [
      {
        topic,
        topicId: id,
        initializationTopicIds: [initId],
        archive,
        plannedStarts: new Map(intended.map(({ partition, planned }) => [partition, planned])),
      },
    ],
    counts: [{ what: 'rows', source: 60n, archived, rule: 'equal' }],
    groups: [group],
    samples: [samples, await compareSamples(client, bucket, { topic: initTopic, folder: 'orders', ...sampling(10) })],
    steps: [],
  });
  assert.deepEqual([certificate.verdict, certificate.reasons, certificate.notes], ['proven', [], []]);
  assert.equal(certificate.checks.length, 6);
});

test('records that are not in the archive as they are in Kafka are found', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const topic = await testTopic(client, 1);
  await fillTopic(client, topic, [20]);
  const bucket = new MemoryBucket('samples');
  // An archive that says it is of this topic, and holds something else, without the offsets 5 and 6.
  const other = await SampleArchive.create(bucket, 'orders', await topicId(client, topic));
  await other.store(0, { start: 0n, end: 20n, compacted: [5n, 6n] });
  const { records } = await compareSamples(client, bucket, { topic, folder: 'orders', ...sampling(20) });
  assert.deepEqual(
    records.map(({ outcome }) => outcome),
    Array.from({ length: 20 }, (_, offset) => (offset === 5 || offset === 6 ? 'absent' : 'different')),
  );
  assert.ok(records[0]?.differences.includes('value'));
  const none = await compareSamples(client, bucket, { topic, folder: uniqueName('none'), ...sampling(5) });
  assert.deepEqual([none.source, none.records], [undefined, []]);
});
