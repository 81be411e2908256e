import assert from 'node:assert/strict';
import { test } from 'node:test';

import { trustStore } from './trust-store.ts';

test('a trust store has the layout that Java reads', () => {
  const store = trustStore([Uint8Array.of(1, 2, 3)]);
  const hex = store.subarray(0, -20).toString('hex');
  const entry = [
    '00000002',
    '0004',
    Buffer.from('ca-0').toString('hex'),
    '0000000000000000',
    '0005',
    '582e353039',
    '00000003',
    '010203',
  ];
  assert.equal(hex, ['feedfeed', '00000002', '00000001', ...entry].join(''));
});
