import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseProjections } from './projection.ts';

const CUSTOMERS = `
projections:
  - name: customers
    customStorageNamespace: pr_customers
    topics: [crm.customers, crm.addresses]
    primaryKeys: [ID]
    fieldsMapping:
      ID: {targetField: id, castFunction: castToInteger, sourceType: string}
      NAME: {targetField: name}
      SINCE: {targetField: since, castFunction: castToDate}
`;

test('a projection: its collection, topics, key, and how each field gets back', () => {
  const [projection, ...others] = parseProjections(CUSTOMERS, 'projections.yaml');
  assert.deepEqual(others, []);
  const { rules, ...rest } = projection ?? assert.fail('there is one');
  assert.deepEqual(rest, {
    name: 'customers',
    collection: 'pr_customers',
    topics: ['crm.customers', 'crm.addresses'],
    primaryKeys: ['ID'],
  });
  assert.deepEqual(
    rules?.map(({ sourceField, targetField, sourceType }) => [sourceField, targetField, sourceType]),
    [
      ['ID', 'id', 'string'],
      ['NAME', 'name', 'json'],
      ['SINCE', 'since', undefined],
    ],
  );
  assert.match(rules?.[2]?.problem ?? '', /castToDate can have been made from isoString or unixMs/);
});

test('without a mapping every field is kept; the collection is named as the projection', () => {
  const json = JSON.stringify({ projections: [{ name: 'orders', topics: ['orders'], primaryKeys: ['id'] }] });
  const expected = { name: 'orders', collection: 'orders', topics: ['orders'], primaryKeys: ['id'], rules: undefined };
  assert.deepEqual(parseProjections(json, 'projections.json'), [expected]);
});

/** What is said of a file. */
function problemOf(text: string): string {
  try {
    parseProjections(text, 'p.yaml');
  } catch (error) {
    assert.ok(error instanceof Error && 'code' in error);
    assert.equal(error.code, 'SNAPSHOT_PROJECTIONS_INVALID');
    return error.message;
  }
  return assert.fail('it was taken');
}

test('everything that is wrong is said at once', () => {
  const message = problemOf(`
projections:
  - {name: a, topics: [t], primaryKeys: [id]}
  - name: a
    topics: [t]
    primaryKeys: [id]
    fieldsMapping:
      other: {targetField: o, castFunction: castUnixTimestampToISOString, sourceType: boolean}
`);
  assert.match(message, /a is there twice/);
  assert.match(message, /a: its key field id is not in fieldsMapping/);
  assert.match(message, /a\.other: castUnixTimestampToISOString cannot have been made from boolean, only from unixMs/);
});

test('what is not a projections file is refused, with the place', () => {
  assert.match(problemOf('projections: []'), /\/projections/);
  assert.match(problemOf('projections: [{name: a, topics: [t]}]'), /\/projections\/0/);
  assert.match(problemOf('projections: [{name: a, topics: [t], primaryKeys: [id], typo: 1}]'), /\/projections\/0/);
  assert.match(problemOf('projections: [{name: ../a, topics: [t], primaryKeys: [id]}]'), /\/projections\/0\/name/);
  assert.match(problemOf('projections: ['), /p\.yaml has errors/);
});
