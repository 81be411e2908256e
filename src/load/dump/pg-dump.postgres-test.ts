import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { loadOptions, loadServices } from '../../../test/harness/load-dump.ts';
import { committedRecords, testClient, testTopic } from '../../../test/harness/kafka-topic.ts';
import { type SharedKafka, testKafka } from '../../../test/harness/shared-services.ts';
import { type Postgres, startPostgres } from '../../demo/services/postgres.ts';
import { postgresDistribution, postgresEnvironment } from '../../demo/services/postgres-distribution.ts';
import { runCommand } from '../../demo/services/run-command.ts';
import { runLoad } from '../run/run-load.ts';
import { openInputs } from './open-inputs.ts';

const ROWS = 5_000;
const PARTITIONS = 2;
const TABLE = `
create table orders (id bigint primary key, name varchar(80) not null, amount numeric(14, 3), note text, bytes bytea, at timestamptz);
insert into orders select i, 'order ' || i || E' \\t\\n\\\\ ''"; ü 😀', i * 1.117,
  case i % 4 when 0 then null when 1 then '' when 2 then E'\\\\N' else E'a\\n\\\\.\\nb' end, decode(md5(i::text), 'hex'),
  timestamptz '2026-01-01 00:00:00.000001+00' + i * interval '1 minute' from generate_series(1, ${ROWS}) i`;

let kafka: SharedKafka;
let postgres: Postgres;
let folder: string;

before(async () => {
  [kafka, postgres, folder] = await Promise.all([
    testKafka(),
    startPostgres(),
    mkdtemp(join(tmpdir(), 'bss-pg-dump-')),
  ]);
});
after(async () => {
  await Promise.all([postgres.stop(), rm(folder, { recursive: true, force: true })]);
});

async function query(url: string, sql: string): Promise<readonly unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(sql);
    return rows;
  } finally {
    await client.end();
  }
}

async function pgDump(url: string, path: string, options: readonly string[]): Promise<void> {
  const { programs, unpacked } = await postgresDistribution();
  const environment = await postgresEnvironment(unpacked);
  const args = [...options, `--file=${path}`, url];
  await runCommand(join(programs, 'pg_dump'), args, { cwd: folder, environment, timeoutMs: 60_000 });
}

test('a table that pg_dump wrote is in the topic, row for row, however it wrote it', async (t) => {
  const url = await postgres.createDatabase('shop');
  await query(url, TABLE);
  const expected = await query(
    url,
    `select id::text, name, amount::text, note, encode(bytes, 'base64') as bytes,
      to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at from orders order by orders.id`,
  );
  assert.equal(expected.length, ROWS);
  const client = await testClient(t, kafka.bootstrap);
  for (const options of [['--compress=6'], ['--inserts', '--rows-per-insert=50']]) {
    const path = join(folder, options.length === 1 ? 'copy.sql.gz' : 'inserts.sql');
    await pgDump(url, path, options);
    const topic = await testTopic(client, PARTITIONS);
    const mapping = `
version: 1
format: {type: debezium}
tables:
  - table: public.orders
    topic: ${topic}
    key: [id]
    columns:
      id: {type: int64}
      name: string
      amount: {type: decimal, scale: 3}
      note: string
      bytes: {type: bytes, encoding: escaped-hex}
      at: {type: timestamptz, as: iso}
`;
    const sources = await openInputs({ inputs: [path], stdin: process.stdin });
    const { state } = await runLoad(loadOptions(sources, mapping), loadServices(client));
    assert.equal(state.rows.loaded, ROWS);
    const records = [];
    for (let partition = 0; partition < PARTITIONS; partition++) {
      records.push(...(await committedRecords(client, { topic, partition })));
    }
    const found = records
      .map(({ value }) => (JSON.parse(Buffer.from(value ?? []).toString()) as { after: { id: number } }).after)
      .sort((a, b) => a.id - b.id)
      .map((row) => ({ ...row, id: String(row.id) }));
    assert.deepEqual(found, expected);
  }
});
