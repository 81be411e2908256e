import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Decimal128, Double, Int32, Long, ObjectId } from 'bson';
import fc from 'fast-check';
import { DocumentRestorer } from './restore-document.ts';
import { restoreRule, type SourceType } from './restore-rule.ts';

const METADATA = {
  _id: new ObjectId(),
  creatorId: 'updater',
  createdAt: new Date(0),
  updaterId: 'updater',
  updatedAt: new Date(0),
  __STATE__: 'PUBLIC',
  timestamp: '1700000000000',
  __internal__kafkaInfo: { offset: 1 },
};

function restorer(fields: Record<string, [target: string, cast: string, source?: SourceType]>, primaryKeys = ['ID']) {
  const rules = Object.entries(fields).map(([field, [targetField, castFunction, sourceType]]) =>
    restoreRule(field, { targetField, castFunction, sourceType }),
  );
  return new DocumentRestorer({ rules, primaryKeys });
}

test('names and casts go back, in the order of the mapping; what the platform added is dropped', () => {
  const documents = restorer({
    ID: ['id', 'castToInteger', 'string'],
    BALANCE: ['balance', 'castToFloat', 'number'],
    ACTIVE: ['active', 'castStringToBoolean'],
    SINCE: ['since', 'castToDate', 'unixMs'],
    TAGS: ['tags', 'castToObject'],
    NOTE: ['note', 'identity'],
  });
  const restored = documents.restore(
    {
      ...METADATA,
      since: new Date(1_700_000_000_123),
      id: Long.fromString('9007199254740993'),
      balance: Decimal128.fromString('12.50'),
      active: true,
      tags: { a: [new Int32(1), null] },
      note: null,
    },
    () => 'x',
  );
  assert.deepEqual(restored, {
    json: '{"ID":"9007199254740993","BALANCE":12.50,"ACTIVE":"true","SINCE":1700000000123,"TAGS":"{\\"a\\":[1,null]}","NOTE":null}',
  });
  assert.deepEqual(documents.report, { notRestored: [], respelled: ['ID', 'TAGS'] });
});

test('without rules every field of the data is kept as it is, and JSON gets back what it was', () => {
  const documents = new DocumentRestorer({ rules: undefined, primaryKeys: ['id'] });
  const name = fc.string().filter((text) => !(text in METADATA) && !text.startsWith('__') && text !== 'id');
  // JSON that we write, and JSON.stringify does not, keeps the sign of -0.
  const data = fc.dictionary(name, fc.jsonValue({ maxDepth: 2 }));
  fc.assert(
    fc.property(data, fc.integer(), (fields, id) => {
      const restored = documents.restore({ ...METADATA, id: new Int32(id), ...fields }, () => 'x');
      assert.ok('json' in restored);
      assert.deepEqual(JSON.parse(restored.json), { id, ...fields });
    }),
  );
});

test('what does not get back is left out and counted: a line for each field and reason, with the first document', () => {
  const documents = restorer({
    ID: ['id', 'identity'],
    AGE: ['age', 'identity', 'integer'],
    CODE: ['code', 'castToString'],
  });
  for (const [index, age] of ['old', 'older', new Double(1.5)].entries()) {
    const restored = documents.restore({ id: 'a', age, code: '7', extra: 1 }, () => `document ${index}`);
    assert.deepEqual(restored, { json: '{"ID":"a"}' });
  }
  assert.deepEqual(
    documents.report.notRestored.map(({ field, values, firstId }) => [field, values, firstId]),
    [
      ['AGE', 2, 'document 0'],
      ['CODE', 3, 'document 0'],
      ['extra', 3, 'document 0'],
      ['AGE', 1, 'document 2'],
    ],
  );
  const reasons = documents.report.notRestored.map(({ reason }) => reason);
  assert.equal(reasons[0], 'the value is the string, no integer');
  assert.match(reasons[1] ?? '', /castToString can have been made from .*: say which/);
  assert.equal(reasons[2], 'fieldsMapping does not say where it is from');
  assert.equal(reasons[3], 'the value is the Double, no integer');
});

test('a document whose key does not get back, or is not there, is a problem and no record', () => {
  const documents = restorer({ ID: ['id', 'castToInteger', 'integer'], NAME: ['name', 'identity'] });
  assert.deepEqual(
    documents.restore({ name: 'a' }, () => 'x'),
    { problem: 'it has no key field ID' },
  );
  assert.deepEqual(
    documents.restore({ id: 'seven', name: 'a' }, () => 'x'),
    {
      problem: 'its key field ID: the value is the string "seven", no integer',
    },
  );
  assert.deepEqual(documents.report.notRestored, []);
});

test('counting goes on from what was counted before', () => {
  const first = restorer({ ID: ['id', 'identity'] });
  first.restore({ id: 1, extra: 1 }, () => 'first');
  const rules = [restoreRule('ID', { targetField: 'id', castFunction: 'identity' })];
  const second = new DocumentRestorer({ rules, primaryKeys: ['ID'] }, first.report);
  second.restore({ id: 2, extra: 1 }, () => 'second');
  const [lost] = second.report.notRestored;
  assert.deepEqual([lost?.values, lost?.firstId], [2, 'first']);
});
