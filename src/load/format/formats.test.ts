import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textInput } from '../../../test/harness/load-dump.ts';
import { parseMapping } from '../mapping/parse-mapping.ts';
import { sampleMessages } from '../run/sample-messages.ts';
import { openJsonLines } from '../text/open-json-lines.ts';
import { readChange, type ChangeFormat } from './read-change.ts';

/** When the load began. */
const NOW_MS = 1_717_000_000_000;
const ROW = '{"ACCOUNT":12,"BRANCH":"MI","BALANCE":90.5}\n';

async function messageOf(format: string, row = ROW, more = ''): Promise<{ key: string; value: string }> {
  const mapping = parseMapping(
    `
version: 1
format: ${format}
tables:
  - table: bank.accounts
    topic: accounts
    key: [ACCOUNT, BRANCH]
    columns: {ACCOUNT: int64, BRANCH: string, BALANCE: double${more}}
`,
    'mapping.yaml',
  );
  const sources = [openJsonLines(textInput(row), 'bank.accounts')];
  const [message] = await sampleMessages(
    { sources, mapping, unmapped: 'refuse' },
    1,
    NOW_MS,
    AbortSignal.timeout(5000),
  );
  assert.ok(message);
  return { key: message.key, value: message.value };
}

test('DB2: the row, under an object of the primary key', async () => {
  assert.deepEqual(await messageOf('{type: db2}'), {
    key: '{"ACCOUNT":12,"BRANCH":"MI"}',
    value: '{"ACCOUNT":12,"BRANCH":"MI","BALANCE":90.5}',
  });
  assert.equal((await messageOf('{type: db2, key: empty}')).key, '');
});

test('GoldenGate: op_type, pos and after, under the values of the key', async () => {
  assert.deepEqual(await messageOf('{type: golden-gate, posStart: 4021}'), {
    key: '12_MI',
    value: '{"op_type":"I","pos":4021,"after":{"ACCOUNT":12,"BRANCH":"MI","BALANCE":90.5}}',
  });
  const { value } = await messageOf('{type: golden-gate, opType: U, before: "null"}');
  assert.equal(value, '{"op_type":"U","pos":0,"before":null,"after":{"ACCOUNT":12,"BRANCH":"MI","BALANCE":90.5}}');
});

test('Debezium: a snapshot record, its fields in the order in which Debezium writes them', async () => {
  assert.deepEqual(await messageOf('{type: debezium, source: {connector: postgresql, db: bank}}'), {
    key: '{"ACCOUNT":12,"BRANCH":"MI"}',
    value:
      '{"before":null,"after":{"ACCOUNT":12,"BRANCH":"MI","BALANCE":90.5},' +
      '"source":{"connector":"postgresql","db":"bank","snapshot":"true","ts_ms":1717000000000,"schema":"bank","table":"accounts"},' +
      '"transaction":null,"op":"r","ts_ms":1717000000000}',
  });
});

test('Debezium for MySQL and MariaDB: the database of a table is db, and there is no schema', async () => {
  for (const connector of ['mysql', 'mariadb']) {
    const { value } = await messageOf(`{type: debezium, source: {connector: ${connector}}}`);
    const { source } = JSON.parse(value) as { source: unknown };
    assert.deepEqual(source, { connector, snapshot: 'true', ts_ms: NOW_MS, db: 'bank', table: 'accounts' });
  }
  const { value } = await messageOf('{type: debezium, source: {connector: mysql, db: named}}');
  assert.match(value, /"db":"named"/);
  assert.doesNotMatch(value, /bank|"schema"/);
});

test('v2: op, after, source and ts_ms', async () => {
  assert.deepEqual(await messageOf('{type: v2, source: {db: shop}}'), {
    key: '{"ACCOUNT":12,"BRANCH":"MI"}',
    value:
      '{"op":"r","after":{"ACCOUNT":12,"BRANCH":"MI","BALANCE":90.5},' +
      '"source":{"db":"shop","collection":"accounts","ts_ms":1717000000000},"ts_ms":1717000000000}',
  });
});

test('custom: a template; a placeholder alone keeps its type, within a text it is text', async () => {
  const format =
    '{type: custom, key: "{{$keyText}}", value: {no: "{{ACCOUNT}}", name: "{{BRANCH}}/{{ACCOUNT}}", row: "{{$row}}", ' +
    'key: "{{$key}}", at: "{{$tsMs}}", list: [1, "{{BALANCE}}", "{{$table}}", "{{$topic}}", "{{$position}}"]}}';
  assert.deepEqual(await messageOf(format), {
    key: '12_MI',
    value:
      '{"no":12,"name":"MI/12","row":{"ACCOUNT":12,"BRANCH":"MI","BALANCE":90.5},"key":{"ACCOUNT":12,"BRANCH":"MI"},' +
      '"at":1717000000000,"list":[1,90.5,"bank.accounts","accounts",0]}',
  });
});

for (const format of ['db2', 'golden-gate', 'debezium', 'v2'] as const satisfies readonly ChangeFormat[]) {
  test(`${format}: what is written is read back as the row`, async () => {
    const { key, value } = await messageOf(`{type: ${format}}`);
    const change = readChange(format, key, value, { keyFields: ['ACCOUNT', 'BRANCH'] });
    assert.equal(change.op, 'upsert');
    assert.equal(change.key, key);
    assert.equal(change.after, '{"ACCOUNT":12,"BRANCH":"MI","BALANCE":90.5}');
  });
}

/** A record of Debezium 3.7 for PostgreSQL, as its JsonConverter wrote it (schemas off). */
const DEBEZIUM_KEY = '{"id":1}';
const DEBEZIUM_AFTER = String.raw`{"id":1,"customer_id":1,"amount":"0.13","ratio":"0.14285714285714285714","title":"Bestellung №1 – «Zürich» \"q\" 's' 日本語 \uD83D\uDE00","note":"line1\nline2\t\\tab \"x\" 1","created_at":"2025-12-31T22:00:37.123456Z","due":20455,"local_ts":1767270897789,"attrs":"{\"a\": [1, null, true], \"n\": 1, \"s\": \"ü\\\"\\\\\"}","raw":"AAAAAQD/","paid":false,"ref":"c4ca4238-a0b9-2382-0dcc-509a6f75849b","tags":["a","b,\"c\""],"weight":0.1}`;

test('Debezium: key and row are byte for byte what the live connector wrote', async () => {
  const mapping = parseMapping(
    `
version: 1
format: {type: debezium}
tables:
  - table: public.orders
    topic: shop.public.orders
    key: [id]
    columns:
      id: int64
      customer_id: int64
      amount: {type: decimal, scale: 2}
      ratio: decimal
      title: string
      note: string
      created_at: timestamptz
      due: {type: date, as: epoch-days}
      local_ts: {type: timestamp, as: millis}
      attrs: json
      raw: {type: bytes, encoding: escaped-hex}
      paid: {type: boolean, trueTexts: [t], falseTexts: [f]}
      ref: uuid
      tags: {type: json, as: value}
      weight: double
`,
    'mapping.yaml',
  );
  const row = {
    id: 1,
    customer_id: 1,
    amount: '0.13',
    ratio: '0.14285714285714285714',
    title: 'Bestellung №1 – «Zürich» "q" \'s\' 日本語 😀',
    note: 'line1\nline2\t\\tab "x" 1',
    created_at: '2026-01-01 00:00:37.123456+02',
    due: '2026-01-02',
    local_ts: '2026-01-01 12:34:57.789',
    attrs: '{"a": [1, null, true], "n": 1, "s": "ü\\"\\\\"}',
    raw: String.raw`\x0000000100ff`,
    paid: 'f',
    ref: 'c4ca4238-a0b9-2382-0dcc-509a6f75849b',
    tags: '["a","b,\\"c\\""]',
    weight: '0.1',
  };
  const sources = [openJsonLines(textInput(JSON.stringify(row)), 'public.orders')];
  const [message] = await sampleMessages(
    { sources, mapping, unmapped: 'refuse' },
    1,
    NOW_MS,
    AbortSignal.timeout(5000),
  );
  assert.equal(message?.key, DEBEZIUM_KEY);
  assert.ok(message?.value.startsWith(`{"before":null,"after":${DEBEZIUM_AFTER},"source":{`), message?.value);
});
