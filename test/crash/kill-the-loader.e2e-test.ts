import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { orderMapping, writeOrderDump } from '../../bench/order-dump.ts';
import type { KafkaClient } from '../../src/core/kafka/kafka-client.ts';
import { SeededRandom } from '../../src/demo/seeded-random.ts';
import { until } from '../../src/demo/services/until.ts';
import { assertOrdersOnce } from '../harness/loaded-orders.ts';
import { testClient, testTopic } from '../harness/kafka-topic.ts';
import { type SharedKafka, testKafka, uniqueName } from '../harness/shared-services.ts';

/** `kill -9` of `bss load` while it writes: in the end every row of the dump is in the topic, once. */

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const ROWS = 30_000;
const KILLS = 4;
const PARTITIONS = 3;
/** The moments are drawn from it: a run that failed can be run again. */
const SEED = Number(process.env['BSS_TEST_SEED'] ?? Date.now() % 1_000_000);

let kafka: SharedKafka;

before(async () => {
  kafka = await testKafka();
});

test(`a load that is killed again and again writes every row once: ${KILLS} kills, seed ${SEED}`, async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const topic = await testTopic(client, PARTITIONS);
  const folder = await mkdtemp(join(tmpdir(), 'bss-kill-'));
  t.after(() => rm(folder, { recursive: true }));
  const [dump, mapping] = [join(folder, 'orders.csv'), join(folder, 'mapping.yaml')];
  await writeOrderDump(dump, 'csv', ROWS);
  await writeFile(mapping, orderMapping(topic));
  const line = ['load', dump, '--mapping', mapping, '--brokers', kafka.bootstrap, '--loads-topic', uniqueName('loads')];
  const start = () => {
    const args = [MAIN, ...line, '--transaction-size', '256KiB', '--rows-per-second', '15000'];
    return spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  };
  const random = new SeededRandom(SEED);
  let killedInTheMiddle = 0;
  for (let kills = 0; kills < KILLS; kills++) {
    const before = await endOf(client, topic);
    const child = start();
    const exit = once(child, 'exit');
    const grown = before + BigInt(random.below(5000) + 1);
    await until(async () => child.exitCode !== null || (await endOf(client, topic)) >= grown, {
      deadlineMs: 120_000,
      what: 'the load to write',
    });
    child.kill('SIGKILL');
    await exit;
    if (child.exitCode === null) killedInTheMiddle++;
  }
  assert.ok(killedInTheMiddle > 0, 'some load was killed before it ended');
  const last = start();
  const [exitCode] = (await once(last, 'exit')) as [number | null];
  assert.equal(exitCode, 0);
  await assertOrdersOnce(client, topic, { partitions: PARTITIONS, rows: ROWS, compared: () => true });
  // A row that was sent and rolled back takes an offset that no reader sees.
  assert.ok((await endOf(client, topic)) > BigInt(ROWS));
});

/** Ends of all partitions together: rows that are not committed count. */
async function endOf(client: KafkaClient, topic: string): Promise<bigint> {
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({ topic, partition }));
  const ends = await client.listOffsets(partitions, 'latest');
  return [...ends.values()].reduce((sum, end) => sum + end, 0n);
}
