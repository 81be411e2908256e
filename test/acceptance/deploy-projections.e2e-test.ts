import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { MongoClient } from 'mongodb';
import { writeBatch } from '../../src/core/record/batch-records.ts';
import { startMongo } from '../../src/demo/services/mongo.ts';
import { readPositions } from '../../src/deploy/procedure/positions.ts';
import { openDeploySite } from '../harness/deploy-site.ts';
import { foldFolder } from '../harness/fold-folder.ts';
import { settledEnd, testClient, testTopic } from '../harness/kafka-topic.ts';
import { testKafka, uniqueName } from '../harness/shared-services.ts';

/** P3 on a server that speaks MongoDB's protocol: what the updater had not read yet comes after the snapshot. */

const ACCOUNTS = 300;

function projections(topic: string): string {
  const fieldsMapping = {
    ACCOUNT: { targetField: 'account', castFunction: 'castToInteger', sourceType: 'integer' },
    BALANCE: { targetField: 'balance', castFunction: 'castToString', sourceType: 'integer' },
  };
  return JSON.stringify({
    projections: [{ name: 'accounts', topics: [topic], primaryKeys: ['ACCOUNT'], fieldsMapping }],
  });
}

function mapping(topic: string): string {
  return `
version: 1
format: {type: debezium, source: {db: bank}}
tables:
  - table: accounts
    topic: ${topic}
    key: [ACCOUNT]
    columns: {ACCOUNT: int64, BALANCE: int64}
`;
}

test('P3: the archive, folded, is the projection and what came after it', async (t) => {
  const { bootstrap } = await testKafka();
  const client = await testClient(t, bootstrap);
  const topic = await testTopic(client, 1);
  const mongo = await startMongo();
  t.after(() => mongo.stop());
  const folder = await mkdtemp(join(tmpdir(), 'bss-projections-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const [database, group] = [uniqueName('bank'), uniqueName('updater')];
  const connection = await new MongoClient(mongo.url).connect();
  t.after(() => connection.close());
  const documents = Array.from({ length: ACCOUNTS }, (_, account) => {
    return {
      account,
      balance: String(account * 10),
      __STATE__: account === 5 ? 'DELETED' : 'PUBLIC',
      updatedAt: new Date(),
    };
  });
  await connection.db(database).collection('accounts').insertMany(documents);
  const produce = async (account: number, balance: number): Promise<void> => {
    const producer = await client.transactionalProducer({
      transactionalId: uniqueName('bank'),
      transactionTimeoutMs: 30_000,
    });
    producer.begin();
    const at = { topic, partition: 0 };
    const { producerId, producerEpoch } = producer;
    const stamp = { producerId, producerEpoch, baseSequence: producer.nextSequence(at, 1), transactional: true };
    const value = { before: null, after: { ACCOUNT: account, BALANCE: balance }, op: 'u', source: { db: 'bank' } };
    const record = {
      offset: 0n,
      timestampMs: BigInt(Date.now()),
      timestampType: 'CreateTime' as const,
      key: Buffer.from(JSON.stringify({ ACCOUNT: account })),
      value: Buffer.from(JSON.stringify(value)),
      headers: [],
    };
    await producer.produce(at, writeBatch([record], stamp, 'none'), 1);
    await producer.commit();
    await producer.close();
    await settledEnd(client, at);
  };
  await produce(7, 1);
  const read = await readPositions(client, [topic], 'stable');
  await client.alterGroupOffsets(
    group,
    read.map((at) => ({ ...at, metadata: '' })),
  );
  // Not yet read by the updater: neither lost, nor in the projection.
  await produce(7, 77);
  await writeFile(join(folder, 'projections.json'), projections(topic));
  await writeFile(join(folder, 'mapping.yaml'), mapping(topic));
  const deploy = await openDeploySite(t, {
    bootstrap,
    procedure: 'P3',
    storer: { topics: [{ topic, folder: 'accounts' }] },
    deployment: {
      projections: {
        url: `${mongo.url}/${database}`,
        group,
        collections: { [topic]: 'accounts' },
        restore: join(folder, 'projections.json'),
        mapping: join(folder, 'mapping.yaml'),
      },
    },
  });
  assert.deepEqual(await deploy.apply(), { kind: 'finished' });
  const folded = await foldFolder(deploy.site.bucket, 'accounts');
  const expected = new Map(
    documents
      .filter(({ account }) => account !== 5)
      .map(({ account, balance }) => [account, account === 7 ? 77 : Number(balance)]),
  );
  const found = [...folded.rows.values()].map(
    (row) => JSON.parse(row) as { readonly ACCOUNT: number; readonly BALANCE: number },
  );
  assert.deepEqual(
    new Map(
      found.map(({ ACCOUNT, BALANCE }) => [ACCOUNT, BALANCE]).toSorted(([a = 0], [b = 0]) => a - b) as [
        number,
        number,
      ][],
    ),
    expected,
  );
  assert.equal(folded.messages, ACCOUNTS - 1 + 1, 'each document once, and what came after');
  const { verdict, reasons } = await deploy.certify();
  assert.deepEqual([verdict, reasons], ['proven', []]);
});
