import assert from 'node:assert/strict';
import { copyFile, mkdtemp, readFile, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { isAppError } from '../../core/errors.ts';
import type { RowBatch, RowSource } from '../row/row.ts';
import { openInputs } from './open-inputs.ts';

async function* bytesOf(path: string): AsyncGenerator<Uint8Array> {
  yield await readFile(path);
}

/** A file that DuckDB writes of a query. */
async function parquetOf(t: TestContext, query: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bss-parquet-test-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'x.parquet');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(`set timezone = 'UTC'; copy (${query}) to '${path}' (format parquet, row_group_size 3000)`);
  connection.closeSync();
  instance.closeSync();
  return path;
}

async function open(input: string, stdin: string = input): Promise<RowSource> {
  const [source] = await openInputs({ inputs: [input], stdin: bytesOf(stdin) });
  assert.ok(source);
  return source;
}

async function batchesOf(source: RowSource, fromRow = 0): Promise<RowBatch[]> {
  return await Array.fromAsync(source.read(fromRow, new AbortController().signal));
}

test('values come exactly as the file has them', async (t) => {
  const path = await parquetOf(
    t,
    `select 1::tinyint as tiny, 9223372036854775807::bigint as long, 18446744073709551615::ubigint as ulong,
      -12345678901234567890.123456789::decimal(38, 9) as price, 1.10::decimal(4, 2) as small, 0.1::double as ratio,
      'nan'::double as nothing, true as flag, 'ünï 😀' as text, '\\x00\\xFF'::blob as bytes, date '1969-12-31' as day,
      timestamp '2026-01-31 12:34:56.789012' as at, timestamptz '2026-01-31 12:34:56+02' as moment, time '23:59:59.999999' as hour,
      timestamp_ns '2026-01-31 12:34:56.789012' as ns, timestamp_ns '2026-01-31 12:34:56.789012345' as finer,
      uuid 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11' as uid, null::integer as missing,
      [1.50::decimal(4, 2), null] as list, {'a': 9007199254740993, 'b"': [{'c': 'x'}]} as struct, map {'k': 1} as map, map {1: 'x'} as numbered`,
  );
  const [batch] = await batchesOf(await open(path));
  assert.ok(batch);
  const row = Object.fromEntries(batch.columns.map(({ name }, index) => [name, batch.rows[0]?.[index]]));
  assert.deepEqual(row, {
    tiny: 1n,
    long: 9223372036854775807n,
    ulong: 18446744073709551615n,
    price: { kind: 'decimal', text: '-12345678901234567890.123456789' },
    small: { kind: 'decimal', text: '1.10' },
    ratio: 0.1,
    nothing: Number.NaN,
    flag: true,
    text: 'ünï 😀',
    bytes: Uint8Array.of(0, 255),
    day: { kind: 'date', epochDay: -1 },
    at: { kind: 'timestamp', epochUs: BigInt(Date.UTC(2026, 0, 31, 12, 34, 56, 789)) * 1000n + 12n },
    moment: { kind: 'instant', epochUs: BigInt(Date.UTC(2026, 0, 31, 10, 34, 56)) * 1000n },
    hour: { kind: 'time', us: 86_399_999_999n },
    ns: { kind: 'timestamp', epochUs: BigInt(Date.UTC(2026, 0, 31, 12, 34, 56, 789)) * 1000n + 12n },
    finer: '2026-01-31 12:34:56.789012345',
    uid: 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
    missing: null,
    list: { kind: 'document', json: '[1.50,null]' },
    struct: { kind: 'document', json: '{"a":9007199254740993,"b\\"":[{"c":"x"}]}' },
    map: { kind: 'document', json: '{"k":1}' },
    numbered: { kind: 'document', json: '[{"key":1,"value":"x"}]' },
  });
  const types = Object.fromEntries(batch.columns.map(({ name, type }) => [name, type]));
  assert.deepEqual([types['price'], types['moment']], ['DECIMAL(38,9)', 'TIMESTAMP WITH TIME ZONE']);
});

test('a file that is opened at a row goes on there, in the order of the file', async (t) => {
  const source = await open(await parquetOf(t, 'select i as id from range(10000) r(i)'));
  for (const from of [0, 1, 2999, 3000, 7777, 9999, 10_000]) {
    const batches = await batchesOf(source, from);
    const ids = batches.flatMap(({ rows }) => rows.map(([id]) => Number(id)));
    assert.deepEqual(
      ids,
      Array.from({ length: 10_000 - from }, (_, index) => from + index),
    );
    assert.equal(batches[0]?.first.row, from === 10_000 ? undefined : from);
  }
  assert.equal(source.readBytes, source.sizeBytes);
});

test('names with patterns in them, and pipes', async (t) => {
  const path = await parquetOf(t, 'select 1 as id');
  const odd = path.replace('x.parquet', "it's [a]*?.parquet");
  await copyFile(path, odd);
  assert.deepEqual((await batchesOf(await open(odd)))[0]?.rows, [[1n]]);
  assert.deepEqual((await batchesOf(await open('orders=-', path)))[0]?.rows, [[1n]]);
});

test('a file that is not whole is refused; what JSON cannot hold is a bad row', async (t) => {
  const path = await parquetOf(t, "select [1.0, 'inf'::double] as list from range(2)");
  const [batch] = await batchesOf(await open(path));
  assert.deepEqual([batch?.rowCount, batch?.bad.length], [2, 2]);
  assert.match(batch?.bad[1]?.reason ?? '', /holds Infinity/);
  await truncate(path, 100);
  await assert.rejects(
    async () => batchesOf(await open(path)),
    (error) => isAppError(error, 'LOAD_INPUT_UNREADABLE'),
  );
});
