import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  Binary,
  deserialize,
  Decimal128,
  Double,
  EJSON,
  Int32,
  Long,
  ObjectId,
  serialize,
  Timestamp,
  UUID,
} from 'bson';

import { bsonRowValue, bsonTypeName } from './bson-value.ts';

const DOCUMENT = {
  text: 'a "word"',
  int: new Int32(-7),
  long: Long.fromString('9007199254740993'),
  double: new Double(2),
  decimal: Decimal128.fromString('1.10'),
  date: new Date(-1),
  bytes: new Binary(Buffer.from([0, 255])),
  uuid: new UUID('5f0c3a1e-0000-4000-8000-000000000001'),
  id: new ObjectId('665a00000000000000000001'),
  stamp: new Timestamp({ t: 1, i: 2 }),
  nothing: null,
  nested: {
    big: Long.MAX_VALUE,
    whole: new Double(3),
    date: new Date(1000),
    list: [true, Decimal128.fromString('2.50'), null, new Double(Number.NaN)],
  },
};

test('every kind becomes a value of a row, digit for digit', () => {
  const parsed = deserialize(serialize(DOCUMENT), { promoteValues: false });
  const values = Object.fromEntries(Object.entries(parsed).map(([name, value]) => [name, bsonRowValue(value)]));
  assert.deepEqual(values, {
    text: 'a "word"',
    int: -7n,
    long: 9007199254740993n,
    double: 2,
    decimal: { kind: 'decimal', text: '1.10' },
    date: { kind: 'instant', epochUs: -1000n },
    bytes: Buffer.from([0, 255]),
    uuid: { kind: 'document', json: '{"$binary":{"base64":"Xww6HgAAQACAAAAAAAAAAQ==","subType":"04"}}' },
    id: { kind: 'document', json: '{"$oid":"665a00000000000000000001"}' },
    stamp: { kind: 'document', json: '{"$timestamp":{"t":1,"i":2}}' },
    nothing: null,
    nested: {
      kind: 'document',
      json:
        '{"big":9223372036854775807,"whole":3.0,"date":{"$date":"1970-01-01T00:00:01Z"},' +
        '"list":[true,{"$numberDecimal":"2.50"},null,{"$numberDouble":"NaN"}]}',
    },
  });
  assert.deepEqual(
    Object.values(parsed).map(bsonTypeName),
    'string int long double decimal date binData binData objectId timestamp null object'
      .split(' ')
      .map((name) => `bson:${name}`),
  );
});

test('nested structure is extended JSON that the library reads back', () => {
  const value = bsonRowValue(deserialize(serialize({ nested: DOCUMENT.nested }), { promoteValues: false })['nested']);
  assert.ok(typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'document');
  const back: unknown = EJSON.parse(
    value.json.replace('9223372036854775807', '{"$numberLong":"9223372036854775807"}'),
    {
      relaxed: false,
    },
  );
  assert.deepEqual(serialize({ back }), serialize({ back: { ...DOCUMENT.nested, whole: new Int32(3) } }));
});
