import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, test } from 'node:test';

import {
  assertLoadsItself,
  type CdcUnderTest,
  cdcConformance,
  loadEnd,
  testRun,
} from '../../../../test/harness/cdc-conformance.ts';
import { MortalHttpClient } from '../../../../test/faults/mortal-http-client.ts';
import { type CdcSite, openCdcSite } from '../../../../test/harness/cdc-site.ts';
import { committedTexts } from '../../../../test/harness/kafka-topic.ts';
import { isAppError } from '../../../core/errors.ts';
import { SHOP_TABLES } from '../../../demo/cdc/shop-tables.ts';
import { freePorts } from '../../../demo/services/free-ports.ts';
import { until } from '../../../demo/services/until.ts';
import type { CdcDriver, LoadState } from '../cdc-driver.ts';
import { ConnectApi } from '../connect-api.ts';
import { type DebeziumFacts, debeziumDriver } from './debezium-driver.ts';

let opened: Promise<CdcSite> | undefined;
/** What was started, the last first. */
const stops: (() => unknown)[] = [];
after(async () => {
  for (const stop of stops) await stop();
});

/** One site for the whole file, with a writer at work all the time. */
function site(): Promise<CdcSite> {
  return (opened ??= openCdcSite({ after: (stop) => void stops.unshift(stop) }, { tls: true }).then((shop) => {
    shop.writer.start();
    return shop;
  }));
}

/** A driver whose process dies after every request by which a load begins or ends, and is started again. */
async function mortalDriver(facts: Pick<DebeziumFacts, 'load'>, shop: CdcSite): Promise<CdcDriver> {
  const { connector, kafka, databaseUrl: sourceUrl } = shop;
  const client = await MortalHttpClient.start(shop.connect.url);
  stops.unshift(() => client[Symbol.asyncDispose]());
  const all = { driver: 'debezium', connectUrl: client.endpoint, connector, sourceUrl } as const;
  const driver = debeziumDriver({ ...all, ...facts }, { kafka });
  return {
    ...driver,
    startLoad: (request, run) => client.again(() => driver.startLoad(request, run)),
    endLoad: (request, handle, run) => client.again(() => driver.endLoad(request, handle, run)),
  };
}

async function underTest(facts: Pick<DebeziumFacts, 'load'>): Promise<CdcUnderTest> {
  const shop = await site();
  const { kafka, writer, connector } = shop;
  return {
    driver: await mortalDriver(facts, shop),
    run: testRun(),
    liveTopics: Object.values(shop.topics),
    tellsState: true,
    quietMs: 1_500,
    async ends(topic) {
      const [description] = await kafka.describeTopics([topic]);
      const count = description?.partitionCount ?? 0;
      return kafka.listOffsets(
        Array.from({ length: count }, (_, partition) => ({ topic, partition })),
        'latest',
      );
    },
    captured: shop.captured,
    async targets() {
      const targets = SHOP_TABLES.map((table) => ({ topic: shop.topics[table], target: `${connector}-${table}-init` }));
      await kafka.createTopics(
        targets.map(({ target }) => ({ name: target, partitionCount: 3, replicationFactor: -1 })),
      );
      return targets;
    },
    async change() {
      // Every fifth transaction changes a customer.
      const goal = writer.written.transactions + 12;
      await until(() => writer.written.transactions >= goal, { deadlineMs: 20_000, what: 'the writer' });
    },
    async assertFolds(liveTopic, topics, from) {
      await writer.stop();
      await shop.captured();
      const table = SHOP_TABLES.find((name) => shop.topics[name] === liveTopic) ?? 'orders';
      assert.equal(
        await shop.compare(table, topics, from),
        undefined,
        `${topics.join(' and ')} folded by key is ${table}`,
      );
      writer.start();
    },
    async assertNothingLeft() {
      const slots = await shop.database.query('select slot_name from pg_replication_slots');
      assert.deepEqual(slots.rows, [{ slot_name: 'shop' }]);
      const marks = await shop.database.query(`select 1 from debezium_signal where type like 'snapshot-window%'`);
      assert.equal(marks.rowCount, 0);
      const answer = await fetch(`${shop.connect.url}/connectors`);
      assert.deepEqual(await answer.json(), [connector]);
      const config = await new ConnectApi(shop.connect.url).config(connector);
      assert.equal(config?.['snapshot.mode'], 'no_data');
      assert.deepEqual(
        Object.keys(config ?? {}).filter((name) => name.startsWith('bss.')),
        [],
      );
    },
  };
}

cdcConformance('Debezium', () => underTest({ load: 'signal' }));

test('Debezium: after a load by signal the whole topic folds to the table: what was deleted meanwhile is told', async () => {
  const cdc = await underTest({ load: 'signal' });
  for (const topic of cdc.liveTopics) await cdc.assertFolds(topic, [topic]);
});

test('Debezium: a load by signal that is given up in the middle is stopped there', async () => {
  const shop = await site();
  const { connect, connector, kafka, databaseUrl: sourceUrl, topics } = shop;
  const facts = { driver: 'debezium', connectUrl: connect.url, connector, sourceUrl, load: 'signal' } as const;
  const driver = debeziumDriver(facts, { kafka });
  const api = new ConnectApi(connect.url);
  const live = (await api.config(connector)) ?? {};
  // So many parts that it is far from its end when it is stopped.
  await api.configure(connector, { ...live, 'incremental.snapshot.chunk.size': '5' });
  await driver.stop(testRun());
  const request = { id: 'given-up', by: 'restart', topics: [{ topic: topics.orders, target: topics.orders }] } as const;
  const handle = await driver.startLoad(request, testRun());
  const isReading = async (): Promise<boolean> => {
    const { state, detail } = await driver.loadState(request, handle);
    assert.equal(state, 'running');
    return Reflect.get(Object(detail), 'last') === 'IN_PROGRESS';
  };
  await until(isReading, { deadlineMs: 60_000, what: 'the snapshot to be under way' });
  const run = testRun();
  await driver.endLoad(request, handle, run);
  assert.match(run.said.join('\n'), /^stopped the snapshot of public\.orders\ndeleted \d+ rows from /);
  const isStopped = async (): Promise<boolean> => (await driver.loadState(request, handle)).state === 'failed';
  await until(isStopped, { deadlineMs: 20_000, what: 'the snapshot to be called stopped' });
  // Once more, as who was killed does; and a load that was never asked for has nothing to stop.
  for (const id of ['given-up', 'never-begun']) {
    const again = testRun();
    await driver.endLoad({ ...request, id }, handle, again);
    assert.doesNotMatch(again.said.join('\n'), /snapshot of/);
  }
  await api.configure(connector, live);
  const cdc = await underTest({ load: 'signal' });
  for (const topic of cdc.liveTopics) await cdc.assertFolds(topic, [topic]);
});

test('Debezium: a new initial snapshot that is given up before it began puts the connector back where it was', async () => {
  const shop = await site();
  const { connect, connector, kafka, databaseUrl: sourceUrl, topics } = shop;
  const facts = { driver: 'debezium', connector, sourceUrl, load: 'resnapshot' } as const;
  const driver = debeziumDriver({ ...facts, connectUrl: connect.url }, { kafka });
  const client = await MortalHttpClient.start(connect.url);
  stops.unshift(() => client[Symbol.asyncDispose]());
  const mortal = debeziumDriver({ ...facts, connectUrl: client.endpoint }, { kafka });
  const api = new ConnectApi(connect.url);
  const live = await api.config(connector);
  await driver.stop(testRun());
  const [cdc, offsets] = [await underTest(facts), await api.offsets(connector)];
  await cdc.change();
  const restart = (id: string) =>
    ({ id, by: 'restart', topics: [{ topic: topics.orders, target: topics.orders }] }) as const;
  // It stops the connector, notes where that was, lets it forget, and notes that it has; the next request starts it.
  for (const requests of [1, 2, 3, 4]) {
    const request = restart(`given-up-${requests}`);
    assert.equal(await client.dyingAt(requests, () => mortal.startLoad(request, testRun())), undefined);
    await client.carriedOut;
    for (const _time of ['ended', 'ended once more']) await driver.endLoad(request, null, testRun());
    assert.deepEqual(await api.config(connector), live, `after ${requests} requests`);
    assert.deepEqual(await api.offsets(connector), offsets, `after ${requests} requests`);
  }
  await driver.start(testRun());
  // What was changed while it was stopped, rows that were deleted too.
  for (const topic of cdc.liveTopics) await cdc.assertFolds(topic, [topic]);
});

test('Debezium: the load by a new initial snapshot keeps the contract too', async () => {
  await assertLoadsItself(await underTest({ load: 'resnapshot' }), 'load-again');
});

test('Debezium: Kafka Connect is spoken to with TLS, when its certificate is to be trusted', async () => {
  const { connect, connector, kafka } = await site();
  const { url: connectUrl, certificatePath } = connect.secure ?? { url: '', certificatePath: '' };
  const facts = { driver: 'debezium', connectUrl, connector, load: 'signal' } as const;
  const tls = { ca: await readFile(certificatePath, 'utf8') };
  const driver = debeziumDriver({ ...facts, tls }, { kafka });
  await driver.stop(testRun());
  assert.equal((await driver.state()).state, 'stopped');
  await driver.start(testRun());
  assert.equal((await driver.state()).state, 'running');
  await assert.rejects(debeziumDriver(facts, { kafka }).state(), (error) => {
    assert.ok(isAppError(error, 'DEPLOY_CDC_REFUSED'));
    assert.match(error.hint ?? '', /`cdc\.tls\.ca`/);
    return true;
  });
});

test('Debezium: what cannot be done is refused before anything changes', async () => {
  const { connect, connector, kafka, topics } = await site();
  const api = new ConnectApi(connect.url);
  const facts = { driver: 'debezium', connectUrl: connect.url, load: 'signal' } as const;
  const [port] = await freePorts(1);
  const nobody = debeziumDriver({ ...facts, connectUrl: `http://127.0.0.1:${port}`, connector }, { kafka });
  // It is tried again for some time, in which the others are refused.
  const unreachable = assert.rejects(nobody.state(), (error) => isAppError(error, 'DEPLOY_CDC_UNREACHABLE'));
  const live = (await api.config(connector)) ?? {};
  const bare = Object.entries(live).filter(([name]) => !/^(?:signal|notification)\./.test(name));
  await api.create('bare', { ...(Object.fromEntries(bare) as typeof live), 'slot.name': 'bare' }, 'STOPPED');
  const driver = debeziumDriver({ ...facts, connector: 'bare' }, { kafka });
  // Kafka Connect has no status of a new connector for a moment.
  const stopped = async (): Promise<boolean> => (await driver.state()).state === 'stopped';
  await until(stopped, { deadlineMs: 20_000, what: 'the bare connector to be there' });
  const restart = { id: 'refused', by: 'restart', topics: [{ topic: topics.orders, target: topics.orders }] } as const;
  for (const call of [() => driver.describeLoad(restart), () => driver.startLoad(restart, testRun())]) {
    await assert.rejects(call, (error) => {
      assert.ok(isAppError(error, 'DEPLOY_CDC_REFUSED'));
      assert.match(error.message, /signal\.enabled\.channels.*signal\.data\.collection.*notification/);
      return true;
    });
  }
  assert.ok(await stopped());
  await api.remove('bare');

  const absent = { id: 'absent', by: 'spare', topics: [{ topic: topics.orders, target: 'no-such-topic' }] } as const;
  const liveDriver = debeziumDriver({ ...facts, connector }, { kafka });
  await assert.rejects(liveDriver.startLoad(absent, testRun()), (error) => isAppError(error, 'KAFKA_TOPIC_MISSING'));
  const same = { id: 'same', by: 'spare', topics: [{ topic: topics.orders, target: topics.orders }] } as const;
  await assert.rejects(liveDriver.startLoad(same, testRun()), (error) => isAppError(error, 'DEPLOY_CDC_REFUSED'));
  const foreign = { id: 'foreign', by: 'spare', topics: [{ topic: 'invoices', target: 'x' }] } as const;
  await assert.rejects(liveDriver.describeLoad(foreign), /not known which tables.*invoices/);
  // Whatever the connector captures by now: what was begun can be given up.
  await liveDriver.endLoad(foreign, null, testRun());
  assert.equal(await api.config(`${connector}-load-absent`), undefined);

  const unknown = debeziumDriver({ ...facts, connector: 'nosuch' }, { kafka });
  assert.equal((await unknown.state()).state, 'absent');
  await assert.rejects(unknown.stop(testRun()), (error) => isAppError(error, 'DEPLOY_CDC_REFUSED'));
  await unreachable;
});

test('Debezium: a table without a key is refused before a load by signal; a load that could not read one is begun anew', async () => {
  const { connect, connector, kafka, database, databaseUrl: sourceUrl, topics } = await site();
  const facts = { driver: 'debezium', connectUrl: connect.url, connector, sourceUrl, load: 'signal' } as const;
  const driver = debeziumDriver(facts, { kafka });
  const ours = Object.values(topics).map((topic) => ({ topic, target: topic }));
  const request = { id: 'keyless', by: 'restart', topics: ours } as const;
  const end = async (): Promise<LoadState> => loadEnd(driver, request, await driver.startLoad(request, testRun()));
  await database.query('alter table customers drop constraint customers_pkey');
  await assert.rejects(driver.describeLoad(request), (error) => {
    assert.ok(isAppError(error, 'DEPLOY_CDC_REFUSED'));
    assert.match(error.message, /without a key: public\.customers$/);
    return true;
  });
  const failed = await end();
  assert.deepEqual([failed.state, failed.reason], ['failed', 'table public.customers was not read: NO_PRIMARY_KEY']);
  await database.query('alter table customers add primary key (id)');
  await driver.describeLoad(request);
  const done = await end();
  assert.deepEqual([done.state, done.reason], ['finished', undefined]);
  assert.deepEqual((await end()).state, 'finished', 'one that has finished is not begun anew');
  const signals = await committedTexts(kafka, { topic: `${connector}.signals`, partition: 0 });
  assert.equal(signals.filter((text) => text.includes('"id":"keyless')).length, 2);
  await driver.endLoad(request, null, testRun());

  const spaced = { 'shop.Order_Items': 'public.Order Items' };
  const odd = {
    id: 'odd',
    by: 'restart',
    topics: [{ topic: 'shop.Order_Items', target: 'shop.Order_Items' }],
  } as const;
  const namesIt = debeziumDriver(facts, { kafka, tables: spaced });
  await assert.rejects(namesIt.describeLoad(odd), (error) => isAppError(error, 'DEPLOY_CDC_REFUSED'));
});

test('Debezium: a task that fails is noticed, though its connector says RUNNING', async () => {
  const { connect, connector, kafka, database } = await site();
  const facts = { driver: 'debezium', connectUrl: connect.url, connector, load: 'signal' } as const;
  const driver = debeziumDriver(facts, { kafka });
  await driver.stop(testRun());
  await database.query(`select pg_drop_replication_slot('shop')`);
  await assert.rejects(driver.start(testRun()), (error) => {
    assert.ok(isAppError(error, 'DEPLOY_CDC_FAILED'));
    assert.match(error.message, /no longer available on the server/);
    return true;
  });
  assert.equal((await driver.state()).state, 'failed');
});
