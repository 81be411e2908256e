import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ABORTED_EVENTS, ODDITIES, orderEvents, TRANSACTION_EVENTS } from './order-events.ts';

const OPTIONS = { count: 25_000, partitionCount: 6, seed: 1, startMs: Date.UTC(2026, 0, 1) };

test('the same options give the same events, another seed gives others', () => {
  const first = [...orderEvents(OPTIONS)];
  assert.deepEqual(first, [...orderEvents(OPTIONS)]);
  assert.notDeepEqual(first, [...orderEvents({ ...OPTIONS, seed: 2 })]);
});

test('there are as many committed events as asked for, every oddity among them, in every partition', () => {
  const events = [...orderEvents(OPTIONS)];
  const committed = events.filter((event) => !event.aborted);
  assert.equal(committed.length, OPTIONS.count);
  for (let partition = 0; partition < OPTIONS.partitionCount; partition++) {
    const here = committed.filter((event) => event.partition === partition);
    assert.ok(here.length > OPTIONS.count / 12, `partition ${partition} has ${here.length}`);
    for (const oddity of ODDITIES)
      assert.ok(
        here.some((event) => event.oddities.includes(oddity)),
        `${oddity} in ${partition}`,
      );
  }
});

test('an oddity is what it says', () => {
  for (const { record, oddities } of orderEvents(OPTIONS)) {
    assert.equal(oddities.includes('tombstone'), record.value === null);
    assert.equal(oddities.includes('nullKey'), record.key === null);
    assert.equal(oddities.includes('emptyKey'), record.key?.length === 0);
    assert.equal(oddities.includes('emptyValue'), record.value?.length === 0);
    assert.equal(
      oddities.includes('nullHeader'),
      record.headers.some((header) => header.value === null),
    );
    assert.equal(
      oddities.includes('repeatedHeader'),
      record.headers.filter((header) => String(header.name) === '104,111,112').length === 3,
    );
    if (oddities.includes('notUtf8'))
      assert.throws(() => new TextDecoder('utf-8', { fatal: true }).decode(record.value ?? undefined));
  }
});

for (const count of [1, 500, TRANSACTION_EVENTS, 2 * TRANSACTION_EVENTS, 2 * TRANSACTION_EVENTS + 1, 50_000]) {
  test(`of ${count} events one transaction more is aborted, and transactions are numbered without a hole`, () => {
    const sizes: number[] = [];
    const aborted = new Set<number>();
    for (const event of orderEvents({ ...OPTIONS, count })) {
      sizes[event.transaction] = (sizes[event.transaction] ?? 0) + 1;
      if (event.aborted) aborted.add(event.transaction);
    }
    assert.equal(aborted.size, 1);
    assert.equal(sizes.length, Math.ceil(count / TRANSACTION_EVENTS) + 1);
    const [which = -1] = aborted;
    assert.equal(sizes[which], ABORTED_EVENTS);
    for (const size of sizes) assert.ok(size > 0 && size <= TRANSACTION_EVENTS);
  });
}

test('an order is erased only after it was delivered, and never heard of again', () => {
  const text = new TextDecoder();
  const states = new Map<string, string>();
  for (const { record } of orderEvents(OPTIONS)) {
    const key = record.key === null ? '' : text.decode(record.key);
    if (!key.startsWith('order-')) continue;
    assert.notEqual(states.get(key), 'erased');
    const value: unknown = record.value === null ? { state: 'erased' } : JSON.parse(text.decode(record.value));
    assert.ok(typeof value === 'object' && value !== null && 'state' in value);
    if (value.state === 'erased') assert.equal(states.get(key), 'delivered');
    states.set(key, String(value.state));
  }
});
