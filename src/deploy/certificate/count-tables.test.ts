import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countTables } from './count-tables.ts';

test('a database that nobody here can ask is named', async () => {
  await assert.rejects(countTables('oracle://db/shop', ['orders']), {
    code: 'LOAD_DATABASE_UNAVAILABLE',
    message: /of kind oracle: cannot be counted/,
  });
});
