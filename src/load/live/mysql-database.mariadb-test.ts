import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Connection, createConnection } from 'mysql2/promise';

import { recordingHost } from '../../../test/harness/recording-host.ts';
import { rowsOf } from '../../../test/harness/rows-of.ts';
import { COMMANDS } from '../../cli/commands.ts';
import { runCli } from '../../cli/run-cli.ts';
import { type Mariadb, startMariadb } from '../../demo/services/mariadb.ts';
import { mariadbDistribution } from '../../demo/services/mariadb-distribution.ts';
import { runCommand } from '../../demo/services/run-command.ts';
import { countTables } from '../../deploy/certificate/count-tables.ts';
import type { RowValue } from '../row/row.ts';
import { openLiveSource } from './open-live-source.ts';

let mariadb: Mariadb;
let url: string;
let client: Connection;
let folder: string;
before(async () => {
  mariadb = await startMariadb();
  url = await mariadb.createDatabase('shop');
  client = await createConnection({ uri: url, charset: 'utf8mb4_bin', multipleStatements: true });
  folder = await mkdtemp(join(tmpdir(), 'bss-mysql-'));
});
after(async () => {
  await client.end();
  await mariadb.stop();
  await rm(folder, { recursive: true, force: true });
});

const NEVER = new AbortController().signal;

const TYPES = `
set session sql_mode = '', time_zone = '+02:00';
create table types (
  id bigint unsigned primary key, tiny tinyint(1), small smallint unsigned, n decimal(20, 6), d double, f float, flag bit(1), bits bit(10),
  v varchar(40), t mediumtext, l varchar(10) character set latin1, b blob, fixed binary(4), j json, day date,
  at datetime(6), stamp timestamp(6) null, hour time(6), y year, kind enum('a', 'b,c', 'd''e'), flags set('x', 'y'), u uuid,
  twice int as (small * 2) virtual, \`odd \`\`name\` int
) engine = InnoDB default charset utf8mb4;
insert into types (id, tiny, small, n, d, f, flag, bits, v, t, l, b, fixed, j, day, at, stamp, hour, y, kind, flags, u, \`odd \`\`name\`) values
  (18446744073709551615, -1, 65535, 12345678901234.500000, 0.1, 0.1, b'1', b'1000000001', 'ünïcødé 😀 €', 'a\\tb\\nc\\\\', 'é',
   x'00ff0a27', 'ab', '{"n": 1.10}', '2026-01-31', '1969-12-31 23:59:59.999999', '2026-01-31 12:00:00.000001', '12:34:56.000001', 2026,
   'd''e', 'x,y', '5f0c3a1e-0000-4000-8000-000000000001', 7),
  (0, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null),
  (1, 0, 0, -0.000001, -1e300, 16777216, b'0', b'0', '', '', '', '', '', '[]', '0000-00-00', '0000-00-00 00:00:00', null, '-838:59:59', 1901,
   '', '', null, -1)`;

test('every type comes as what the table holds, digit for digit', async () => {
  await client.query(TYPES);
  await using live = await openLiveSource(url, ['types']);
  const [empty, odd, full] = await rowsOf(live.sources[0]);
  assert.deepEqual(full, [
    18446744073709551615n,
    -1n,
    65535n,
    { kind: 'decimal', text: '12345678901234.500000' },
    0.1,
    0.1,
    true,
    Buffer.from([2, 1]),
    'ünïcødé 😀 €',
    'a\tb\nc\\',
    'é',
    Buffer.from([0, 255, 10, 39]),
    Buffer.from('ab\0\0'),
    // MariaDB's JSON is a text with another name.
    '{"n": 1.10}',
    { kind: 'date', epochDay: 20_484 },
    { kind: 'timestamp', epochUs: -1n },
    { kind: 'instant', epochUs: 1_769_853_600_000_001n },
    { kind: 'time', us: 45_296_000_001n },
    2026n,
    "d'e",
    'x,y',
    '5f0c3a1e-0000-4000-8000-000000000001',
    131_070n,
    7n,
  ]);
  assert.deepEqual(empty, [0n, ...Array.from({ length: 23 }, () => null)]);
  assert.deepEqual(odd, [
    1n,
    0n,
    0n,
    { kind: 'decimal', text: '-0.000001' },
    -1e300,
    16_777_216,
    false,
    Buffer.from([0, 0]),
    '',
    '',
    '',
    Buffer.alloc(0),
    Buffer.alloc(4),
    '[]',
    // What no kind can hold.
    '0000-00-00',
    '0000-00-00 00:00:00.000000',
    null,
    '-838:59:59.000000',
    1901n,
    '',
    '',
    null,
    0n,
    -1n,
  ]);
  const [batch] = await Array.fromAsync(live.sources[0]?.read(0, NEVER) ?? []);
  assert.equal(batch?.table, 'shop.types');
  assert.deepEqual(batch?.columns.slice(0, 2), [
    { name: 'id', type: 'bigint(20) unsigned', nullable: false, keyOrdinal: 0 },
    { name: 'tiny', type: 'tinyint(1)', nullable: true, keyOrdinal: undefined },
  ]);
  assert.equal(batch.columns.at(-1)?.name, 'odd `name');
});

type Fields = Record<string, unknown>;

/** The rows of the messages of a dry run with a proposed mapping, that mapping, and where the first is from. */
async function proposedRows(input: readonly string[]): Promise<readonly [Fields[], string, Fields | undefined]> {
  const proposal = recordingHost({ directory: folder });
  const propose = ['load', ...input, '--propose-mapping', '--topic', 'types', '--key', 'id'];
  assert.equal(await runCli(propose, proposal, COMMANDS), 0, proposal.errors());
  const host = recordingHost({ directory: folder, readFile: proposal.output });
  const dryRun = ['load', ...input, '--mapping', 'mapping.yaml', '--dry-run', '--json'];
  assert.equal(await runCli(dryRun, host, COMMANDS), 0, host.errors());
  const { samples } = JSON.parse(host.output()) as { samples: { value: string }[] };
  const messages = samples.map(({ value }) => JSON.parse(value) as { after: Fields; source: Fields });
  return [messages.map(({ after }) => after), proposal.output(), messages[0]?.source];
}

test('a proposed mapping makes of a live table, and of its dump, what Debezium writes', async () => {
  const [[empty, odd, full], mapping, source] = await proposedRows(['--from', url, '--table', 'types']);
  assert.deepEqual(full, {
    // JavaScript's, of what the message has with all its digits.
    id: Number('18446744073709551615'),
    tiny: -1,
    small: 65535,
    n: '12345678901234.500000',
    d: 0.1,
    f: 0.1,
    flag: true,
    bits: 'AgE=',
    v: 'ünïcødé 😀 €',
    t: 'a\tb\nc\\',
    l: 'é',
    b: 'AP8KJw==',
    fixed: 'YWIAAA==',
    j: '{"n": 1.10}',
    day: 20_484,
    at: -1,
    stamp: '2026-01-31T10:00:00.000001Z',
    hour: '12:34:56.000001',
    y: 2026,
    kind: "d'e",
    flags: 'x,y',
    u: '5f0c3a1e-0000-4000-8000-000000000001',
    twice: 131_070,
    'odd `name': 7,
  });
  const { connector, db, schema, table } = source ?? {};
  assert.deepEqual([connector, db, schema, table], ['mariadb', 'shop', undefined, 'types']);
  assert.equal(empty?.['day'], null);
  assert.deepEqual([odd?.['day'], odd?.['at'], odd?.['flag'], odd?.['f']], [null, null, false, 16_777_216]);
  assert.match(mapping, /\n {6}stamp: timestamptz\n/);
  for (const options of [[], ['--hex-blob', '--complete-insert', '--skip-extended-insert']]) {
    const [rows, proposed, from] = await proposedRows([await dumped(options)]);
    // Its float has six digits.
    assert.deepEqual(rows, [empty, { ...odd, f: 16_777_200 }, full]);
    assert.match(proposed, /\n {6}flag: boolean\n/);
    assert.deepEqual([from?.['connector'], from?.['db'], from?.['table']], ['mariadb', 'shop', 'types']);
  }
});

async function dumped(options: readonly string[]): Promise<string> {
  const { dump, environment } = await mariadbDistribution();
  const path = join(folder, 'types.sql');
  const place = ['--host=127.0.0.1', `--port=${mariadb.port}`, '--user=bss', `--result-file=${path}`];
  await runCommand(dump, ['--no-defaults', ...place, ...options, 'shop', 'types'], { environment, timeoutMs: 60_000 });
  return path;
}

test('all tables are read as of one moment, whoever writes', async () => {
  await client.query('create table moment_a (id int primary key); create table moment_b (id int primary key)');
  await client.query('insert into moment_a values (1), (2); insert into moment_b values (1)');
  await using live = await openLiveSource(url, ['moment_a', 'shop.moment_b']);
  await client.query('insert into moment_a values (3); delete from moment_b; insert into moment_b values (7)');
  assert.deepEqual(await rowsOf(live.sources[0]), [[1n], [2n]]);
  assert.deepEqual(await rowsOf(live.sources[1]), [[1n]]);
  assert.deepEqual(await rowsOf(live.sources[0], 1), [[2n]]);
});

test('another process goes on after the last key, whatever it is made of', async () => {
  await client.query(`create table resumed (b varchar(9) character set latin1, at datetime(6), n decimal(20, 3), x binary(2), u uuid,
    primary key (b, at, n, x, u));
    insert into resumed select if(seq % 3 = 0, 'è\\'', char(65 + seq % 3)), '2026-01-01' + interval seq div 1000 microsecond,
      (seq div 100 % 10) / 8, unhex(lpad(hex(seq % 10), 4, '0')), concat(lpad(hex(seq % 100), 8, '0'), '-1000-4000-8000-', lpad(seq, 12, '0'))
      from seq_0_to_8999`);
  const options = { placesFolder: await mkdtemp(join(folder, 'places-')) };
  const seen: (readonly RowValue[])[] = [];
  {
    await using live = await openLiveSource(url, ['resumed'], options);
    for await (const batch of live.sources[0]?.read(0, NEVER) ?? []) {
      seen.push(...batch.rows);
      if (seen.length >= 4000) break;
    }
  }
  // Rows that were read are gone by the time it goes on: row numbers mean something else now.
  await client.query('delete from resumed order by b, at, n, x, u limit 3000');
  await using again = await openLiveSource(url, ['resumed'], options);
  seen.push(...(await rowsOf(again.sources[0], seen.length)));
  assert.equal(seen.length, 9000);
  assert.equal(new Set(seen.map((row) => JSON.stringify(row, texts))).size, 9000);
});

function texts(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

test('what cannot be read is refused, with a code', async () => {
  await client.query(`create table keyless (id int); create table loose (id int primary key) engine = myisam;
    create table floating (id float primary key); create table unique_only (a int not null unique, b int unique)`);
  await client.query('insert into unique_only values (2, 1), (1, 2)');
  await assert.rejects(openLiveSource(url, ['nowhere']), { code: 'LOAD_TABLE_MISSING' });
  await assert.rejects(openLiveSource(url, ['keyless']), { code: 'LOAD_TABLE_UNORDERED' });
  await assert.rejects(openLiveSource(url, ['floating']), { code: 'LOAD_TABLE_UNORDERED' });
  await assert.rejects(openLiveSource(url, ['loose']), { code: 'LOAD_INPUT_UNREADABLE', message: /no transactions/ });
  await assert.rejects(openLiveSource('mysql://127.0.0.1:1/none', ['x']), { code: 'LOAD_DATABASE_UNAVAILABLE' });
  await using live = await openLiveSource(url, ['unique_only']);
  assert.deepEqual(await rowsOf(live.sources[0]), [
    [1n, 2n],
    [2n, 1n],
  ]);
});

test('the rows of tables are counted, whatever their names', async () => {
  await client.query(`create database \`odd-shop\`; create table \`odd-shop\`.\`a \`\`b\`\`.c\` (id int);
    create table counted as select seq from seq_1_to_1234; create table \`select\` (id int)`);
  await client.query('insert into `odd-shop`.`a ``b``.c` values (1), (1), (null)');
  const tables = ['counted', 'odd-shop.a `b`.c', 'select', 'shop.counted'];
  assert.deepEqual(await countTables(url, tables), [1234n, 3n, 0n, 1234n]);
  assert.deepEqual(await countTables(url.replace('mysql:', 'mariadb:'), ['counted']), [1234n]);
});

function isMissing(message: RegExp): object {
  return { code: 'LOAD_TABLE_MISSING', subject: 'source.tables', message };
}

function isRefused(message: RegExp): object {
  return { code: 'LOAD_DATABASE_UNAVAILABLE', subject: 'source.url', message };
}

test('rows that cannot be counted are no rows that are missing: it is said what is wrong', async () => {
  await client.query(`create table private (id int); create user clerk@'%' identified by 'a p@ss';
    grant select on shop.counted to clerk@'%'`);
  const asClerk = url.replace('bss@', `clerk:${encodeURIComponent('a p@ss')}@`);
  assert.deepEqual(await countTables(asClerk, ['counted']), [1234n]);
  await assert.rejects(
    countTables(url, ['counted', 'nowhere']),
    isMissing(/of nowhere .*'shop.nowhere' doesn't exist/),
  );
  await assert.rejects(countTables(url, ['nobody.counted']), isMissing(/of nobody.counted/));
  await assert.rejects(countTables(asClerk, ['private']), isMissing(/of private .*denied to user 'clerk'/));
  const wrong = url.replace('bss@', 'clerk:other@');
  await assert.rejects(countTables(wrong, ['counted']), isRefused(/of counted .*Access denied for user 'clerk'/));
  await assert.rejects(countTables(`${mariadb.url}nobody`, ['counted']), isRefused(/Unknown database 'nobody'/));
  await assert.rejects(countTables(mariadb.url, ['counted']), isRefused(/No database selected/));
  await assert.rejects(countTables('mysql://127.0.0.1:1/shop', ['counted']), isRefused(/ECONNREFUSED/));
});
