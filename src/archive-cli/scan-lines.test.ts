import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeLine } from '../core/segment/line-decoder.ts';
import { encodeLine } from '../core/segment/line-encoder.ts';
import { scanLines } from './scan-lines.ts';

const record = fc.record({
  offset: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
  timestampMs: fc.oneof(fc.bigInt({ min: -1n, max: 2n ** 42n }), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
  timestampType: fc.constantFrom('CreateTime' as const, 'LogAppendTime' as const),
  key: fc.option(fc.uint8Array({ maxLength: 20 })),
  value: fc.option(fc.uint8Array({ maxLength: 200 })),
  headers: fc.constant([]),
});

test('scanning a line finds what decoding it finds', () => {
  fc.assert(
    fc.property(fc.array(record, { maxLength: 8 }), (records) => {
      const lines = records.map((each) => Buffer.from(encodeLine(each, 7)));
      const scanned = [...scanLines(Buffer.concat(lines))];
      assert.equal(scanned.length, records.length);
      for (const [at, { offset, timestampMs, partition, line }] of scanned.entries()) {
        const { record: decoded } = decodeLine(line);
        assert.deepEqual([offset, timestampMs, partition], [decoded.offset, decoded.timestampMs, 7]);
        assert.deepEqual([offset, timestampMs], [records[at]?.offset, records[at]?.timestampMs]);
        assert.deepEqual(line, lines[at]);
      }
    }),
  );
});

test('lines in other spellings are read, and what is no line is an error', () => {
  const foreign = '{ "offset": 12, "payload": "x", "timestamp": "2024-03-01T10:15:30Z" }\n';
  const [line] = scanLines(Buffer.from(foreign));
  assert.deepEqual([line?.offset, line?.timestampMs, line?.partition], [12n, 1709288130000n, undefined]);
  const canonical = '{"timestamp":"2024-03-01T10:15:30.120Z","partition":2,"offset":941,"key":null,"payload":null}\n';
  for (const [from, to] of [
    ['941', '-1'],
    ['03-01T10', '13-41T10'],
    ['"offset":941,', ''],
  ] as const) {
    assert.throws(() => [...scanLines(Buffer.from(canonical.replace(from, to)))], RangeError);
  }
});
