import assert from 'node:assert/strict';
import { test } from 'node:test';
import { postgresOf } from './source-database.ts';

test('what is cleaned up in a database is for PostgreSQL alone, whatever else the source is', () => {
  assert.equal(postgresOf(undefined, 'postgresql://db/shop'), 'postgresql://db/shop');
  assert.equal(postgresOf('postgres://admin@db/shop', 'postgresql://db/shop'), 'postgres://admin@db/shop');
  assert.equal(postgresOf(undefined, 'mysql://db/shop'), undefined);
});
