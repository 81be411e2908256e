import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { KafkaClient } from '../../src/core/kafka/kafka-client.ts';
import { writeBatch } from '../../src/core/record/batch-records.ts';
import { partitionForKey } from '../../src/core/record/partitioner.ts';
import { partitionName } from '../../src/core/record/topic-partition.ts';
import { until } from '../../src/demo/services/until.ts';
import { readPositions } from '../../src/deploy/procedure/positions.ts';
import { openDeploySite } from '../harness/deploy-site.ts';
import { foldFolder } from '../harness/fold-folder.ts';
import { settledEnd, testClient, testTopic } from '../harness/kafka-topic.ts';
import { testKafka, uniqueName } from '../harness/shared-services.ts';

/** P5 from a CSV dump, and P6 from the archive that it led to, after further changes. */

const PARTITIONS = 2;
const ROWS = 2_000;

const { bootstrap } = await testKafka();

async function folderOf(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bss-dump-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

function mappingFor(topic: string): string {
  return `
version: 1
format: {type: debezium, source: {db: shop}}
tables:
  - topic: ${topic}
    key: [id]
    columns: {id: int64, name: string}
`;
}

/** Changes as Debezium writes them: rows that are new or changed; null for one that was deleted. */
async function change(client: KafkaClient, topic: string, changes: ReadonlyMap<number, string | null>): Promise<void> {
  const producer = await client.transactionalProducer({
    transactionalId: uniqueName('change'),
    transactionTimeoutMs: 30_000,
  });
  producer.begin();
  for (const [id, name] of changes) {
    const key = Buffer.from(JSON.stringify({ id }));
    const value =
      name === null ? { before: { id }, after: null, op: 'd' } : { before: null, after: { id, name }, op: 'u' };
    const at = { topic, partition: partitionForKey(key, PARTITIONS) };
    const stamp = {
      producerId: producer.producerId,
      producerEpoch: producer.producerEpoch,
      baseSequence: producer.nextSequence(at, 1),
      transactional: true,
    };
    const record = {
      offset: 0n,
      timestampMs: BigInt(Date.now()),
      timestampType: 'CreateTime' as const,
      key,
      value: Buffer.from(JSON.stringify({ ...value, source: { db: 'shop' } })),
      headers: [],
    };
    await producer.produce(at, writeBatch([record], stamp, 'none'), 1);
  }
  await producer.commit();
  await producer.close();
  // Else a reader of what is committed may still find the end where it was before.
  for (let partition = 0; partition < PARTITIONS; partition++) await settledEnd(client, { topic, partition });
}

function rowsOf(names: ReadonlyMap<number, string>): Map<string, unknown> {
  return new Map([...names].map(([id, name]) => [JSON.stringify({ id }), { id, name }]));
}

function parsed(rows: ReadonlyMap<string, string>): Map<string, unknown> {
  return new Map([...rows].map(([key, row]): [string, unknown] => [key, JSON.parse(row)]));
}

test('P5 loads a dump before what the topics have, P6 rebuilds one from an archive', async (t) => {
  const client = await testClient(t, bootstrap);
  const topic = await testTopic(client, PARTITIONS);
  const folder = await folderOf(t);
  const names = new Map(Array.from({ length: ROWS }, (_, id) => [id, `Name ${id}, "Ü"`]));
  const lines = [...names].map(([id, name]) => `${id},"${name.replaceAll('"', '""')}"`);
  await writeFile(join(folder, 'orders.csv'), `id,name\n${lines.join('\n')}\n`);
  await writeFile(join(folder, 'mapping.yaml'), mappingFor(topic));
  await change(client, topic, new Map([[1, 'changed after the dump']]));
  const dump = { inputs: [join(folder, 'orders.csv')], mapping: join(folder, 'mapping.yaml') };
  const storer = { topics: [{ topic, folder: 'orders' }] };
  const fromDump = await openDeploySite(t, { bootstrap, procedure: 'P5', storer, deployment: { dump } });
  assert.deepEqual(await fromDump.apply(), { kind: 'finished' });
  await change(
    client,
    topic,
    new Map<number, string | null>([
      [2, 'changed later'],
      [3, null],
      [ROWS, 'new'],
    ]),
  );
  const ends = await readPositions(client, [topic], 'stable');
  const archived = async (): Promise<boolean> => {
    const committed = await client.committedOffsets(fromDump.site.storer.storer.groupId, ends);
    return ends.every((at) => (committed.get(partitionName(at))?.offset ?? 0n) >= at.offset);
  };
  await until(archived, { deadlineMs: 30_000, what: 'the changes to be archived', pollMs: 100 });
  names.set(1, 'changed after the dump').set(2, 'changed later').set(ROWS, 'new').delete(3);
  assert.deepEqual(parsed((await foldFolder(fromDump.site.bucket, 'orders')).rows), rowsOf(names));
  assert.deepEqual(await client.existingTopics([`${topic}-init`]), new Set());

  const reconstruct = { from: fromDump.bucketFolder, format: 'debezium' };
  const rebuilt = await openDeploySite(t, {
    bootstrap,
    procedure: 'P6',
    storer: { ...storer, startPosition: 'latest' },
    deployment: { dump: { ...dump, inputs: [], reconstruct } },
  });
  assert.deepEqual(await rebuilt.apply(), { kind: 'finished' });
  const folded = await foldFolder(rebuilt.site.bucket, 'orders');
  assert.deepEqual(parsed(folded.rows), rowsOf(names));
  assert.equal(folded.messages, ROWS, 'a message for each row that is left, and nothing of its history');
});

test('P5 refuses duplicate keys and a mapping without a key before it changes anything', async (t) => {
  const client = await testClient(t, bootstrap);
  const topic = await testTopic(client, PARTITIONS);
  const folder = await folderOf(t);
  await writeFile(join(folder, 'twice.csv'), 'id,name\n1,a\n2,b\n1,c\n');
  const wrong = [
    { mapping: mappingFor(topic), code: 'LOAD_DUPLICATE_KEYS' },
    { mapping: mappingFor(topic).replace('    key: [id]\n', ''), code: 'LOAD_MAPPING_WITHOUT_KEY' },
    { mapping: mappingFor(uniqueName('other')), code: 'LOAD_MAPPING_INVALID' },
  ];
  for (const [index, { mapping, code }] of wrong.entries()) {
    const path = join(folder, `mapping-${index}.yaml`);
    await writeFile(path, mapping);
    const dump = { inputs: [join(folder, 'twice.csv')], mapping: path };
    const deploy = await openDeploySite(t, {
      bootstrap,
      procedure: 'P5',
      storer: { topics: [topic] },
      deployment: { dump },
    });
    await assert.rejects(deploy.apply(), { code });
    assert.equal(deploy.state(), undefined, 'nothing has begun');
  }
  assert.deepEqual(await client.existingTopics([`${topic}-init`]), new Set());
});
