import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { Binary, Decimal128, type Document, Double, Int32, Long, ObjectId, serialize } from 'bson';
import fc from 'fast-check';
import { isAppError } from '../../core/errors.ts';
import type { RowBatch, RowSource, RowValue } from '../row/row.ts';
import { streamInput } from '../source/stream-input.ts';
import { openBson } from './open-bson.ts';
import { openInputs } from './open-inputs.ts';

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield Buffer.from(bytes.subarray(at, at + size));
}

async function batchesOf(source: RowSource, fromRow = 0): Promise<RowBatch[]> {
  return await Array.fromAsync(source.read(fromRow, new AbortController().signal));
}

/** `[table, fields by name]` of every row. */
function rowsIn(batches: readonly RowBatch[]): (readonly [string | undefined, Record<string, RowValue>])[] {
  return batches.flatMap(({ table, columns, rows }) =>
    rows.map((row) => {
      const fields = row.flatMap((value, index) => (value === undefined ? [] : [[columns[index]?.name, value]]));
      return [table, Object.fromEntries(fields) as Record<string, RowValue>] as const;
    }),
  );
}

async function read(bytes: Uint8Array, size = 50): Promise<ReturnType<typeof rowsIn>> {
  return rowsIn(await batchesOf(openBson(streamInput('dump', inPieces(bytes, size)), 'c')));
}

async function refusal(bytes: Uint8Array): Promise<string> {
  try {
    await read(bytes);
  } catch (error) {
    assert.ok(isAppError(error, 'LOAD_INPUT_UNREADABLE'), String(error));
    return error.message;
  }
  return assert.fail('it was read');
}

type Turn = readonly [db: string, collection: string, documents: readonly Document[] | 'over'];

/** An archive as mongodump writes it: docs/dumps.md says from where this layout is known. */
function archiveOf(collections: readonly (readonly [string, string, object?])[], turns: readonly Turn[]): Buffer {
  const terminator = Buffer.from([255, 255, 255, 255]);
  const parts: Uint8Array[] = [Buffer.from([0x6d, 0xe2, 0x99, 0x81])];
  parts.push(
    serialize({ concurrent_collections: new Int32(4), version: '0.1', server_version: '7.0.0', tool_version: '100.9' }),
  );
  for (const [db, collection, metadata = { type: 'collection' }] of collections) {
    parts.push(serialize({ db, collection, metadata: JSON.stringify(metadata), size: new Int32(0) }));
  }
  parts.push(terminator);
  for (const [db, collection, documents] of turns) {
    parts.push(serialize({ db, collection, EOF: documents === 'over', CRC: Long.fromNumber(0) }));
    if (documents !== 'over') parts.push(...documents.map((document) => serialize(document)));
    parts.push(terminator);
  }
  return Buffer.concat(parts);
}

const value = fc.oneof(
  fc.string().map((text): [unknown, RowValue] => [text, text]),
  fc.boolean().map((flag): [unknown, RowValue] => [flag, flag]),
  fc.constant<[unknown, RowValue]>([null, null]),
  fc
    .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
    .map((long): [unknown, RowValue] => [Long.fromBigInt(long), long]),
  fc.integer().map((int): [unknown, RowValue] => [new Int32(int), BigInt(int)]),
  fc.double({ noNaN: true }).map((double): [unknown, RowValue] => [new Double(double), double]),
  fc.uint8Array({ maxLength: 9 }).map((bytes): [unknown, RowValue] => [new Binary(bytes), Buffer.from(bytes)]),
  fc
    .date({ noInvalidDate: true })
    .map((date): [unknown, RowValue] => [date, { kind: 'instant', epochUs: BigInt(date.getTime()) * 1000n }]),
  fc.constant<[unknown, RowValue]>([Decimal128.fromString('1.50'), { kind: 'decimal', text: '1.50' }]),
  fc
    .uint8Array({ minLength: 12, maxLength: 12 })
    .map((id): [unknown, RowValue] => [
      new ObjectId(id),
      { kind: 'document', json: `{"$oid":"${Buffer.from(id).toString('hex')}"}` },
    ]),
  fc
    .bigInt({ min: 2n ** 60n, max: 2n ** 62n })
    .map((n): [unknown, RowValue] => [{ a: [Long.fromBigInt(n)] }, { kind: 'document', json: `{"a":[${n}]}` }]),
);
const documents = fc.array(fc.dictionary(fc.constantFrom('_id', 'a', 'b.c', 'ü'), value), { maxLength: 8 });

test('whatever documents hold comes back, at every size of the pieces', async () => {
  await fc.assert(
    fc.asyncProperty(documents, fc.integer({ min: 1, max: 60 }), async (given, size) => {
      const sides = (side: 0 | 1) =>
        given.map((fields) => Object.fromEntries(Object.entries(fields).map(([name, both]) => [name, both[side]])));
      const bytes = Buffer.concat(sides(0).map((document) => serialize(document)));
      const found = await read(bytes, size);
      assert.deepEqual(
        found,
        sides(1).map((fields) => ['c', fields]),
      );
    }),
  );
});

test('collections of an archive that were dumped in turns', async () => {
  const turns: Turn[] = [
    ['shop', 'orders', [{ _id: 1 }, { _id: 2 }]],
    ['shop', 'items', [{ _id: 'x' }]],
    ['shop', 'orders', [{ _id: 3, more: true }]],
    ['shop', 'orders', 'over'],
    ['shop', 'items', 'over'],
  ];
  const collections = [
    ['shop', 'orders'],
    ['shop', 'items'],
    ['shop', 'seen', { options: { viewOn: 'orders' } }],
  ] as const;
  const archive = archiveOf(collections, turns);
  for (const size of [1, 7, 64, 4096]) {
    assert.deepEqual(await read(archive, size), [
      ['orders', { _id: 1n }],
      ['orders', { _id: 2n }],
      ['items', { _id: 'x' }],
      ['orders', { _id: 3n, more: true }],
    ]);
  }
  const both = archiveOf(
    [
      ['shop', 'a'],
      ['crm', 'a'],
    ],
    [
      ['shop', 'a', [{ _id: 1 }]],
      ['shop', 'a', 'over'],
      ['crm', 'a', 'over'],
    ],
  );
  assert.deepEqual(await read(both), [['shop.a', { _id: 1n }]], 'databases are named when there are several');
});

test('an end that comes too early is never taken for the end', async () => {
  const archive = archiveOf(
    [['shop', 'a']],
    [
      ['shop', 'a', [{ _id: 1 }, { _id: 2 }]],
      ['shop', 'a', 'over'],
    ],
  );
  for (let cut = 4; cut < archive.length; cut++) assert.match(await refusal(archive.subarray(0, cut)), /not whole/);
  const two = Buffer.concat([serialize({ a: 1 }), serialize({ a: 2 })]);
  const boundary = serialize({ a: 1 }).length;
  for (let cut = 1; cut < two.length; cut++) {
    if (cut !== boundary) assert.match(await refusal(two.subarray(0, cut)), /ends within a document that begins there/);
  }
});

test('damage is refused with its place, or as a bad row where the next document is known', async () => {
  const [first, second] = [serialize({ a: 'text' }), serialize({ a: 2 })];
  assert.match(await refusal(Buffer.concat([first, Buffer.from([1, 0, 0, 0])])), /at byte 17: no document begins/);
  const notUtf8 = Buffer.from(first);
  notUtf8[notUtf8.indexOf('x')] = 0xff;
  const batches = await batchesOf(
    openBson(streamInput('d', inPieces(Buffer.concat([second, notUtf8, second]), 9)), 'c'),
  );
  assert.deepEqual(
    batches.flatMap(({ bad }) => bad.map(({ position }) => position.row)),
    [1],
  );
  assert.deepEqual(
    batches.flatMap(({ rows }) => rows),
    [[2n], [2n]],
  );
  assert.match(batches.flatMap(({ bad }) => bad)[0]?.reason ?? '', /not BSON: .*UTF-8/);
});

test('a dump that is opened at a row goes on there, with the columns that there would be', async (t) => {
  const path = await fileOf(
    t,
    'c.bson',
    Buffer.concat(Array.from({ length: 30 }, (_, i) => serialize({ [`f${i % 4}`]: i }))),
  );
  const [source] = await openInputs({ inputs: [path], stdin: inPieces(new Uint8Array(0), 1) });
  assert.ok(source);
  const all = rowsIn(await batchesOf(source));
  for (let from = 0; from <= 30; from++) {
    const batches = await batchesOf(source, from);
    assert.deepEqual(rowsIn(batches), all.slice(from));
    assert.equal(batches[0]?.first.row, from === 30 ? undefined : from);
    if (from > 4 && from < 30) assert.equal(batches[0]?.columns.length, 4);
  }
});

async function fileOf(t: TestContext, name: string, content: Uint8Array): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bss-bson-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, name), content);
  return join(folder, name);
}

test('files of mongodump are named by their metadata, or by themselves', async (t) => {
  const path = await fileOf(t, 'a%24b%C3%BC.bson.gz', gzipSync(serialize({ _id: 1 })));
  const tableOf = async (): Promise<string | undefined> => {
    const [source] = await openInputs({ inputs: [path], stdin: inPieces(new Uint8Array(0), 1) });
    return source === undefined ? undefined : (await batchesOf(source))[0]?.table;
  };
  assert.equal(await tableOf(), 'a$bü');
  await writeFile(path.replace('.bson', '.metadata.json'), gzipSync('{"collectionName":"longer","type":"collection"}'));
  assert.equal(await tableOf(), 'longer');
});
