import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { KafkaRecord } from '../core/record/kafka-record.ts';
import { findDifference } from './compare-topic.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const RECORD: KafkaRecord = {
  offset: 7n,
  timestampMs: 1n,
  timestampType: 'CreateTime',
  key: bytes('k'),
  value: bytes('v'),
  headers: [
    { name: bytes('h'), value: bytes('1') },
    { name: bytes('h'), value: null },
  ],
};

test('a record is the same as itself, whatever its offset', () => {
  assert.equal(findDifference(RECORD, { ...RECORD, offset: 9n }), undefined);
  const empty = { ...RECORD, key: null, value: null, headers: [] };
  assert.equal(findDifference(empty, { ...empty }), undefined);
});

const CASES: [string, Partial<KafkaRecord>][] = [
  ['key', { key: null }],
  ['key', { key: bytes('') }],
  ['value', { value: bytes('v ') }],
  ['value', { value: null }],
  ['timestamp', { timestampMs: 2n }],
  ['timestamp type', { timestampType: 'LogAppendTime' }],
  ['headers', { headers: [] }],
  ['headers', { headers: RECORD.headers.toReversed() }],
  ['headers', { headers: [...RECORD.headers, { name: bytes('h'), value: null }] }],
  ['headers', { headers: RECORD.headers.map(({ name }) => ({ name, value: bytes('') })) }],
];
for (const [expected, change] of CASES) {
  test(`another ${expected} is found (${JSON.stringify(Object.keys(change))}, ${CASES.findIndex(([, other]) => other === change)})`, () => {
    assert.equal(findDifference(RECORD, { ...RECORD, ...change }), expected);
  });
}

test('null and empty differ', () => {
  assert.equal(findDifference({ ...RECORD, key: bytes('') }, { ...RECORD, key: null }), 'key');
  assert.equal(findDifference({ ...RECORD, value: null }, { ...RECORD, value: bytes('') }), 'value');
});
