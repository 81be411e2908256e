import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { partitionName } from '../../core/record/topic-partition.ts';
import { parseNamedOffset, readNamedOffsets, readSnapshotOffsets } from './read-named-offsets.ts';

const code = 'OFFSETS_TARGET_INVALID';
const anyOffset = fc.record(
  {
    topic: fc.stringMatching(/^[a-zA-Z0-9._-]{1,30}$/),
    partition: fc.nat(100_000),
    offset: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
  },
  { noNullPrototype: true },
);

test('a flag names any partition and offset', () => {
  fc.assert(
    fc.property(anyOffset, (at) => {
      assert.deepEqual(parseNamedOffset(`${partitionName(at)}=${at.offset}`), at);
    }),
  );
  for (const wrong of ['orders=5', 'orders-0', 'orders-0=-1', 'orders-0=9223372036854775808', '-0=1', 'orders-x=1']) {
    assert.equal(parseNamedOffset(wrong), undefined, wrong);
  }
});

test('files as JSON, and as kafka-consumer-groups writes them', () => {
  fc.assert(
    fc.property(fc.array(anyOffset, { minLength: 1, maxLength: 5 }), (offsets) => {
      const json = offsets.map((at) => ({ ...at, offset: String(at.offset) }));
      assert.deepEqual(readNamedOffsets(JSON.stringify(json), 'a'), offsets);
      assert.deepEqual(readNamedOffsets(JSON.stringify({ partitions: json }), 'a'), offsets);
      const lines = offsets.map(({ topic, partition, offset }) => `"${topic}",${partition},${offset}`).join('\n');
      assert.deepEqual(readNamedOffsets(`${lines}\n`, 'a'), offsets);
    }),
  );
  assert.deepEqual(readNamedOffsets('[{"topic": "a", "partition": 1, "offset": 7}]', 'a'), [
    { topic: 'a', partition: 1, offset: 7n },
  ]);
});

test('a file that is not of the form is refused, with the place', () => {
  for (const [text, message] of [
    ['', /names no offset/],
    ['[]', /names no offset/],
    ['{"offsets": 1}', /must be a list/],
    ['[{"topic": "a", "partition": 0}]', /entry 1/],
    ['[{"topic": "a", "partition": 0, "offset": "1"}, {"topic": "a", "partition": -1, "offset": "1"}]', /entry 2/],
    ['[{"topic": "a", "partition": 0, "offset": 9007199254740993}]', /entry 1/],
    ['[{]', /not JSON/],
    ['a,0,1\na,0', /line 2/],
  ] as const) {
    assert.throws(() => readNamedOffsets(text, 'offsets.txt'), { code, message });
  }
});

test('the manifest of a snapshot', () => {
  const offsets = { group: 'projections', partitions: [{ topic: 'orders', partition: 0, offset: '12' }] };
  const text = JSON.stringify({ kind: 'snapshot', collections: [], offsets });
  assert.deepEqual(readSnapshotOffsets(text, 'manifest.json'), {
    group: 'projections',
    offsets: [{ topic: 'orders', partition: 0, offset: 12n }],
  });
  assert.throws(() => readSnapshotOffsets('{}', 'm'), { code, message: /not the manifest of a snapshot/ });
  assert.throws(() => readSnapshotOffsets(JSON.stringify({ offsets: { group: 'g', partitions: [] } }), 'm'), { code });
});
