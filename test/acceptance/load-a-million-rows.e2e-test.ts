import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { orderMapping, writeOrderDump } from '../../bench/order-dump.ts';
import { runCommand } from '../../src/demo/services/run-command.ts';
import { openCommandSite } from '../harness/command-site.ts';
import { testClient, testTopic } from '../harness/kafka-topic.ts';
import { assertOrdersArchivedOnce, assertOrdersOnce } from '../harness/loaded-orders.ts';
import { testKafka, uniqueName } from '../harness/shared-services.ts';

/** Dumps of the size that is promised: every row is there once, and every 1,000th is compared value by value. */

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const ROWS = 1_000_000;
const PARTITIONS = 4;
const EXPECTED = { rows: ROWS, compared: (id: number): boolean => id % 1000 === 0 };

const kafka = await testKafka();

async function dumpOf(t: TestContext, format: 'csv' | 'jsonl', topic: string) {
  const folder = await mkdtemp(join(tmpdir(), 'bss-million-'));
  t.after(() => rm(folder, { recursive: true }));
  const [dump, mapping] = [join(folder, `orders.${format}`), join(folder, 'mapping.yaml')];
  await writeOrderDump(dump, format, ROWS);
  await writeFile(mapping, orderMapping(topic));
  return { dump, mapping };
}

test('bss load: a million rows of JSON lines', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const topic = await testTopic(client, PARTITIONS);
  const { dump, mapping } = await dumpOf(t, 'jsonl', topic);
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

test('bss deploy, P5: a million rows of CSV are in the archive, and proven', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const topic = await testTopic(client, PARTITIONS);
  const { dump, mapping } = await dumpOf(t, 'csv', topic);
  const site = await openCommandSite(t, {
    bootstrap: kafka.bootstrap,
    procedure: 'P5',
    storer: { topics: [{ topic, folder: 'orders' }] },
    sections: { dump: { inputs: [dump], mapping } },
  });
  const applied = await site.bss(['deploy', 'apply']);
  assert.equal(applied.exitCode, 0, applied.stdout + applied.stderr);
  await assertOrdersArchivedOnce(site.bucket, 'orders', EXPECTED);
  const { verdict, reasons, counts } = await site.certify();
  assert.deepEqual([verdict, reasons], ['proven', []]);
  assert.deepEqual(
    counts.map(({ source, archived }) => [source, archived]),
    [[String(ROWS), String(ROWS)]],
  );
});
