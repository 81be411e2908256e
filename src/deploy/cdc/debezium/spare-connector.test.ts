import assert from 'node:assert/strict';
import { test } from 'node:test';

import { isAppError } from '../../../core/errors.ts';
import { tablesOf } from './connector-tables.ts';
import { spareConfig, spareNames } from './spare-connector.ts';

const LIVE = {
  'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
  name: 'shop',
  'tasks.max': '1',
  'topic.prefix': 'shop',
  'slot.name': 'shop',
  'publication.autocreate.mode': 'filtered',
  'table.exclude.list': 'public.log',
  'decimal.handling.mode': 'string',
  'signal.data.collection': 'public.debezium_signal',
  'signal.enabled.channels': 'source,kafka',
  'heartbeat.interval.ms': '1000',
  'heartbeat.action.query': 'insert into heartbeat values (1)',
  'database.password': '${file:/secrets:password}',
  transforms: 'unwrap',
  'transforms.unwrap.type': 'io.debezium.transforms.ExtractNewRecordState',
};

const SPARE = spareNames('shop', 'p2-2026');

test('a spare connector reads the tables of its topics once, into the targets, and leaves everything else alone', () => {
  const tables = tablesOf(LIVE, [{ topic: 'shop.public.orders', target: 'orders-init' }], {});
  const config = spareConfig(LIVE, SPARE, tables);
  assert.deepEqual(config, {
    'connector.class': LIVE['connector.class'],
    name: 'shop-load-p2-2026',
    'tasks.max': '1',
    'topic.prefix': 'shop',
    'slot.name': 'bss_load_p2_2026',
    'snapshot.mode': 'initial_only',
    'table.include.list': 'public\\.orders',
    'publication.autocreate.mode': 'disabled',
    'decimal.handling.mode': 'string',
    'heartbeat.interval.ms': '0',
    'custom.metric.tags': 'bss=shop-load-p2-2026',
    'notification.enabled.channels': 'sink',
    'notification.sink.topic.name': 'shop-load-p2-2026.notifications',
    'database.password': '${file:/secrets:password}',
    transforms: 'unwrap,bssLoad0',
    'transforms.unwrap.type': 'io.debezium.transforms.ExtractNewRecordState',
    'transforms.bssLoad0.type': 'org.apache.kafka.connect.transforms.RegexRouter',
    'transforms.bssLoad0.regex': 'shop\\.public\\.orders',
    'transforms.bssLoad0.replacement': 'orders-init',
  });
});

test('connectors of other databases are not doubled', () => {
  const mysql = { ...LIVE, 'connector.class': 'io.debezium.connector.mysql.MySqlConnector' };
  assert.throws(
    () => spareConfig(mysql, SPARE, []),
    (error) => isAppError(error, 'DEPLOY_CDC_REFUSED'),
  );
});

test('the name of a slot is one that PostgreSQL accepts, however long the id', () => {
  assert.match(spareNames('shop', `p2-${'x'.repeat(100)}`).slot, /^[a-z0-9_]{1,63}$/);
});

test('tables follow from the names of topics, or are named; otherwise the load is refused', () => {
  const topics = [
    { topic: 'shop.public.orders', target: 'a' },
    { topic: 'renamed', target: 'b' },
  ];
  const tables = tablesOf(LIVE, topics, { renamed: 'public.customers' }).map(({ table }) => table);
  assert.deepEqual(tables, ['public.orders', 'public.customers']);
  assert.throws(() => tablesOf(LIVE, topics, {}), /renamed/);
});

test('the table that is named for a topic counts, though its name begins as those of the connector', () => {
  const topics = [{ topic: 'shop.orders', target: 'a' }];
  const live = { ...LIVE, 'table.include.list': 'public\\.(orders|items), public.Customers' };
  const tableOf = (known: Record<string, string>): unknown => tablesOf(live, topics, known)[0]?.table;
  assert.equal(tableOf({ 'shop.orders': 'public.orders' }), 'public.orders');
  assert.throws(() => tableOf({}), /does not capture orders into shop\.orders/);
  assert.throws(() => tableOf({ 'shop.orders': 'public.log' }), /does not capture public\.log/);
  assert.deepEqual(tablesOf(live, [{ topic: 'shop.public.items', target: 'a' }], { 'shop.public.items': 'items' }), [
    { topic: 'shop.public.items', target: 'a', table: 'public.items' },
  ]);
});

test('a table that the connector leaves out by any of its lists is refused', () => {
  const topics = [{ topic: 'shop.sales.orders', target: 'a' }];
  const left = (filter: Record<string, string>): void => {
    const { 'table.exclude.list': _list, ...live } = LIVE;
    tablesOf({ ...live, ...filter }, topics, {});
  };
  const lists = {
    'table.include.list': 'public.orders',
    'table.exclude.list': 'sales\\.(orders|items)',
    'schema.include.list': 'public,crm',
    'schema.exclude.list': 'crm, sales',
  };
  for (const [property, list] of Object.entries(lists)) {
    assert.throws(
      () => left({ [property]: list }),
      (error) => isAppError(error, 'DEPLOY_CDC_REFUSED') && String(error.hint).includes(`${property} is ${list}`),
      property,
    );
  }
  // Java's own kind of regular expression, which may match or not.
  for (const property of Object.keys(lists)) left({ [property]: 'sales\\.\\p{javaLowerCase}+' });
  left({ 'table.exclude.list': 'sales.items', 'schema.include.list': 'sales', 'schema.exclude.list': '' });
});
