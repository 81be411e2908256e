import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Reader, Writer } from './protocol-library.ts';
import fc from 'fast-check';
import { parseFetchResponse } from './raw-fetch.ts';

interface Answer {
  readonly errorCode: number;
  readonly aborted: readonly bigint[];
  readonly records: Uint8Array | null;
}

function response({ errorCode, aborted, records }: Answer): Buffer {
  return Writer.create()
    .appendInt32(0)
    .appendInt16(0)
    .appendInt32(0)
    .appendArray([0], (topics) => {
      topics.appendUUID(null).appendArray([0], (partitions) => {
        partitions.appendInt32(3).appendInt16(errorCode).appendInt64(100n).appendInt64(90n).appendInt64(7n);
        partitions
          .appendArray([...aborted], (writer, id) => writer.appendInt64(id).appendInt64(id + 1n))
          .appendInt32(-1);
        partitions.appendUnsignedVarInt(records === null ? 0 : records.length + 1);
        if (records !== null && records.length > 0) partitions.append(Buffer.from(records));
      });
    })
    .appendTaggedFields().buffer;
}

function parse(bytes: Buffer): ReturnType<typeof parseFetchResponse> {
  const own = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(own);
  return parseFetchResponse(Reader.from(own));
}

test('everything in a response is read, the records as they came', () => {
  const bytes = fc.uint8Array({ maxLength: 3000 });
  const ids = fc.array(fc.bigInt({ min: 0n, max: 2n ** 62n }), { maxLength: 5 });
  fc.assert(
    fc.property(fc.nat(100), ids, fc.option(bytes), (errorCode, aborted, records) => {
      const parsed = parse(response({ errorCode, aborted, records }));
      assert.equal(parsed.errorCode, errorCode);
      assert.deepEqual([parsed.highWatermark, parsed.lastStableOffset, parsed.logStartOffset], [100n, 90n, 7n]);
      const expected = aborted.map((id) => ({ producerId: id, firstOffset: id + 1n }));
      assert.deepEqual(parsed.abortedTransactions, expected);
      assert.deepEqual(Buffer.from(parsed.records), Buffer.from(records ?? []));
    }),
  );
});

test('a response that is cut anywhere is refused, never read past its end', () => {
  const whole = response({ errorCode: 0, aborted: [1n, 2n], records: new Uint8Array(50) });
  for (let length = 0; length < whole.length; length++) assert.throws(() => parse(whole.subarray(0, length)));
});

test('a response with changed bytes is read or refused, in bounded time and memory', () => {
  const whole = response({ errorCode: 0, aborted: [1n], records: new Uint8Array(200) });
  const change = fc.record({ at: fc.nat(whole.length - 1), value: fc.nat(255) });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      const damaged = Buffer.from(whole);
      for (const { at, value } of changes) damaged[at] = value;
      try {
        assert.ok(parse(damaged).records.length <= whole.length);
      } catch (error) {
        assert.ok(error instanceof Error);
      }
    }),
    { numRuns: 500 },
  );
});
