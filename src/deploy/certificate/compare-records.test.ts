import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { KafkaRecord } from '../../core/record/kafka-record.ts';
import { recordDifferences, recordDigest } from './compare-records.ts';
import { drawOffsets } from './sample-offsets.ts';

const bytes = fc.option(fc.uint8Array({ maxLength: 4 }), { nil: null });
const header = fc.record({ name: fc.uint8Array({ maxLength: 2 }), value: bytes });
const anyRecord: fc.Arbitrary<KafkaRecord> = fc.record({
  offset: fc.constant(1n),
  timestampMs: fc.bigInt({ min: 0n, max: 2n }),
  timestampType: fc.constant('CreateTime' as const),
  key: bytes,
  value: bytes,
  headers: fc.array(header, { maxLength: 2 }),
});

test('records are the same exactly when nothing differs, and the digest tells the same', () => {
  fc.assert(
    fc.property(anyRecord, anyRecord, (a, b) => {
      assert.deepEqual(recordDifferences(a, structuredClone(a)), []);
      const isSame = recordDifferences(a, b).length === 0;
      assert.equal(isSame, recordDigest(a) === recordDigest(b));
      assert.deepEqual(recordDifferences(a, b), recordDifferences(b, a));
    }),
    { numRuns: 500 },
  );
});

test('null is not empty, and the order of headers counts', () => {
  const [name, other] = [Buffer.from('a'), Buffer.from('b')];
  const record: KafkaRecord = {
    offset: 1n,
    timestampMs: 1n,
    timestampType: 'CreateTime',
    key: null,
    value: new Uint8Array(),
    headers: [
      { name, value: null },
      { name: other, value: null },
    ],
  };
  assert.deepEqual(recordDifferences(record, { ...record, key: new Uint8Array(), value: null }), ['key', 'value']);
  assert.deepEqual(recordDifferences(record, { ...record, headers: record.headers.toReversed() }), ['headers']);
  assert.deepEqual(recordDifferences(record, { ...record, timestampMs: 2n, timestampType: 'LogAppendTime' }), [
    'timestamp',
    'timestamp type',
  ]);
});

test('samples: never more than asked for, different, in their ranges, first and last, and from every partition', () => {
  const size = fc.bigInt({ min: 0n, max: 1000n });
  const ranges = fc
    .array(fc.tuple(size, size), { minLength: 1, maxLength: 6 })
    .map((sizes) => sizes.map(([start, length], partition) => ({ partition, range: { start, end: start + length } })));
  fc.assert(
    fc.property(ranges, fc.nat(60), fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), (all, count, at) => {
      const drawn = drawOffsets(all, count, () => at);
      const filled = all.filter(({ range }) => range.end > range.start);
      const total = filled.reduce((sum, { range }) => sum + Number(range.end - range.start), 0);
      assert.ok(drawn.length <= count);
      assert.equal(new Set(drawn.map(({ partition, offset }) => `${partition}-${offset}`)).size, drawn.length);
      for (const { partition, offset } of drawn) {
        const range = all[partition]?.range;
        assert.ok(range !== undefined && offset >= range.start && offset < range.end);
      }
      if (count >= filled.length) assert.equal(new Set(drawn.map(({ partition }) => partition)).size, filled.length);
      if (count >= total + filled.length) assert.equal(drawn.length, total);
    }),
  );
  const one = drawOffsets([{ partition: 0, range: { start: 10n, end: 1010n } }], 5, () => 0.5);
  assert.deepEqual(
    one.map(({ offset }) => offset),
    [10n, 310n, 510n, 710n, 1009n],
  );
});
