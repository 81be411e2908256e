import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { KafkaClient } from '../../src/core/kafka/kafka-client.ts';
import { partitionName } from '../../src/core/record/topic-partition.ts';
import { until } from '../../src/demo/services/until.ts';
import { readPositions } from '../../src/deploy/procedure/positions.ts';
import { applyWithDeaths, BEFORE, BEFORE_APPLIED } from '../harness/apply-with-deaths.ts';
import { changeTopic, type RowChange } from '../harness/change-topic.ts';
import { type CommandSite, openCommandSite } from '../harness/command-site.ts';
import { type DumpedTable, dumpShop } from '../harness/dumped-shop.ts';
import { foldFolder } from '../harness/fold-folder.ts';
import { testClient, testTopic } from '../harness/kafka-topic.ts';
import { moveArchiveAway, takeBack } from '../harness/take-back.ts';
import { testKafka } from '../harness/shared-services.ts';

/**
 * P5 from dumps of four formats, and P6 from the archive that it led to, after further changes; `bss deploy apply` is killed
 * all the time.
 */

const { bootstrap } = await testKafka();

async function folderOf(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bss-dump-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

function mappingFor(topics: Readonly<Record<string, string>>): string {
  const tables = Object.entries(topics).map(
    ([table, topic]) => `
  - table: ${table}
    topic: ${topic}
    key: [id]
    columns: {id: int64, name: string}`,
  );
  return `
version: 1
format: {type: debezium, source: {db: shop}}
tables:${tables.join('')}
`;
}

function changes(names: ReadonlyMap<number, string | null>): RowChange[] {
  return [...names].map(([id, name]) => ({ key: { id }, row: name === null ? null : { id, name } }));
}

async function archived(client: KafkaClient, { groupId }: CommandSite, topics: readonly string[]): Promise<void> {
  const ends = await readPositions(client, topics, 'stable');
  const reached = async (): Promise<boolean> => {
    const committed = await client.committedOffsets(groupId, ends);
    return ends.every((at) => (committed.get(partitionName(at))?.offset ?? 0n) >= at.offset);
  };
  await until(reached, { deadlineMs: 30_000, what: 'the changes to be archived', pollMs: 100 });
}

/** Folds the folder of each table, and compares it row by row. Gives the number of messages, by table. */
async function assertFolds(site: CommandSite, tables: readonly DumpedTable[]): Promise<Map<string, number>> {
  const messages = new Map<string, number>();
  for (const { name: table, names } of tables) {
    const folded = await foldFolder(site.bucket, table);
    const rows = new Map([...folded.rows].map(([key, row]): [string, unknown] => [key, JSON.parse(row)]));
    const expected = new Map([...names].map(([id, name]) => [JSON.stringify({ id }), { id, name }]));
    assert.deepEqual(rows, expected, `the archive of ${table}`);
    messages.set(table, folded.messages);
  }
  return messages;
}

async function assertProven(site: CommandSite): Promise<void> {
  const { verdict, reasons, counts } = await site.certify();
  assert.deepEqual([verdict, reasons], ['proven', []]);
  assert.equal(counts.length, 4);
}

test('P5 loads dumps before what the topics have, P6 rebuilds them from an archive; both killed', async (t) => {
  const client = await testClient(t, bootstrap);
  const folder = await folderOf(t);
  const { inputs, tables } = await dumpShop(folder, { csv: 2_000, others: 60 });
  const topics: Record<string, string> = {};
  for (const { name } of tables) topics[name] = await testTopic(client, name === 'orders' ? 2 : 1);
  const [orders, all] = [topics['orders'] ?? '', Object.values(topics)];
  const mapping = join(folder, 'mapping.yaml');
  await writeFile(mapping, mappingFor(topics));
  await changeTopic(client, orders, changes(new Map([[1, 'changed after the dump']])));
  const storer = { topics: tables.map(({ name }) => ({ topic: topics[name], folder: name })) };
  const dump = { inputs: inputs.map((input) => input.replace(/[^=]+$/, (file) => join(folder, file))), mapping };
  const fromDump = await openCommandSite(t, { bootstrap, procedure: 'P5', storer, sections: { dump } });
  const init = all.map((topic) => `${topic}-init`);
  const undone = await takeBack(fromDump, client, {
    applyDies: { type: 'step-applied', step: 'prove-load' },
    undoDies: { type: 'step-undone', step: 'start-init-storer' },
    topics: init,
  });
  assert.deepEqual(undone, { exitCode: 0, stays: [] });
  assert.ok(await moveArchiveAway(fromDump), 'what was archived stayed');
  const load = [BEFORE, { type: 'step-started', afterMs: 50 }, { type: 'note', key: 'rows' }] as const;
  // The others are killed by the test of P2.
  const kills = await applyWithDeaths(fromDump, { deaths: { 'initial-load': load } });
  t.diagnostic(`P5 was killed ${kills} times`);
  const later = new Map<number, string | null>([
    [2, 'changed later'],
    [3, null],
    [2_000, 'new'],
  ]);
  await changeTopic(client, orders, changes(later));
  await archived(client, fromDump, all);
  const names = new Map(tables[0]?.names).set(1, 'changed after the dump').set(2, 'changed later').set(2_000, 'new');
  names.delete(3);
  const now = [{ name: 'orders', names }, ...tables.slice(1)];
  await assertFolds(fromDump, now);
  await assertProven(fromDump);
  assert.deepEqual(await client.existingTopics(init), new Set());

  const reconstruct = { from: fromDump.bucketFolder, format: 'debezium' };
  const rebuilt = await openCommandSite(t, {
    bootstrap,
    procedure: 'P6',
    storer: { ...storer, startPosition: 'latest' },
    sections: { dump: { mapping, reconstruct } },
  });
  const given = await takeBack(rebuilt, client, {
    applyDies: { type: 'note', step: 'initial-load', key: 'rows' },
    undoDies: { type: 'step-undone', step: 'create-init-topics' },
    topics: init,
  });
  assert.deepEqual(given, { exitCode: 0, stays: [] });
  await moveArchiveAway(rebuilt);
  const deaths = {
    'reconstruct-dump': [BEFORE, { type: 'step-started', afterMs: 60 }, { type: 'note' }, BEFORE_APPLIED],
  } as const;
  await applyWithDeaths(rebuilt, { deaths });
  const messages = await assertFolds(rebuilt, now);
  const expected = now.map((table) => [table.name, table.names.size]);
  assert.deepEqual([...messages], expected, 'a message for each row that is left, and nothing of its history');
  await assertProven(rebuilt);
});
