import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textInput } from '../../../test/harness/load-dump.ts';
import { openSql } from '../dump/open-sql.ts';
import { parseMapping } from '../mapping/parse-mapping.ts';
import { checkFirst } from '../run/run-load.ts';
import { LOAD_DEFAULTS } from '../run/load-options.ts';
import { openCsv } from '../text/open-csv.ts';
import { openJsonLines } from '../text/open-json-lines.ts';
import { proposeMapping } from './propose-mapping.ts';

const { signal } = new AbortController();

const CSV = `code,no,amount,day,at,zoned,paid,note,ref
A,007,1.50,2026-01-31,2026-01-31 10:00:00,2026-01-31T10:00:00Z,t,,9b2f0c8e-0000-4000-8000-000000000001
A,008,2.25,2026-02-01,2026-01-31 10:00:01,2026-01-31T10:00:00+01:00,f,x,9b2f0c8e-0000-4000-8000-000000000002
B,007,3.00,2026-02-02,2026-01-31 10:00:02,2026-01-31T10:00:02Z,t,y,9b2f0c8e-0000-4000-8000-000000000002
`;

test('types are what every value allows, and the key is what is unique and never null', async () => {
  const text = await proposeMapping([openCsv(textInput(CSV))], { format: 'debezium', topic: 'orders' }, signal);
  const { tables } = parseMapping(text, 'proposal');
  const [table] = tables;
  assert.equal(table?.topic, 'orders');
  assert.deepEqual(table?.key, ['amount']);
  assert.deepEqual(
    table?.columns.map(({ from, type, as, scale }) => [from, type, as, scale]),
    [
      ['code', 'string', undefined, undefined],
      ['no', 'string', undefined, undefined],
      ['amount', 'decimal', undefined, 2],
      ['day', 'date', 'epoch-days', undefined],
      ['at', 'timestamp', 'micros', undefined],
      ['zoned', 'timestamptz', undefined, undefined],
      ['paid', 'boolean', undefined, undefined],
      ['note', 'string', undefined, undefined],
      ['ref', 'uuid', undefined, undefined],
    ],
  );
});

test('two columns together can be the key; a given one is taken', async () => {
  const source = openCsv(textInput('a,b,c\n1,x,\n1,y,1\n2,x,2\n'));
  const proposed = parseMapping(await proposeMapping([source], { format: 'db2', topic: 't' }, signal), 'proposal');
  assert.deepEqual(proposed.tables[0]?.key, ['a', 'b']);
  const given = await proposeMapping([source], { format: 'db2', topic: 't', key: ['b', 'a'] }, signal);
  assert.deepEqual(parseMapping(given, 'proposal').tables[0]?.key, ['b', 'a']);
});

test('without a key the proposal says so, and cannot be loaded as it is', async () => {
  const source = openCsv(textInput('a\n1\n1\n'));
  const text = await proposeMapping([source], { format: 'db2', topic: 't' }, signal);
  assert.match(text, /# key: .*name the primary key/);
  assert.throws(() => parseMapping(text, 'proposal'), { code: 'LOAD_MAPPING_WITHOUT_KEY' });
});

test('every row that a proposal was made from can be converted with it', async () => {
  const text = `{"id":1,"big":12345678901234567890,"ratio":0.5,"list":[1],"maybe":null,"mixed":"x"}
{"id":2,"big":1,"ratio":3,"list":{"a":1},"mixed":7,"extra":true}
`;
  for (const format of ['db2', 'golden-gate', 'debezium', 'v2'] as const) {
    const sources = [openJsonLines(textInput(text), 'things'), openCsv(textInput(CSV), {}, 'orders')];
    const mapping = parseMapping(await proposeMapping(sources, { format }, signal), 'proposal');
    const checked = await checkFirst({ ...LOAD_DEFAULTS, sources, mapping }, { signal });
    assert.deepEqual(checked, { rows: 5, refused: 0, skipped: 0 });
  }
});

const MARIADB_DUMP = `-- MariaDB dump 10.19
-- Host: localhost    Database: web shop
-- Server version\t10.11.19-MariaDB
insert into a values (1);
-- Dump completed
`;
/** Of MySQL, by the tool of MariaDB. */
const MYSQL_DUMP = MARIADB_DUMP.replace('10.11.19-MariaDB', '8.0.36');
const POSTGRES_DUMP = `COPY public.b (id) FROM stdin;
1
\\.
`;

async function proposedFormats(texts: readonly string[], format: 'debezium' | 'db2'): Promise<readonly unknown[]> {
  const sources = texts.map((text) => openSql(textInput(text)));
  const proposal = await proposeMapping(sources, { format, key: ['id'] }, signal);
  return parseMapping(proposal.replaceAll('column1', 'id'), 'proposal').tables.map((table) =>
    table.format.type === 'debezium' ? table.format.source : table.format.type,
  );
}

test('messages of Debezium are those of the connector of what was dumped', async () => {
  const several = MARIADB_DUMP.replace('insert', 'USE `other`;\ninsert');
  assert.deepEqual(await proposedFormats([several], 'debezium'), [{ connector: 'mariadb' }]);
  const compact = '/*M!999999\\- enable the sandbox mode */\nUSE `shop`;\ninsert into a values (1);';
  assert.deepEqual(await proposedFormats([MARIADB_DUMP], 'debezium'), [{ connector: 'mariadb', db: 'web shop' }]);
  assert.deepEqual(await proposedFormats([compact], 'debezium'), [{ connector: 'mariadb' }]);
  assert.deepEqual(await proposedFormats([MYSQL_DUMP], 'debezium'), [{ connector: 'mysql', db: 'web shop' }]);
  assert.deepEqual(await proposedFormats([MYSQL_DUMP, POSTGRES_DUMP], 'debezium'), [
    { connector: 'mysql', db: 'web shop' },
    { connector: 'postgresql' },
  ]);
  assert.deepEqual(await proposedFormats(['insert into a values (1);'], 'debezium'), [{}]);
  assert.deepEqual(await proposedFormats([MYSQL_DUMP, POSTGRES_DUMP], 'db2'), ['db2', 'db2']);
});

test('a mapping is not made from nothing', async () => {
  const source = openCsv(textInput('id,name\n'));
  await assert.rejects(proposeMapping([source], { format: 'db2', topic: 't' }, signal), {
    code: 'LOAD_INPUT_UNREADABLE',
    message: /there are no rows/,
  });
});
