import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test, type TestContext } from 'node:test';
import type { Collection, Document } from 'mongodb';

import { openBucket } from '../../core/bucket/open-bucket.ts';
import type { KafkaClient } from '../../core/kafka/kafka-client.ts';
import { nextStamp } from '../../core/kafka/next-stamp.ts';
import { writeBatch } from '../../core/record/batch-records.ts';
import type { KafkaRecord } from '../../core/record/kafka-record.ts';
import { partitionName, type TopicPartition } from '../../core/record/topic-partition.ts';
import { systemClock } from '../../core/runtime/clock.ts';
import { testMongo } from '../../../test/harness/mongo.ts';
import { committedRecords, testClient, testTopic } from '../../../test/harness/kafka-topic.ts';
import { testKafka, uniqueName } from '../../../test/harness/shared-services.ts';
import { parseProjections, type Projection } from './projection.ts';
import { requireManifest, type SnapshotManifest } from './snapshot-manifest.ts';
import { snapshotSources } from './snapshot-sources.ts';
import { type SnapshotServices, takeSnapshot } from './take-snapshot.ts';
import { verifySnapshot } from './verify-snapshot.ts';

const PARTITIONS = 3;
const NEVER = new AbortController().signal;

const mongo = await testMongo({ after });

/** A table, its topic, and the projection that an updater of the group makes of it. */
class Scene {
  readonly #kafka: KafkaClient;
  readonly topic: string;
  readonly group = uniqueName('updater');
  readonly database = uniqueName('db');
  readonly accounts: Collection;
  /** What the source holds. */
  readonly table = new Map<number, number>();
  readonly #applied = new Map<number, number>();

  constructor(kafka: KafkaClient, topic: string) {
    this.#kafka = kafka;
    this.topic = topic;
    this.accounts = mongo.client.db(this.database).collection('accounts');
  }

  static async create(t: TestContext): Promise<Scene> {
    const kafka = await testClient(t, (await testKafka()).bootstrap);
    return new Scene(kafka, await testTopic(kafka, PARTITIONS));
  }

  get url(): string {
    return `${mongo.url}/${this.database}`;
  }

  get projections(): Projection[] {
    return parseProjections(
      JSON.stringify({
        projections: [
          {
            name: 'accounts',
            topics: [this.topic],
            primaryKeys: ['ACCOUNT'],
            fieldsMapping: {
              ACCOUNT: { targetField: 'account', castFunction: 'castToInteger', sourceType: 'integer' },
              BALANCE: { targetField: 'balance', castFunction: 'castToString', sourceType: 'integer' },
            },
          },
        ],
      }),
      'projections.json',
    );
  }

  /** Writes changes of the source; null deletes. */
  async change(changes: readonly (readonly [number, number | null])[]): Promise<void> {
    const producer = await this.#kafka.transactionalProducer({
      transactionalId: uniqueName('source'),
      transactionTimeoutMs: 30_000,
    });
    producer.begin();
    for (const [account, balance] of changes) {
      if (balance === null) this.table.delete(account);
      else this.table.set(account, balance);
    }
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const at = { topic: this.topic, partition };
      const records = changes.filter(([account]) => account % PARTITIONS === partition).map(recordOf);
      if (records.length === 0) continue;
      const stamp = nextStamp(producer, at, records.length);
      await producer.produce(at, writeBatch(records, stamp, 'none'), records.length);
    }
    await producer.commit();
    await producer.close();
  }

  /** The updater: applies what is in the topic and has not been applied, then commits. */
  async update(): Promise<void> {
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const at: TopicPartition = { topic: this.topic, partition };
      const records = await committedRecords(this.#kafka, at);
      const writes = records.slice(this.#applied.get(partition) ?? 0).map(({ key, value }) => {
        const { ACCOUNT: account } = parsed(key);
        const set: Document =
          value === null
            ? { __STATE__: 'DELETED' }
            : { account, balance: String(parsed(value).BALANCE), __STATE__: 'PUBLIC', __internal__x: 1 };
        return { updateOne: { filter: { _id: `a${account}` as never }, update: { $set: set }, upsert: true } };
      });
      if (writes.length > 0) await this.accounts.bulkWrite(writes);
      this.#applied.set(partition, records.length);
      const end = (await this.#kafka.listOffsets([at], 'latest')).get(partitionName(at)) ?? 0n;
      await this.#kafka.alterGroupOffsets(this.group, [{ ...at, offset: end, metadata: '' }]);
    }
  }

  /** What the rows of the snapshot, and then the topic from its offsets on, come to. */
  async folded(manifest: SnapshotManifest, bucket: SnapshotServices['bucket']): Promise<Map<number, number>> {
    const result = new Map<number, number>();
    for (const source of snapshotSources(manifest, bucket)) {
      for await (const { table, columns, rows } of source.read(0, NEVER)) {
        assert.equal(table, 'accounts');
        assert.deepEqual(
          columns.map(({ name }) => name),
          ['ACCOUNT', 'BALANCE'],
        );
        for (const [account, balance] of rows) result.set(Number(account), Number(balance));
      }
    }
    for (const { partition, offset } of manifest.offsets.partitions) {
      for (const record of await committedRecords(this.#kafka, { topic: this.topic, partition })) {
        if (record.offset < BigInt(offset)) continue;
        const { ACCOUNT: account } = parsed(record.key);
        if (record.value === null) result.delete(account);
        else result.set(account, parsed(record.value).BALANCE);
      }
    }
    return result;
  }

  async services(
    t: TestContext,
    onProgress?: SnapshotServices['onProgress'],
  ): Promise<SnapshotServices & { folder: string }> {
    const folder = await mkdtemp(join(tmpdir(), 'bss-snapshot-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const bucket = await openBucket(folder);
    return { kafka: this.#kafka, bucket, clock: systemClock, signal: NEVER, onProgress, folder };
  }
}

function recordOf([account, balance]: readonly [number, number | null], at: number): KafkaRecord {
  return {
    offset: BigInt(at),
    timestampMs: 1_700_000_000_000n,
    timestampType: 'CreateTime',
    key: Buffer.from(JSON.stringify({ ACCOUNT: account })),
    value: balance === null ? null : Buffer.from(JSON.stringify({ ACCOUNT: account, BALANCE: balance })),
    headers: [],
  };
}

function parsed(bytes: Uint8Array | null): { readonly ACCOUNT: number; readonly BALANCE: number } {
  assert.ok(bytes !== null);
  return JSON.parse(Buffer.from(bytes).toString()) as { ACCOUNT: number; BALANCE: number };
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, at) => from + at);
}

test('a snapshot, and the topics from its offsets on, are the table, though it is written meanwhile', async (t) => {
  const scene = await Scene.create(t);
  await scene.change(range(0, 1500).map((id) => [id, id]));
  await scene.update();
  await scene.change([
    [3, null],
    [4, 44],
  ]);
  await scene.update();
  let writing: Promise<void> | undefined;
  // After a first page was read: what is behind it, before it, new and gone changes under the reader.
  const services = await scene.services(t, () => {
    writing ??= (async () => {
      await scene.change([
        [1, 111],
        [1499, 999],
        [5, null],
        [1498, null],
        [9000, 1],
        [3, 33],
      ]);
      await scene.update();
    })();
  });
  const options = { url: scene.url, projections: scene.projections, group: scene.group, partBytes: 8000 };
  const manifest = await takeSnapshot(options, services);
  await writing;
  assert.deepEqual(await scene.folded(manifest, services.bucket), scene.table);
  assert.equal(manifest.rows, manifest.projections[0]?.documents);
  assert.ok((manifest.projections[0]?.parts.length ?? 0) > 2);
  assert.deepEqual(manifest.projections[0]?.fields, { notRestored: [], respelled: [] });
  assert.deepEqual(await verifySnapshot(services.bucket), {
    manifest,
    partsRead: manifest.projections[0]?.parts.length,
    findings: [],
  });
  // What is whole is left alone; another one does not go to the same place.
  assert.deepEqual(await takeSnapshot(options, services), manifest);
  await assert.rejects(takeSnapshot({ ...options, group: 'other' }, services), { code: 'SNAPSHOT_MISMATCH' });
  const [part] = manifest.projections[0]?.parts ?? [];
  await appendFile(join(services.folder, part?.key ?? ''), 'x');
  const { findings } = await verifySnapshot(services.bucket);
  assert.match(findings.join(), /^accounts\/part-00000001\.jsonl\.zst: its SHA-256 is/);
});

test('a snapshot that was interrupted goes on, with the offsets that it began with', async (t) => {
  const scene = await Scene.create(t);
  await scene.change(range(0, 2500).map((id) => [id, id]));
  await scene.update();
  const stopped = new AbortController();
  const services = await scene.services(t, () => stopped.abort(new Error('stopped')));
  const options = { url: scene.url, projections: scene.projections, group: scene.group, partBytes: 8000 };
  await assert.rejects(takeSnapshot(options, { ...services, signal: stopped.signal }), /stopped/);
  await assert.rejects(requireManifest(services.bucket), { code: 'SNAPSHOT_DAMAGED' });
  const firstPart = await readFile(join(services.folder, 'accounts/part-00000001.jsonl.zst'));
  await scene.change([
    [0, null],
    [2, 22],
    [2499, 1],
  ]);
  await scene.update();
  const manifest = await takeSnapshot(options, { ...services, onProgress: undefined });
  assert.deepEqual(await scene.folded(manifest, services.bucket), scene.table);
  assert.deepEqual(await readFile(join(services.folder, 'accounts/part-00000001.jsonl.zst')), firstPart);
  assert.deepEqual((await verifySnapshot(services.bucket)).findings, []);
});

test('what would make a wrong snapshot is refused', async (t) => {
  const scene = await Scene.create(t);
  await scene.change([[1, 1]]);
  await scene.update();
  await scene.accounts.insertOne({ _id: 'odd' as never, __STATE__: 'PUBLIC', balance: '7' });
  const options = { url: scene.url, projections: scene.projections, group: scene.group };
  const services = await scene.services(t);
  await assert.rejects(takeSnapshot({ ...options, group: 'nobody' }, services), { code: 'SNAPSHOT_GROUP_UNKNOWN' });
  await assert.rejects(takeSnapshot(options, services), { code: 'LOAD_TOO_MANY_BAD_ROWS', subject: '"odd"' });
  const manifest = await takeSnapshot({ ...options, errorsMax: 1 }, services);
  assert.deepEqual(manifest.projections[0]?.refusedDocuments, [{ id: '"odd"', reason: 'it has no key field ACCOUNT' }]);
  assert.equal(manifest.rows, 1);
  const missing = scene.projections.map((projection) => ({ ...projection, collection: 'nowhere' }));
  await assert.rejects(takeSnapshot({ ...options, projections: missing }, services), { code: 'LOAD_TABLE_MISSING' });
});
