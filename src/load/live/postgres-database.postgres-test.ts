import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import pg from 'pg';

import { rowsOf } from '../../../test/harness/rows-of.ts';
import { type Postgres, startPostgres } from '../../demo/services/postgres.ts';
import type { RowValue } from '../row/row.ts';
import { countTables } from '../../deploy/certificate/count-tables.ts';
import { openLiveSource } from './open-live-source.ts';

let postgres: Postgres;
let client: pg.Client;
before(async () => {
  postgres = await startPostgres();
  client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
});
after(async () => {
  await client.end();
  await postgres.stop();
});

const NEVER = new AbortController().signal;

test('every type comes as what the table holds, digit for digit', async () => {
  await client.query(`create type mood as enum ('sad', 'glad'); create domain code as varchar(9)`);
  await client.query(`create table public."Odd types" (
    id bigint primary key, n numeric(20,6), d double precision, r real, t text, v code, b bytea, ok boolean,
    day date, at time(6), ts timestamp, tz timestamptz, j json, jb jsonb, u uuid, list int[], m mood, far timestamptz)`);
  await client.query(`insert into "Odd types" values
    (9007199254740993, 12345678901234.500000, 0.1, 0.1, E'a\\tb', 'c', '\\x00ff', true,
     '2026-01-31', '12:34:56.000001', '1969-12-31 23:59:59.999999', '2026-01-31 12:00:00.000001+02',
     '{"n": 1.10}', '{"n": 1.10}', '5f0c3a1e-0000-4000-8000-000000000001', '{1,null,3}', 'glad', 'infinity'),
    (-1, 'NaN', null, 'Infinity', '', null, '', false, null, null, null, null, null, null, null, null, null, null)`);
  await using live = await openLiveSource(postgres.url, ['public.Odd types']);
  const [source] = live.sources;
  const [second, first] = await rowsOf(source);
  assert.deepEqual(first, [
    9007199254740993n,
    { kind: 'decimal', text: '12345678901234.500000' },
    0.1,
    0.1,
    'a\tb',
    'c',
    Buffer.from([0, 255]),
    true,
    { kind: 'date', epochDay: 20_484 },
    { kind: 'time', us: 45_296_000_001n },
    { kind: 'timestamp', epochUs: -1n },
    { kind: 'instant', epochUs: 1_769_853_600_000_001n },
    { kind: 'document', json: '{"n": 1.10}' },
    { kind: 'document', json: '{"n": 1.10}' },
    '5f0c3a1e-0000-4000-8000-000000000001',
    { kind: 'document', json: '[1,null,3]' },
    'glad',
    'infinity',
  ]);
  assert.deepEqual(second?.slice(0, 8), [
    -1n,
    { kind: 'decimal', text: 'NaN' },
    null,
    Number.POSITIVE_INFINITY,
    '',
    null,
    Buffer.alloc(0),
    false,
  ]);
  const [batch] = await Array.fromAsync(source?.read(0, NEVER) ?? []);
  assert.equal(batch?.table, 'public.Odd types');
  assert.deepEqual(batch.database, { kind: 'postgresql', name: URL.parse(postgres.url)?.pathname.slice(1) });
  assert.deepEqual(batch?.columns.slice(0, 2), [
    { name: 'id', type: 'bigint', nullable: false, keyOrdinal: 0 },
    { name: 'n', type: 'numeric(20,6)', nullable: true, keyOrdinal: undefined },
  ]);
});

test('all tables are read as of one moment, whoever writes', async () => {
  await client.query('create table moment_a (id int primary key); create table moment_b (id int primary key)');
  await client.query('insert into moment_a values (1), (2); insert into moment_b values (1)');
  await using live = await openLiveSource(postgres.url, ['moment_a', 'moment_b']);
  await client.query('insert into moment_a values (3); delete from moment_b; insert into moment_b values (7)');
  assert.deepEqual(await rowsOf(live.sources[0]), [[1n], [2n]]);
  assert.deepEqual(await rowsOf(live.sources[1]), [[1n]]);
  assert.deepEqual(await rowsOf(live.sources[0], 1), [[2n]]);
});

test('another process goes on after the last key, not after so many rows', async () => {
  await client.query(`create table resumed (b text collate "C", a int, primary key (a, b));
    insert into resumed select chr(65 + i % 3), i / 3 from generate_series(0, 8999) i`);
  const folder = await mkdtemp(join(tmpdir(), 'bss-live-'));
  try {
    const options = { placesFolder: folder };
    const seen: (readonly RowValue[])[] = [];
    {
      await using live = await openLiveSource(postgres.url, ['resumed'], options);
      for await (const batch of live.sources[0]?.read(0, NEVER) ?? []) {
        seen.push(...batch.rows);
        if (seen.length >= 4000) break;
      }
    }
    const read = seen.length;
    // Rows that were read are gone by the time it goes on: row numbers mean something else now.
    await client.query('delete from resumed where a < 500');
    await using again = await openLiveSource(postgres.url, ['resumed'], options);
    seen.push(...(await rowsOf(again.sources[0], read)));
    const wanted = Array.from({ length: 9000 }, (_, i) => ['ABC'[i % 3], BigInt(Math.floor(i / 3))]);
    assert.deepEqual(seen, wanted);
    await using third = await openLiveSource(postgres.url, ['resumed'], options);
    await assert.rejects(rowsOf(third.sources[0], read + 1), { code: 'LOAD_RESUME_MISMATCH' });
    await using without = await openLiveSource(postgres.url, ['resumed']);
    await assert.rejects(rowsOf(without.sources[0], read), { code: 'LOAD_RESUME_MISMATCH' });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a reading that is abandoned leaves the connection as it was', async () => {
  await client.query(
    'create table abandoned as select generate_series(1, 10000) id; alter table abandoned add primary key (id)',
  );
  await using live = await openLiveSource(postgres.url, ['abandoned']);
  for await (const batch of live.sources[0]?.read(0, NEVER) ?? []) {
    assert.deepEqual(batch.rows[0], [1n]);
    break;
  }
  assert.equal((await rowsOf(live.sources[0])).length, 10_000);
});

test('what cannot be read is refused, with a code', async () => {
  await client.query('create table keyless (id int); create table unique_only (a int not null unique, b int unique)');
  await client.query('insert into unique_only values (2, 1), (1, 2)');
  await assert.rejects(openLiveSource(postgres.url, ['nowhere']), { code: 'LOAD_TABLE_MISSING' });
  await assert.rejects(countTables(postgres.url, ['keyless', 'nowhere']), { code: 'LOAD_TABLE_MISSING' });
  await assert.rejects(openLiveSource(postgres.url, ['keyless']), { code: 'LOAD_TABLE_UNORDERED' });
  await assert.rejects(openLiveSource('postgresql://127.0.0.1:1/none', ['x']), { code: 'LOAD_DATABASE_UNAVAILABLE' });
  await assert.rejects(openLiveSource('oracle://127.0.0.1/none', ['x']), { code: 'USAGE' });
  await using live = await openLiveSource(postgres.url, ['unique_only']);
  assert.deepEqual(await rowsOf(live.sources[0]), [
    [1n, 2n],
    [2n, 1n],
  ]);
});
