import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parseNotification, type SnapshotNotification, snapshotState } from './snapshot-notifications.ts';

const TABLES = [
  { topic: 'shop.public.orders', target: 'x', table: 'public.orders' },
  { topic: 'shop.public.customers', target: 'y', table: 'public.customers' },
];

function notification(type: string, data: Record<string, string> = {}, id = 'deploy-1'): SnapshotNotification {
  return { id, type, aggregate: 'Incremental Snapshot', data };
}

function scanned(table: string, rows: number, status = 'SUCCEEDED'): SnapshotNotification {
  return notification('TABLE_SCAN_COMPLETED', {
    scanned_collection: table,
    total_rows_scanned: String(rows),
    status,
  });
}

function stateOf(...notifications: readonly SnapshotNotification[]): ReturnType<typeof snapshotState> {
  return snapshotState(notifications, { id: 'deploy-1' }, TABLES);
}

const BOTH = [scanned('public.orders', 7), scanned('public.customers', 2)] as const;

test('a snapshot has finished when all tables were scanned and COMPLETED came, not before', () => {
  assert.equal(stateOf().state, 'running');
  assert.equal(stateOf(notification('STARTED'), ...BOTH).state, 'running');
  const end = stateOf(notification('STARTED'), ...BOTH, notification('COMPLETED'));
  assert.deepEqual([end.state, end.rows], ['finished', { 'shop.public.orders': 7, 'shop.public.customers': 2 }]);
});

test('a snapshot that was stopped says COMPLETED before it says ABORTED, and has failed', () => {
  const end = stateOf(...BOTH, notification('COMPLETED'), notification('ABORTED'));
  assert.equal(end.state, 'failed');
  assert.match(end.reason ?? '', /stopped before its end/);
});

test('a table that was not scanned, or not with success, fails the snapshot', () => {
  assert.match(
    stateOf(scanned('public.orders', 7), notification('COMPLETED')).reason ?? '',
    /without public\.customers/,
  );
  assert.match(
    stateOf(scanned('public.orders', 0, 'NO_PRIMARY_KEY')).reason ?? '',
    /orders was not read: NO_PRIMARY_KEY/,
  );
  const empty = [scanned('public.orders', 0, 'EMPTY'), scanned('shop.public.customers', 2), notification('COMPLETED')];
  assert.equal(stateOf(...empty).state, 'finished');
});

test('notifications of other snapshots do not count', () => {
  const others = [...BOTH, notification('COMPLETED')].map((one) => ({ ...one, id: 'another' }));
  assert.equal(stateOf(...others).state, 'running');
  assert.equal(snapshotState(others, { aggregate: 'Initial Snapshot' }, TABLES).state, 'running');
});

function initialState(...all: readonly SnapshotNotification[]): ReturnType<typeof snapshotState> {
  const notifications = all.map((one, index) => ({ ...one, id: String(index), aggregate: 'Initial Snapshot' }));
  return snapshotState(notifications, { aggregate: 'Initial Snapshot' }, TABLES);
}

test('an initial snapshot that begins again counts from there; one that is skipped after its end has finished', () => {
  const started = notification('STARTED');
  assert.equal(initialState(started, ...BOTH, started, notification('COMPLETED')).state, 'failed');
  assert.equal(
    initialState(started, started, ...BOTH, notification('COMPLETED'), notification('SKIPPED')).state,
    'finished',
  );
  assert.equal(initialState(notification('SKIPPED')).state, 'failed');
});

test('notifications are read with and without schema, and nothing else is one', () => {
  const payload = { id: 'a', type: 'STARTED', aggregate_type: 'Initial Snapshot', additional_data: { n: 1 } };
  const expected = { id: 'a', type: 'STARTED', aggregate: 'Initial Snapshot', data: { n: '1' } };
  assert.deepEqual(parseNotification(Buffer.from(JSON.stringify(payload))), expected);
  assert.deepEqual(parseNotification(Buffer.from(JSON.stringify({ schema: {}, payload }))), expected);
  for (const other of [null, Buffer.from('\u0000\u0000avro'), Buffer.from('{"id":1}'), Buffer.from('[]')]) {
    assert.equal(parseNotification(other), undefined);
  }
});

test('a table whose reading was gone on with by a task that was started anew has no number of rows', () => {
  const part = (table: string, index: number): SnapshotNotification =>
    notification('IN_PROGRESS', { current_collection_in_progress: table, chunk_index: String(index) });
  const whole = notification('IN_PROGRESS', { current_collection_in_progress: 'public.customers' });
  const orders = [
    part('public.orders', 1),
    part('public.orders', 2),
    part('public.orders', 1),
    scanned('public.orders', 3),
  ];
  const customers = [
    whole,
    whole,
    part('public.customers', 1),
    part('public.customers', 2),
    scanned('public.customers', 9),
  ];
  const end = stateOf(notification('STARTED'), ...orders, ...customers, notification('COMPLETED'));
  assert.deepEqual([end.state, end.rows], ['finished', { 'shop.public.customers': 9 }]);
});

test('a snapshot that waited for another one, which goes on under its id, counts what it has read itself', () => {
  const part = (index: number): SnapshotNotification =>
    notification('IN_PROGRESS', { current_collection_in_progress: 'public.orders', chunk_index: String(index) });
  const other = [part(38), part(39), scanned('public.orders', 40), scanned('public.customers', 5)];
  const own = [part(1), part(2), scanned('public.orders', 70), scanned('public.customers', 6)];
  const end = stateOf(...other, ...own, notification('COMPLETED'));
  assert.deepEqual([end.state, end.rows], ['finished', { 'shop.public.orders': 70, 'shop.public.customers': 6 }]);
  const interrupted = [part(1), part(2), part(2), scanned('public.orders', 30), scanned('public.customers', 6)];
  assert.deepEqual(stateOf(...other, ...interrupted, notification('COMPLETED')).rows, { 'shop.public.customers': 6 });
  const lastPartAgain = [...own, part(1), scanned('public.orders', 3), notification('COMPLETED')];
  assert.deepEqual(stateOf(...lastPartAgain).rows, { 'shop.public.orders': 70, 'shop.public.customers': 6 });
});
