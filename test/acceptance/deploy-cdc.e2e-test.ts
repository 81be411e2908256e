import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { compareTable } from '../../src/demo/cdc/compare-table.ts';
import { readShopTable, SHOP_TABLES } from '../../src/demo/cdc/shop-tables.ts';
import { partitionName } from '../../src/core/record/topic-partition.ts';
import { until } from '../../src/demo/services/until.ts';
import { readPositions } from '../../src/deploy/procedure/positions.ts';
import { type CdcSite, openCdcSite } from '../harness/cdc-site.ts';
import { type DeploySite, openDeploySite } from '../harness/deploy-site.ts';
import { foldFolder } from '../harness/fold-folder.ts';

/**
 * P2 and P4 on PostgreSQL, Debezium, Kafka Connect and Kafka, while somebody inserts, updates and deletes all the time:
 * afterwards the archive, folded by key, is the table, row for row.
 */

const PROCEDURES = ['P4', 'P2'] as const;

async function deployed(
  t: TestContext,
  shop: CdcSite,
  procedure: 'P2' | 'P4',
  load: 'signal' | 'resnapshot',
): Promise<DeploySite> {
  const topics = SHOP_TABLES.map((table) => ({ topic: shop.topics[table], folder: table }));
  return await openDeploySite(t, {
    bootstrap: shop.bootstrap,
    procedure,
    storer: { topics, eventsTopic: `${shop.connector}.segments` },
    deployment: {
      cdc: { driver: 'debezium', connectUrl: shop.connect.url, connector: shop.connector, load },
      source: {
        url: shop.databaseUrl,
        tables: Object.fromEntries(SHOP_TABLES.map((table) => [shop.topics[table], `public.${table}`])),
      },
    },
  });
}

/** Nobody writes any more, and all that was written is in the bucket. */
async function settle(shop: CdcSite, deploy: DeploySite): Promise<void> {
  await shop.writer.stop();
  await shop.captured();
  const ends = await readPositions(shop.kafka, Object.values(shop.topics), 'stable');
  const { groupId } = deploy.site.storer.storer;
  const archived = async (): Promise<boolean> => {
    const committed = await shop.kafka.committedOffsets(groupId, ends);
    return ends.every((at) => (committed.get(partitionName(at))?.offset ?? 0n) >= at.offset);
  };
  await until(archived, { deadlineMs: 60_000, what: 'the last changes to be archived', pollMs: 200 });
}

async function assertArchiveIsTable(shop: CdcSite, deploy: DeploySite): Promise<void> {
  for (const table of SHOP_TABLES) {
    const folded = await foldFolder(deploy.site.bucket, table);
    const rows = await readShopTable(shop.database, table);
    assert.ok(rows.size > 50, `${table} has rows`);
    assert.equal(compareTable(folded.rows, rows), undefined, `the archive of ${table} folds to the table`);
  }
}

for (const procedure of PROCEDURES) {
  test(`${procedure}: the archive, folded by key, is the table`, async (t) => {
    const shop = await openCdcSite(t);
    const deploy = await deployed(t, shop, procedure, 'signal');
    shop.writer.start();
    await until(() => Promise.resolve(shop.writer.written.transactions > 20), {
      deadlineMs: 30_000,
      what: 'some changes before the deployment',
    });
    const outcome = await deploy.apply();
    assert.deepEqual(outcome, { kind: 'finished' });
    const { inserted, updated, deleted } = shop.writer.written;
    assert.ok(Math.min(inserted, updated, deleted) > 50, 'somebody wrote all the time');
    await settle(shop, deploy);
    await assertArchiveIsTable(shop, deploy);
    const evidence = [...(deploy.state()?.steps.values() ?? [])].flatMap((step) => step.evidence);
    assert.deepEqual(
      evidence.filter((found) => found.outcome === 'failed'),
      [],
    );
    const { verdict, reasons, counts } = await deploy.certify();
    assert.deepEqual([verdict, reasons], ['proven', []]);
    assert.equal(counts.length, SHOP_TABLES.length);
    if (procedure === 'P4') return;
    const init = Object.values(shop.topics).map((topic) => `${topic}-init`);
    assert.deepEqual(await shop.kafka.existingTopics(init), new Set(), 'what was made for the load is gone');
  });
}
