import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Decimal128, Double, Int32, Long, ObjectId } from 'mongodb';

import { testMongo } from '../../../test/harness/mongo.ts';
import type { RowValue } from '../row/row.ts';
import { countTables } from '../../deploy/certificate/count-tables.ts';
import { openLiveSource } from './open-live-source.ts';

const { url, client } = await testMongo({ after });

const NEVER = new AbortController().signal;

test('documents come in the order of _id, of whatever type it is, with fields as columns', async () => {
  const stock = client.db('shop').collection<{ _id: unknown; [name: string]: unknown }>('stock');
  await stock.insertMany([
    { _id: new ObjectId('665a00000000000000000001'), qty: new Int32(1), tags: ['a', { n: new Double(1) }] },
    { _id: 'text', price: Decimal128.fromString('1.10') },
    { _id: Long.fromString('9007199254740993'), qty: null },
    { _id: new Double(0.5), when: new Date(1) },
  ]);
  await using live = await openLiveSource(`${url}/shop`, ['stock']);
  const batches = await Array.fromAsync(live.sources[0]?.read(0, NEVER) ?? []);
  assert.equal(batches.length, 1);
  const [batch] = batches;
  assert.deepEqual(batch?.columns, [
    { name: '_id', type: 'bson:double', nullable: false, keyOrdinal: 0 },
    { name: 'when', type: 'bson:date' },
    { name: 'qty', type: 'bson:null' },
    { name: 'price', type: 'bson:decimal' },
    { name: 'tags', type: 'bson:array' },
  ]);
  assert.equal(batch.columnsVary, true);
  const oid = { kind: 'document', json: '{"$oid":"665a00000000000000000001"}' };
  assert.deepEqual(batch.rows, [
    [0.5, { kind: 'instant', epochUs: 1000n }],
    [9007199254740993n, undefined, null],
    ['text', undefined, undefined, { kind: 'decimal', text: '1.10' }],
    [oid, undefined, 1n, undefined, { kind: 'document', json: '["a",{"n":1.0}]' }],
  ]);
});

test('a reading goes on behind the last _id, also where the type of _id changes', async () => {
  const mixed = client.db('shop').collection<{ _id: unknown; [name: string]: unknown }>('mixed');
  const ids = [...Array.from({ length: 1500 }, (_, i) => i), ...Array.from({ length: 1000 }, (_, i) => `t${i + 1000}`)];
  await mixed.insertMany(ids.map((_id) => ({ _id })));
  const placesFolder = await mkdtemp(join(tmpdir(), 'bss-live-'));
  try {
    for (const upTo of [1000, 2000]) {
      const seen: RowValue[] = [];
      {
        await using live = await openLiveSource(`${url}/shop`, ['mixed'], { placesFolder });
        for await (const batch of live.sources[0]?.read(0, NEVER) ?? []) {
          seen.push(...batch.rows.map((row) => row[0]));
          if (seen.length >= upTo) break;
        }
      }
      await using again = await openLiveSource(`${url}/shop`, ['mixed'], { placesFolder });
      for await (const batch of again.sources[0]?.read(upTo, NEVER) ?? [])
        seen.push(...batch.rows.map((row) => row[0]));
      assert.deepEqual(
        seen,
        ids.map((id) => (typeof id === 'number' ? BigInt(id) : id)),
      );
    }
  } finally {
    await rm(placesFolder, { recursive: true });
  }
});

test('what cannot be read is refused, with a code', async () => {
  await assert.rejects(openLiveSource(`${url}/shop`, ['nowhere']), { code: 'LOAD_TABLE_MISSING' });
  await assert.rejects(countTables(`${url}/shop`, ['nowhere']), { code: 'LOAD_TABLE_MISSING' });
  await assert.rejects(openLiveSource(url, ['stock']), { code: 'USAGE' });
  const nobody = 'mongodb://127.0.0.1:1/shop?serverSelectionTimeoutMS=200';
  await assert.rejects(openLiveSource(nobody, ['stock']), { code: 'LOAD_DATABASE_UNAVAILABLE' });
});
