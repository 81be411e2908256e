import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { orderMapping, writeOrderDump } from '../../bench/order-dump.ts';
import { runCommand } from '../../src/demo/services/run-command.ts';
import { type CommandSite, openCommandSite } from '../harness/command-site.ts';
import { testClient, testTopic } from '../harness/kafka-topic.ts';
import { assertOrdersOnce } from '../harness/loaded-orders.ts';
import { assertArchivedOnce, DUMPED_TABLES, dumpTables } from '../harness/real-dumps.ts';
import { testKafka, uniqueName } from '../harness/shared-services.ts';

/** Dumps of the size that is promised: every row is there once, and some are compared value by value. */

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const ROWS = 1_000_000;
const PARTITIONS = 4;
const EXPECTED = { rows: ROWS, compared: (id: number): boolean => id % 1000 === 0 };

const kafka = await testKafka();

async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bss-million-'));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

test('bss load: a million rows of JSON lines', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const topic = await testTopic(client, PARTITIONS);
  const folder = await temporaryFolder(t);
  const [dump, mapping] = [join(folder, 'orders.jsonl'), join(folder, 'mapping.yaml')];
  await writeOrderDump(dump, 'jsonl', ROWS);
  await writeFile(mapping, orderMapping(topic));
  const flags = ['--mapping', mapping, '--brokers', kafka.bootstrap, '--loads-topic', uniqueName('loads'), '--json'];
  const { stdout } = await runCommand(process.execPath, [MAIN, 'load', dump, ...flags], { timeoutMs: 300_000 });
  const { state, rows, rowsTotal } = JSON.parse(stdout) as Record<string, unknown>;
  assert.deepEqual(
    { state, rows, rowsTotal },
    { state: 'succeeded', rows: { read: ROWS, loaded: ROWS, refused: 0, skipped: 0 }, rowsTotal: ROWS },
  );
  await assertOrdersOnce(client, topic, { ...EXPECTED, partitions: PARTITIONS });
  await client.deleteTopics([topic]);
});

test('bss deploy: P5 archives a million rows of four dumps, P6 rebuilds them from that archive; both are proven', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const folder = await temporaryFolder(t);
  const topics = await Promise.all(DUMPED_TABLES.map(() => testTopic(client, PARTITIONS)));
  const mapping = join(folder, 'mapping.yaml');
  await writeFile(mapping, tablesMapping(topics));
  const inputs = await dumpTables(folder, ROWS / DUMPED_TABLES.length);
  const storer = { topics: topics.map((topic, i) => ({ topic, folder: DUMPED_TABLES[i] })) };
  const fromDumps = await openCommandSite(t, {
    bootstrap: kafka.bootstrap,
    procedure: 'P5',
    storer,
    sections: { dump: { inputs, mapping } },
  });
  await assertAppliedAndProven(fromDumps);
  const rebuilt = await openCommandSite(t, {
    bootstrap: kafka.bootstrap,
    procedure: 'P6',
    storer,
    sections: { dump: { mapping, reconstruct: { from: fromDumps.bucketFolder, format: 'debezium' } } },
  });
  await assertAppliedAndProven(rebuilt);
});

async function assertAppliedAndProven(site: CommandSite): Promise<void> {
  const applied = await site.bss(['deploy', 'apply']);
  assert.equal(applied.exitCode, 0, applied.stdout + applied.stderr);
  for (const table of DUMPED_TABLES) await assertArchivedOnce(site.bucket, table, ROWS / DUMPED_TABLES.length);
  const { verdict, reasons, counts } = await site.certify();
  assert.deepEqual([verdict, reasons], ['proven', []]);
  const each = String(ROWS / DUMPED_TABLES.length);
  assert.deepEqual(
    counts.map(({ source, archived }) => [source, archived]),
    DUMPED_TABLES.map(() => [each, each]),
  );
}

function tablesMapping(topics: readonly string[]): string {
  return `version: 1
format: {type: debezium, source: {db: shop}}
input: {csv: {encoding: windows-1252}}
tables:${topics.map(tableMapping).join('')}
`;
}

function tableMapping(topic: string, index: number): string {
  return `\n  - {table: ${DUMPED_TABLES[index]}, topic: ${topic}, key: [id], columns: {id: int64, name: string}}`;
}
