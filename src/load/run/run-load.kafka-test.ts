import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test, type TestContext } from 'node:test';
import { partitionForKey } from '../../core/record/partitioner.ts';
import type { KafkaClient } from '../../core/kafka/kafka-client.ts';
import { loadOptions, loadServices, textInput } from '../../../test/harness/load-dump.ts';
import { committedRecords, testClient, testTopic } from '../../../test/harness/kafka-topic.ts';
import { type SharedKafka, testKafka, uniqueName } from '../../../test/harness/shared-services.ts';
import type { RowSource } from '../row/row.ts';
import { openCsv } from '../text/open-csv.ts';
import { openJsonLines } from '../text/open-json-lines.ts';
import { runLoad } from './run-load.ts';

let kafka: SharedKafka;

before(async () => {
  kafka = await testKafka();
});

const PARTITION_COUNT = 3;

function mappingFor(topic: string, more = ''): string {
  return `
version: 1
format: {type: debezium, source: {db: shop}}
tables:
  - topic: ${topic}
    key: [id]
    columns:
      id: int64
      name: string
      amount: {type: decimal, scale: 2}
${more}`;
}

function csv(rows: readonly string[], name = 'orders.csv'): RowSource {
  return openCsv(textInput(`id,name,amount\n${rows.join('\n')}\n`, name));
}

async function recordsOf(client: KafkaClient, topic: string) {
  const partitions = await Promise.all(
    Array.from({ length: PARTITION_COUNT }, async (_, partition) => {
      const records = await committedRecords(client, { topic, partition });
      return records.map(({ key, value }) => ({
        partition,
        key: Buffer.from(key ?? []).toString(),
        value: JSON.parse(Buffer.from(value ?? []).toString()) as { after: { id: number; name: string } },
      }));
    }),
  );
  return partitions.flat();
}

async function scene(t: TestContext) {
  const client = await testClient(t, kafka.bootstrap);
  const topic = await testTopic(client, PARTITION_COUNT);
  return { client, topic };
}

async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bss-load-'));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

test('every row becomes one message, in the partition of its key; counts say where', async (t) => {
  const { client, topic } = await scene(t);
  const rows = Array.from({ length: 500 }, (_, i) => `${i},"name ${i}, ""é""",${i}.5`);
  const { state } = await runLoad(loadOptions([csv(rows)], mappingFor(topic)), loadServices(client));
  const records = await recordsOf(client, topic);
  assert.equal(records.length, 500);
  for (const { partition, key, value } of records) {
    assert.equal(partition, partitionForKey(Buffer.from(key), PARTITION_COUNT));
    const { id, name } = value.after;
    assert.equal(key, `{"id":${id}}`);
    assert.deepEqual(value.after, { id, name: `name ${id}, "é"`, amount: `${id}.50` });
    assert.equal(name, `name ${id}, "é"`);
  }
  assert.equal(new Set(records.map(({ key }) => key)).size, 500);
  assert.deepEqual(state.rows, { read: 500, loaded: 500, refused: 0, skipped: 0 });
  assert.equal(state.rowsTotal, 500);
  const [table] = state.tables;
  assert.equal(
    table?.partitions.reduce((sum, { records: count }) => sum + count, 0),
    500,
  );
  for (const { firstOffset, endOffset, records: count } of table?.partitions ?? []) {
    assert.equal(firstOffset, '0');
    assert.equal(endOffset, String(count));
  }
});

test('the same load again does nothing; with another mapping it is refused', async (t) => {
  const { client, topic } = await scene(t);
  const options = loadOptions([csv(['1,a,1'])], mappingFor(topic), { id: uniqueName('load') });
  const first = await runLoad(options, loadServices(client));
  const again = await runLoad(options, loadServices(client));
  assert.deepEqual([first.wasDone, again.wasDone], [false, true]);
  assert.deepEqual(again.state, first.state);
  assert.equal((await recordsOf(client, topic)).length, 1);
  const { mapping } = loadOptions([], mappingFor(topic, '    headers: {a: b}'));
  await assert.rejects(runLoad({ ...options, mapping }, loadServices(client)), { code: 'LOAD_RESUME_MISMATCH' });
});

test('a load that is stopped goes on at the next row', async (t) => {
  const { client, topic } = await scene(t);
  const rows = Array.from({ length: 20_000 }, (_, i) => `${i},n${i},1`);
  const sources = [csv(rows.slice(0, 9000), 'a.csv'), csv(rows.slice(9000), 'b.csv')];
  const options = loadOptions(sources, mappingFor(topic), { transactionBytesMax: 100_000 });
  let resumed = 0;
  for (let runs = 0; ; runs++) {
    assert.ok(runs < 20, 'it comes to an end');
    const stop = new AbortController();
    const services = loadServices(client, {
      signal: stop.signal,
      onProgress: ({ phase, rows: done }) => {
        if (phase === 'loading' && done > (runs + 1) * 5000) stop.abort();
      },
    });
    const result = await runLoad(options, services);
    if (result.resumedAtRow > 0) resumed++;
    if (result.state.state === 'succeeded') break;
  }
  assert.ok(resumed > 0, 'some run went on where another had stopped');
  const ids = (await recordsOf(client, topic)).map(({ value }) => value.after.id).toSorted((a, b) => a - b);
  assert.deepEqual(
    ids,
    rows.map((_, i) => i),
  );
});

test('nothing is written when there are duplicate keys, refused rows or an unknown table', async (t) => {
  const { client, topic } = await scene(t);
  const load = (source: RowSource, mapping = mappingFor(topic)) =>
    runLoad(loadOptions([source], mapping), loadServices(client));
  await assert.rejects(load(csv(['1,a,1', '2,b,2', '1,c,3'])), {
    code: 'LOAD_DUPLICATE_KEYS',
    message: /\{"id":1\}: orders.csv line 2, orders.csv line 4/,
  });
  await assert.rejects(load(csv(['1,a,1', '2,b,2.005', 'x,c,3'])), {
    code: 'LOAD_TOO_MANY_BAD_ROWS',
    message: /2 rows are refused, and 0 may be:\n {2}orders.csv line 3, amount: .*\n {2}orders.csv line 4, id: /,
  });
  await assert.rejects(load(openCsv(textInput('id,name\n1,a\n'))), {
    code: 'LOAD_MAPPING_INVALID',
    message: /the dump has no column amount/,
  });
  const named = mappingFor(topic).replace('- topic', '- table: customers\n    topic');
  await assert.rejects(load(openJsonLines(textInput('{"id":1}'), 'orders'), named), { code: 'LOAD_TABLE_UNMAPPED' });
  await assert.rejects(load(csv(['1,a,1']), mappingFor(uniqueName('absent'))), { code: 'KAFKA_TOPIC_MISSING' });
  await assert.rejects(load(csv(['1,a,1']), mappingFor(topic, '    partition: 3')), { code: 'LOAD_MAPPING_INVALID' });
  assert.deepEqual(await recordsOf(client, topic), []);
});

test('refused rows that are allowed are described in a file, and the others are loaded', async (t) => {
  const { client, topic } = await scene(t);
  const errorsFile = join(await temporaryFolder(t), 'errors.jsonl');
  const source = csv(['1,a,1', '2,b', '3,c,x', '4,d,4']);
  const options = loadOptions([source], mappingFor(topic), { errorsFile, errorsMax: 2 });
  const { state } = await runLoad(options, loadServices(client));
  assert.deepEqual(state.rows, { read: 4, loaded: 2, refused: 2, skipped: 0 });
  const lines = (await readFile(errorsFile, 'utf8')).trimEnd().split('\n');
  assert.deepEqual(
    lines.map((line) => JSON.parse(line) as unknown),
    [
      {
        position: { source: 'orders.csv', row: 1, line: 3 },
        reason: '2 fields where 3 are expected',
        excerpt: '2,b',
      },
      { position: { source: 'orders.csv', row: 2, line: 4 }, column: 'amount', reason: 'not a decimal', excerpt: 'x' },
    ],
  );
  const ids = (await recordsOf(client, topic)).map(({ value }) => value.after.id);
  assert.deepEqual(
    ids.toSorted((a, b) => a - b),
    [1, 4],
  );
});

test('a message that is larger than the topic takes is a refused row; others around it arrive', async (t) => {
  const { client } = await scene(t);
  const topic = await testTopic(client, PARTITION_COUNT, { 'max.message.bytes': '5000' });
  const rows = Array.from({ length: 100 }, (_, i) => `${i},${'x'.repeat(i === 50 ? 6000 : 300)},1`);
  const options = loadOptions([csv(rows)], mappingFor(topic), { errorsMax: 1 });
  const { state } = await runLoad(options, loadServices(client));
  assert.deepEqual(state.rows, { read: 100, loaded: 99, refused: 1, skipped: 0 });
  assert.equal((await recordsOf(client, topic)).length, 99);
});

test('rows per second are kept to, over transactions', async (t) => {
  const { client, topic } = await scene(t);
  const rows = Array.from({ length: 300 }, (_, i) => `${i},n,1`);
  const options = loadOptions([csv(rows)], mappingFor(topic), { rowsPerSecondMax: 200, transactionAgeMaxMs: 200 });
  const startMs = performance.now();
  const { state } = await runLoad(options, loadServices(client));
  assert.ok(performance.now() - startMs > 1000, 'it took about 1.5 s');
  assert.ok(state.transactions > 3, `${state.transactions} transactions`);
  assert.equal((await recordsOf(client, topic)).length, 300);
});

test('a source that can be read but once is loaded when keys need not be compared', async (t) => {
  const { client, topic } = await scene(t);
  const pipe: RowSource = { ...csv(['1,a,1', '1,b,2']), readOnce: true };
  const options = loadOptions([pipe], mappingFor(topic));
  await assert.rejects(runLoad(options, loadServices(client)), { code: 'LOAD_INPUT_UNREADABLE' });
  const { state } = await runLoad({ ...options, duplicates: 'allow' }, loadServices(client));
  assert.equal(state.rows.loaded, 2);
  assert.equal(state.rowsTotal, undefined);
});
