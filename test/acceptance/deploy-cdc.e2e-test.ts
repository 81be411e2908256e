import assert from 'node:assert/strict';
import { after, test, type TestContext } from 'node:test';
import { must } from '../../src/core/assert.ts';
import { partitionName } from '../../src/core/record/topic-partition.ts';
import { compareTable } from '../../src/demo/cdc/compare-table.ts';
import { readShopTable, SHOP_TABLES } from '../../src/demo/cdc/shop-tables.ts';
import { until } from '../../src/demo/services/until.ts';
import { positionsJson, readPositions } from '../../src/deploy/procedure/positions.ts';
import { applyWithDeaths, BEFORE, BEFORE_APPLIED, type Death } from '../harness/apply-with-deaths.ts';
import { openCdcSite } from '../harness/cdc-site.ts';
import { type CommandSite, openCommandSite } from '../harness/command-site.ts';
import { moveArchiveAway, takeBack } from '../harness/take-back.ts';
import { ConnectApi } from '../../src/deploy/cdc/connect-api.ts';
import { foldFolder } from '../harness/fold-folder.ts';

/**
 * P2 and P4 on PostgreSQL, Debezium, Kafka Connect and Kafka, while somebody inserts, updates and deletes all the time, and
 * `bss deploy apply` is killed again and again: afterwards the archive, folded by key, is the table, row for row.
 */

const stops: (() => unknown)[] = [];
after(async () => {
  for (const stop of stops) await stop();
});
const both = [BEFORE, BEFORE_APPLIED] as const;
// One for all tests: to start it takes longer than a procedure.
const shop = await openCdcSite({ after: (stop) => void stops.unshift(stop) });

function eventsTopic(procedure: string, load: string): string {
  return `${shop.connector}.${procedure}-${load}.segments`;
}

async function open(t: TestContext, procedure: 'P2' | 'P4', load: 'signal' | 'resnapshot'): Promise<CommandSite> {
  const topics = SHOP_TABLES.map((table) => ({ topic: shop.topics[table], folder: table }));
  const site = await openCommandSite(t, {
    bootstrap: shop.bootstrap,
    procedure,
    storer: { topics, eventsTopic: eventsTopic(procedure, load) },
    sections: {
      cdc: { driver: 'debezium', connectUrl: shop.connect.url, connector: shop.connector, load },
      source: {
        url: shop.databaseUrl,
        tables: Object.fromEntries(SHOP_TABLES.map((table) => [shop.topics[table], `public.${table}`])),
      },
    },
  });
  shop.writer.start();
  await written(20);
  return site;
}

/** So many transactions more. */
async function written(transactions: number): Promise<void> {
  const goal = shop.writer.written.transactions + transactions;
  await until(() => shop.writer.written.transactions >= goal, { deadlineMs: 30_000, what: 'somebody to write' });
}

/** Nobody writes any more, and all that was written is in the bucket. */
async function settle(site: CommandSite): Promise<void> {
  await shop.writer.stop();
  await shop.captured();
  const ends = await readPositions(shop.kafka, Object.values(shop.topics), 'stable');
  const archived = async (): Promise<boolean> => {
    const committed = await shop.kafka.committedOffsets(site.groupId, ends);
    return ends.every((at) => (committed.get(partitionName(at))?.offset ?? 0n) >= at.offset);
  };
  await until(archived, { deadlineMs: 60_000, what: 'the last changes to be archived', pollMs: 100 });
}

async function assertArchiveIsTable(site: CommandSite): Promise<void> {
  for (const table of SHOP_TABLES) {
    const folded = await foldFolder(site.bucket, table);
    const rows = await readShopTable(shop.database, table);
    assert.ok(rows.size > 50, `${table} has rows`);
    assert.equal(compareTable(folded.rows, rows), undefined, `the archive of ${table} folds to the table`);
  }
}

async function assertProven(site: CommandSite): Promise<void> {
  const certificate = await site.certify();
  assert.deepEqual([certificate.verdict, certificate.reasons], ['proven', []]);
  const tables = SHOP_TABLES.map(async (table) => (await readShopTable(shop.database, table)).size);
  const sizes = (await Promise.all(tables)).map(String);
  assert.deepEqual(
    certificate.counts.map(({ table }) => table),
    sizes,
    'the tables were counted',
  );
  // Somebody wrote all the time, and that is why they need not be what the load has read.
  assert.match(certificate.counts[0]?.tableRemark ?? '', /records came into .*orders since/);
}

/**
 * What the topics have of a table is as it is, also what was changed while the CDC was stopped. That rows are gone is told
 * only when a new snapshot had not come to its end by itself; and they have all rows once a load has come to its end.
 */
async function assertNothingLost({ loaded }: { readonly loaded: boolean }): Promise<void> {
  await shop.writer.stop();
  await shop.captured();
  for (const table of SHOP_TABLES) {
    const { missing = [], different = [] } = (await shop.compare(table, [shop.topics[table]])) ?? {};
    assert.deepEqual([loaded ? missing : [], different], [[], []], table);
  }
  shop.writer.start();
  await written(20);
}

/** The connectors that there are, what this one is configured as, and the slots that the database keeps for them. */
async function connectorNow(): Promise<unknown> {
  const api = new ConnectApi(shop.connect.url);
  const [config, status] = await Promise.all([api.config(shop.connector), api.status(shop.connector)]);
  const names: unknown = await (await fetch(`${shop.connect.url}/connectors`)).json();
  const slots = await shop.database.query('select slot_name from pg_replication_slots');
  return { config, state: status?.state, tasks: status?.tasks.map(({ state }) => state), names, slots: slots.rows };
}

/** Where the live topics end, as far as anything was written. */
async function liveEnds(): Promise<unknown> {
  return positionsJson(await readPositions(shop.kafka, Object.values(shop.topics), 'latest'));
}

test('P4, killed in its steps: nothing is captured while the CDC is stopped, and the archive, folded, is the table', async (t) => {
  const site = await open(t, 'P4', 'signal');
  const connector = await connectorNow();
  const { exitCode, stays } = await takeBack(site, shop.kafka, {
    // The snapshot that was asked for is under way, or is over by itself.
    applyDies: { type: 'note', step: 'initial-load', key: 'handle' },
    undoDies: { type: 'step-undone', step: 'initial-load' },
    topics: [eventsTopic('P4', 'signal')],
  });
  assert.deepEqual([exitCode, stays], [3, ['initial-load']]);
  assert.deepEqual(await connectorNow(), connector, 'the connector is as it was, and captures');
  await assertNothingLost({ loaded: false });
  await moveArchiveAway(site);
  const before = shop.writer.written;
  let stopped: { readonly ends: unknown; readonly transactions: number } | undefined;
  const onDeath = async ({ type, step }: Death): Promise<void> => {
    if (type !== 'step-started') return;
    if (step === 'drain-consumers') {
      stopped = { ends: await liveEnds(), transactions: shop.writer.written.transactions };
    } else if (step === 'initial-load') {
      const { ends, transactions } = must(stopped, 'the CDC was stopped before');
      assert.ok(shop.writer.written.transactions > transactions + 20, 'somebody wrote meanwhile');
      assert.deepEqual(await liveEnds(), ends, 'nothing of it was captured');
    }
  };
  // The others are P1's too, and die there.
  const deaths = {
    'stop-cdc': both,
    'drain-consumers': both,
    'initial-load': [
      BEFORE,
      { type: 'step-started', afterMs: 150 },
      { type: 'note', key: 'handle' },
      { type: 'note', key: 'ends' },
    ],
    'end-load': both,
    'prove-load': both,
  } as const;
  const kills = await applyWithDeaths(site, { deaths, onDeath });
  t.diagnostic(`killed ${kills} times`);
  const { inserted, updated, deleted } = shop.writer.written;
  assert.ok(Math.min(inserted - before.inserted, updated - before.updated, deleted - before.deleted) > 50);
  await settle(site);
  await assertArchiveIsTable(site);
  await assertProven(site);
});

test('P2, killed in its steps: the archive, folded by key, is the table', async (t) => {
  const site = await open(t, 'P2', 'signal');
  const init = Object.values(shop.topics).map((topic) => `${topic}-init`);
  const before = await connectorNow();
  const { exitCode, stays } = await takeBack(site, shop.kafka, {
    applyDies: { type: 'step-started', step: 'end-load', afterMs: 30 },
    undoDies: { type: 'step-undone', step: 'initial-load' },
    topics: [...init, eventsTopic('P2', 'signal')],
  });
  assert.deepEqual([exitCode, stays], [0, []]);
  assert.deepEqual(await connectorNow(), before, 'the connector is as it was, and alone');
  await moveArchiveAway(site);

  // The others are P1's and P4's too, and die there.
  const deaths = {
    'create-init-topics': both,
    'start-init-storer': both,
    'initial-load': [{ type: 'step-started', afterMs: 80 }, { type: 'note', key: 'handle' }, BEFORE_APPLIED],
    'end-load': [BEFORE_APPLIED],
    'stop-init-storer': both,
    'remove-init-topics': both,
  } as const;
  const kills = await applyWithDeaths(site, { deaths });
  t.diagnostic(`killed ${kills} times`);
  await settle(site);
  await assertArchiveIsTable(site);
  await assertProven(site);
  assert.deepEqual(await shop.kafka.existingTopics(init), new Set(), 'what was made for the load is gone');
});

test('P4 by a new initial snapshot, killed while it loads: the archive, folded by key, is the table', async (t) => {
  const site = await open(t, 'P4', 'resnapshot');
  const before = await connectorNow();
  const { exitCode, stays } = await takeBack(site, shop.kafka, {
    // While the connector is told to forget where it was, or begins to read anew.
    applyDies: { type: 'step-started', step: 'initial-load', afterMs: 500 },
    undoDies: { type: 'step-undone', step: 'initial-load' },
    topics: [eventsTopic('P4', 'resnapshot')],
  });
  assert.deepEqual([exitCode, stays], [3, ['initial-load']]);
  assert.deepEqual(await connectorNow(), before, 'the connector is as it was, and captures');
  await assertNothingLost({ loaded: true });
  await moveArchiveAway(site);
  const deaths = {
    'initial-load': [
      { type: 'step-started', afterMs: 80 },
      { type: 'note', key: 'handle' },
    ],
    'end-load': [{ type: 'step-started', afterMs: 20 }],
  } as const;
  await applyWithDeaths(site, { deaths });
  await settle(site);
  await assertArchiveIsTable(site);
  await assertProven(site);
});
