import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { partitionName } from '../../src/core/record/topic-partition.ts';
import { startMongo } from '../../src/demo/services/mongo.ts';
import { until } from '../../src/demo/services/until.ts';
import { countTables } from '../../src/deploy/certificate/count-tables.ts';
import { readPositions } from '../../src/deploy/procedure/positions.ts';
import { applyWithDeaths, BEFORE, BEFORE_APPLIED } from '../harness/apply-with-deaths.ts';
import { openCommandSite } from '../harness/command-site.ts';
import { foldFolder } from '../harness/fold-folder.ts';
import { testClient, testTopic } from '../harness/kafka-topic.ts';
import { ProjectedBank } from '../harness/projected-bank.ts';
import { moveArchiveAway, takeBack } from '../harness/take-back.ts';
import { testKafka, uniqueName } from '../harness/shared-services.ts';

/**
 * P3 on a server that speaks MongoDB's protocol, while an updater writes the collection all the time and `bss deploy apply` is
 * killed: afterwards the archive, folded by key, is the collection.
 */

const ACCOUNTS = 2_000;

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

test('P3, killed: the archive, folded, is the collection that was written all the time', async (t) => {
  const { bootstrap } = await testKafka();
  const kafka = await testClient(t, bootstrap);
  const topic = await testTopic(kafka, 1);
  const mongo = await startMongo();
  t.after(() => mongo.stop());
  const folder = await mkdtemp(join(tmpdir(), 'bss-projections-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const [database, group] = [uniqueName('bank'), uniqueName('updater')];
  const bank = await ProjectedBank.open({ kafka, topic, mongoUrl: mongo.url, database, group, accounts: ACCOUNTS });
  t.after(() => bank.close());
  await writeFile(join(folder, 'projections.json'), projections(topic));
  await writeFile(join(folder, 'mapping.yaml'), mapping(topic));
  const site = await openCommandSite(t, {
    bootstrap,
    procedure: 'P3',
    storer: { topics: [{ topic, folder: 'accounts' }] },
    sections: {
      projections: {
        url: `${mongo.url}/${database}`,
        group,
        collections: { [topic]: 'accounts' },
        restore: join(folder, 'projections.json'),
        mapping: join(folder, 'mapping.yaml'),
      },
    },
  });
  bank.start();
  const undone = await takeBack(site, kafka, {
    applyDies: { type: 'step-started', step: 'initial-load', afterMs: 40 },
    undoDies: { type: 'step-undone', step: 'start-init-storer' },
    topics: [`${topic}-init`],
  });
  assert.deepEqual(undone, { exitCode: 0, stays: [] });
  await moveArchiveAway(site);
  const deaths = {
    'take-snapshot': [BEFORE, { type: 'step-started', afterMs: 60 }, { type: 'note', key: 'offsets' }, BEFORE_APPLIED],
    'initial-load': [BEFORE, BEFORE_APPLIED],
  } as const;
  const kills = await applyWithDeaths(site, { deaths });
  t.diagnostic(`killed ${kills} times`);
  await bank.stop();
  const { startedAtMs = 0, endedAtMs = 0 } = (await site.state())?.steps.get('take-snapshot') ?? {};
  const meanwhile = bank.updatedAtMs.filter((atMs) => atMs >= startedAtMs && atMs <= endedAtMs);
  assert.ok(
    meanwhile.length > 20,
    `the collection was written while the snapshot was taken: ${meanwhile.length} times`,
  );

  const ends = await readPositions(kafka, [topic], 'stable');
  const archived = async (): Promise<boolean> => {
    const committed = await kafka.committedOffsets(site.groupId, ends);
    return ends.every((at) => (committed.get(partitionName(at))?.offset ?? 0n) >= at.offset);
  };
  await until(archived, { deadlineMs: 30_000, what: 'the last changes to be archived', pollMs: 100 });
  const folded = await foldFolder(site.bucket, 'accounts');
  const found = [...folded.rows.values()].map((row) => {
    const { ACCOUNT, BALANCE } = JSON.parse(row) as { readonly ACCOUNT: number; readonly BALANCE: number };
    return [ACCOUNT, BALANCE] as const;
  });
  const balances = await bank.balances();
  assert.ok(balances.size > 100 && balances.size < ACCOUNTS * 1.1, `${balances.size} accounts are open`);
  assert.deepEqual(new Map(found.toSorted(byAccount)), new Map([...balances].toSorted(byAccount)));
  const counted = await countTables(`${mongo.url}/${database}`, ['accounts']);
  assert.deepEqual(counted, [BigInt((await bank.documents()).length)], 'as certificates count collections');
  const { verdict, reasons } = await site.certify();
  assert.deepEqual([verdict, reasons], ['proven', []]);
});

function byAccount([a]: readonly [number, number], [b]: readonly [number, number]): number {
  return a - b;
}
