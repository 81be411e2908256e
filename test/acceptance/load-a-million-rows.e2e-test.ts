import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { orderMapping, writeOrderDump } from '../../bench/order-dump.ts';
import { runCommand } from '../../src/demo/services/run-command.ts';
import { testClient, testTopic } from '../harness/kafka-topic.ts';
import { assertOrdersOnce } from '../harness/loaded-orders.ts';
import { type SharedKafka, testKafka, uniqueName } from '../harness/shared-services.ts';

/** A dump of the size that is promised: every row is there once, and every 1,000th is compared value by value. */

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const ROWS = 1_000_000;
const PARTITIONS = 4;

let kafka: SharedKafka;

before(async () => {
  kafka = await testKafka();
});

for (const format of ['csv', 'jsonl'] as const) {
  test(`a million rows of ${format}`, async (t) => {
    const client = await testClient(t, kafka.bootstrap);
    const topic = await testTopic(client, PARTITIONS);
    const folder = await mkdtemp(join(tmpdir(), 'bss-million-'));
    t.after(() => rm(folder, { recursive: true }));
    const [dump, mapping] = [join(folder, `orders.${format}`), join(folder, 'mapping.yaml')];
    await writeOrderDump(dump, format, ROWS);
    await writeFile(mapping, orderMapping(topic));
    const flags = ['--mapping', mapping, '--brokers', kafka.bootstrap, '--loads-topic', uniqueName('loads'), '--json'];
    const { stdout } = await runCommand(process.execPath, [MAIN, 'load', dump, ...flags], { timeoutMs: 300_000 });
    const { state, rows, rowsTotal } = JSON.parse(stdout) as Record<string, unknown>;
    assert.deepEqual(
      { state, rows, rowsTotal },
      { state: 'succeeded', rows: { read: ROWS, loaded: ROWS, refused: 0, skipped: 0 }, rowsTotal: ROWS },
    );
    await assertOrdersOnce(client, topic, { partitions: PARTITIONS, rows: ROWS, compared: (id) => id % 1000 === 0 });
    await client.deleteTopics([topic]);
  });
}
