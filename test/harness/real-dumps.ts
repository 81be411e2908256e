import assert from 'node:assert/strict';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Long, serialize } from 'bson';
import { createConnection } from 'mysql2/promise';
import pg from 'pg';
import type { Bucket } from '../../src/core/bucket/bucket.ts';
import { startMariadb } from '../../src/demo/services/mariadb.ts';
import { mariadbDistribution } from '../../src/demo/services/mariadb-distribution.ts';
import { startPostgres } from '../../src/demo/services/postgres.ts';
import { postgresDistribution, postgresEnvironment } from '../../src/demo/services/postgres-distribution.ts';
import { runCommand } from '../../src/demo/services/run-command.ts';
import { archivedMessages } from './archived-messages.ts';
import { SeenIds } from './seen-ids.ts';

/** The tables, each dumped by another program. */
export const DUMPED_TABLES = ['orders', 'public.customers', 'items', 'accounts'] as const;

export type DumpedTableName = (typeof DUMPED_TABLES)[number];

/** What the name of a row ends with: what each format has to escape, and a letter of two bytes in UTF-8. */
const ENDING = `, "Ü" \\ it's\ttwo\nlines`;
const ENDING_SQL = ENDING.replace('\\', '\\\\').replace("'", "''").replace('\t', '\\t').replace('\n', '\\n');
const ROWS_PER_PIECE = 5_000;
const DUMP_TIMEOUT_MS = 120_000;

/** The name in the row of that id, 0 and up. */
export function nameOf(table: DumpedTableName, id: number): string {
  return `${table} ${id}${ENDING}`;
}

/**
 * Dumps tables `(id, name)` of so many rows each: CSV in windows-1252, `pg_dump` of a PostgreSQL, `mariadb-dump` of a
 * MariaDB, and BSON as mongodump writes it. Gives the inputs as deployment.yaml has them.
 */
export async function dumpTables(folder: string, rows: number): Promise<string[]> {
  const path = (name: string): string => join(folder, name);
  await writeCsv(path('orders.csv'), rows);
  await dumpPostgres(path('customers.sql'), rows);
  await dumpMariadb(path('items.sql'), rows);
  await writeBson(path('accounts.bson'), rows);
  return [`orders=${path('orders.csv')}`, path('customers.sql'), path('items.sql'), path('accounts.bson')];
}

/** What the table's folder of the archive holds is its dump: each row once. Every hundredth is compared value by value. */
export async function assertArchivedOnce(bucket: Bucket, table: DumpedTableName, rows: number): Promise<void> {
  const seen = new SeenIds(0, rows - 1);
  for await (const { key, payload } of archivedMessages(bucket, table)) {
    assert.ok(key !== null && payload !== null);
    const id = seen.add(key);
    if (id % 100 !== 0) continue;
    const { op, after } = JSON.parse(payload) as { readonly op: string; readonly after: unknown };
    assert.deepEqual({ op, after }, { op: 'r', after: { id, name: nameOf(table, id) } });
  }
  seen.assertEachOnce();
}

async function writeCsv(path: string, rows: number): Promise<void> {
  await writePieces(path, rows, (ids) => Buffer.from(ids.map(csvLine).join(''), 'latin1'));
}

function csvLine(id: number): string {
  const name = nameOf('orders', id).replaceAll('"', '""');
  return `${id === 0 ? 'id,name\n' : ''}${id},"${name}"\n`;
}

async function writeBson(path: string, rows: number): Promise<void> {
  await writePieces(path, rows, (ids) => Buffer.concat(ids.map(bsonDocument)));
}

function bsonDocument(id: number): Uint8Array {
  return serialize({ id: Long.fromNumber(id), name: nameOf('accounts', id) });
}

async function writePieces(path: string, rows: number, piece: (ids: readonly number[]) => Buffer): Promise<void> {
  const pieces = function* (): Generator<Buffer> {
    for (let from = 0; from < rows; from += ROWS_PER_PIECE) {
      yield piece(Array.from({ length: Math.min(ROWS_PER_PIECE, rows - from) }, (_, i) => from + i));
    }
  };
  await pipeline(Readable.from(pieces()), createWriteStream(path));
}

async function dumpPostgres(path: string, rows: number): Promise<void> {
  const postgres = await startPostgres();
  try {
    const url = await postgres.createDatabase('shop');
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query('create table customers (id bigint primary key, name text not null)');
    await client.query(
      `insert into customers select i, 'public.customers ' || i || E'${ENDING_SQL}' from generate_series(0, ${rows - 1}) i`,
    );
    await client.end();
    const { programs, unpacked } = await postgresDistribution();
    const environment = await postgresEnvironment(unpacked);
    await runCommand(join(programs, 'pg_dump'), [`--file=${path}`, url], { environment, timeoutMs: DUMP_TIMEOUT_MS });
  } finally {
    await postgres.stop();
  }
}

async function dumpMariadb(path: string, rows: number): Promise<void> {
  const mariadb = await startMariadb();
  try {
    const client = await createConnection({ uri: await mariadb.createDatabase('shop'), charset: 'utf8mb4_bin' });
    await client.query('create table items (id bigint primary key, name text not null) charset utf8mb4');
    await client.query(`set max_recursive_iterations = ${rows}`);
    await client.query(
      `insert into items with recursive ids as (select 0 as i union all select i + 1 from ids where i < ${rows - 1})
      select i, concat('items ', i, '${ENDING_SQL}') from ids`,
    );
    await client.end();
    const { dump, environment } = await mariadbDistribution();
    const place = ['--host=127.0.0.1', `--port=${mariadb.port}`, '--user=bss', `--result-file=${path}`];
    const args = ['--no-defaults', ...place, 'shop', 'items'];
    await runCommand(dump, args, { environment, timeoutMs: DUMP_TIMEOUT_MS });
  } finally {
    await mariadb.stop();
  }
}
