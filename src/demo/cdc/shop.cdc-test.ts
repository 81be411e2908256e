import assert from 'node:assert/strict';
import { test } from 'node:test';

import { openCdcSite } from '../../../test/harness/cdc-site.ts';
import { until } from '../services/until.ts';

test('what is captured from the shop, folded by key, is the table, row for row, if a snapshot came first', async (t) => {
  const site = await openCdcSite(t, { connector: { 'snapshot.mode': 'initial' } });
  site.writer.start();
  await until(() => site.writer.written.transactions >= 60, { deadlineMs: 20_000, what: '60 transactions' });
  await site.writer.stop();
  await site.captured();
  for (const table of ['orders', 'customers'] as const) {
    assert.equal(await site.compare(table, [site.topics[table]]), undefined);
  }
  // The comparison can fail: a row that was never captured, and one that is not as it was captured.
  await site.database.query('alter publication shop_changes drop table customers');
  await site.database.query(`update customers set city = 'Elsewhere' where id = 7`);
  await site.database.query(`insert into customers values (100001, 'Nobody', null, '2026-01-01')`);
  const difference = await site.compare('customers', [site.topics.customers]);
  assert.deepEqual([difference?.missing, difference?.different], [['{"id":100001}'], ['{"id":7}']]);
});
