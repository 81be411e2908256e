import assert from 'node:assert/strict';
import { test } from 'node:test';
import { murmur2, partitionForKey } from './partitioner.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Values from the tests of Apache Kafka's own implementation (UtilsTest.testMurmur2). */
test('murmur2 gives the values that Kafka gives', () => {
  const known: [string, number][] = [
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ];
  for (const [text, hash] of known) assert.equal(murmur2(bytes(text)), hash, text);
  assert.equal(murmur2(Uint8Array.of(0x61, 0x62, 0x63)), 479470107);
});

test('a partition is always within the topic', () => {
  for (let i = 0; i < 1000; i++) {
    const partition = partitionForKey(bytes(`key-${i}`), 7);
    assert.ok(partition >= 0 && partition < 7);
  }
});
