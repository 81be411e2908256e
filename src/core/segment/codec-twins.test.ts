import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { bytesArbitrary, plainRecord, recordsArbitrary } from '../../../test/harness/record-arbitrary.ts';
import { crc32c } from '../record/crc32c.ts';
import { asBuffer, BATCH_HEADER_BYTES, readBatchHeader } from '../record/batch-header.ts';
import { readBody, writeBatch } from '../record/batch-records.ts';
import { NO_STAMP } from '../record/batch-stamp.ts';
import type { KafkaRecord } from '../record/kafka-record.ts';
import { encodeLine } from './line-encoder.ts';
import { decodeLine } from './line-decoder.ts';
import { WasmDecoder } from './wasm-decoder.ts';
import { WasmEncoder } from './wasm-encoder.ts';

const ALL = { start: 0n, end: 2n ** 62n };
const NO_LIMITS = { bytes: 2 ** 30, records: 2 ** 30 };
const encoder = new WasmEncoder(1024);
const decoder = new WasmDecoder();

function encodeWithWasm(records: readonly KafkaRecord[], partition: number, range = ALL): Buffer {
  const batch = asBuffer(writeBatch(records, NO_STAMP, 'none'));
  const header = readBatchHeader(batch, 0, 'test-0');
  assert(header);
  encoder.open(partition);
  encoder.load(batch, 0, batch.length);
  encoder.openBatch(header, range, BATCH_HEADER_BYTES);
  const parts: Buffer[] = [];
  for (let status = encoder.run(); ; status = encoder.run()) {
    if (status === 'gaps') encoder.takeGaps();
    else parts.push(Buffer.from(encoder.takeLines().lines));
    if (status !== 'done') continue;
    const lines = Buffer.concat(parts);
    assert.equal(encoder.linesCrc32c, crc32c(lines));
    return lines;
  }
}

function encodeWithTwin(records: readonly KafkaRecord[], partition: number): Buffer {
  return Buffer.concat(records.map((record) => encodeLine(record, partition)));
}

function decodeWithWasm(lines: Uint8Array): unknown[] {
  decoder.open({ range: ALL });
  decoder.load(lines);
  assert.equal(decoder.run(NO_LIMITS), 'done');
  const { body, recordCount, baseTimestampMs } = decoder.takeBatch();
  return readBody(body, {
    baseOffset: 0n,
    lastOffset: BigInt(recordCount),
    baseTimestampMs,
    maxTimestampMs: 0n,
    timestampType: 'CreateTime',
    recordCount,
  }).map(plainRecord);
}

/** What a decoded batch keeps of records: offsets count from 0, timestamps are the producer's. */
function reloaded(records: readonly KafkaRecord[]): unknown[] {
  return records.map((record, i) => plainRecord({ ...record, offset: BigInt(i), timestampType: 'CreateTime' }));
}

test('I4: WebAssembly and JavaScript write the same lines', () => {
  fc.assert(
    fc.property(recordsArbitrary(), fc.integer({ min: 0, max: 2 ** 31 - 1 }), (records, partition) => {
      const lines = encodeWithWasm(records, partition);
      assert.equal(lines.toString('latin1'), encodeWithTwin(records, partition).toString('latin1'));
    }),
    { numRuns: 400 },
  );
});

test('I4: the records come back from their lines, through JavaScript', () => {
  fc.assert(
    fc.property(recordsArbitrary(), (records) => {
      for (const record of records) {
        assert.deepEqual(plainRecord(decodeLine(encodeLine(record, 3)).record), plainRecord(record));
      }
    }),
    { numRuns: 200 },
  );
});

test('I4: the records come back from their lines, through WebAssembly', () => {
  fc.assert(
    fc.property(recordsArbitrary(), (records) => {
      assert.deepEqual(decodeWithWasm(encodeWithTwin(records, 3)), reloaded(records));
    }),
    { numRuns: 400 },
  );
});

test('every length around the blocks of 16 and 32 bytes, every escape at every place in them', () => {
  for (const special of ['"', '\\', '\n', '\u0001', 'é', '漢', '😀', '\xff']) {
    for (let before = 0; before < 68; before++) {
      for (const after of [0, 1, 15, 16, 17, 31, 32, 33]) {
        const middle = special === '\xff' ? Buffer.of(0xff) : Buffer.from(special);
        const value = Buffer.concat([Buffer.alloc(before, 'a'), middle, Buffer.alloc(after, 'b')]);
        const record: KafkaRecord = {
          offset: 9_999n,
          timestampMs: 5n,
          timestampType: 'CreateTime',
          key: value.subarray(0, before),
          value,
          headers: [],
        };
        const lines = encodeWithTwin([record], 0);
        assert.deepEqual(encodeWithWasm([record], 0), lines);
        assert.deepEqual(decodeWithWasm(lines), reloaded([record]));
      }
    }
  }
});

test('offsets of every number of digits, one after the other', () => {
  const offsets = [0n, 1n, 9n, 10n, 99n, 9_999n, 10_000n, 10_001n, 19_999n, 20_000n, 99_999n, 100_000n, 2_147_483_646n];
  const records = offsets.map((offset): KafkaRecord => {
    return { offset, timestampMs: 1n, timestampType: 'CreateTime', key: null, value: null, headers: [] };
  });
  assert.deepEqual(encodeWithWasm(records, 7), encodeWithTwin(records, 7));
  assert.deepEqual(decodeWithWasm(encodeWithTwin(records, 7)), reloaded(records));
});

test('only records in the range become lines', () => {
  fc.assert(
    fc.property(recordsArbitrary({ maxLength: 12 }), fc.nat(40), fc.nat(40_000), (records, from, length) => {
      const range = { start: BigInt(from), end: BigInt(from + length) };
      const wanted = records.filter(({ offset }) => offset >= range.start && offset < range.end);
      assert.deepEqual(encodeWithWasm(records, 1, range), encodeWithTwin(wanted, 1));
    }),
    { numRuns: 100 },
  );
});

function spell(text: string): string {
  const units = text.split('').map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return `"${units.join('')}"`;
}

test('lines in foreign spellings give the same records', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 12 }), { minLength: 1, maxLength: 4 }), (values) => {
      const lines = values.map(
        (value, i) =>
          ` { "payload" : ${spell(value)} ,\t"offset":${i},"extra":[1],"key":"\\/","timestamp":"2024-03-01T10:15:30+01:00"}\n`,
      );
      const records = values.map((value, i): KafkaRecord => ({
        offset: BigInt(i),
        timestampMs: 1_709_284_530_000n,
        timestampType: 'CreateTime',
        key: Buffer.from('/'),
        value: Buffer.from(value),
        headers: [],
      }));
      assert.deepEqual(decodeWithWasm(Buffer.from(lines.join(''))), reloaded(records));
    }),
    { numRuns: 50 },
  );
});

function attempt(read: () => unknown[]): unknown {
  try {
    return read();
  } catch (error) {
    assert(error instanceof RangeError || error instanceof SyntaxError || error instanceof TypeError, String(error));
    return 'refused';
  }
}

test('a damaged line is read by both alike, or by neither', () => {
  fc.assert(
    fc.property(recordsArbitrary({ maxLength: 2 }), fc.nat(), fc.nat(255), (records, place, byte) => {
      const lines = encodeWithTwin(records.slice(0, 1), 3);
      lines[place % (lines.length - 1)] = byte === 10 ? 32 : byte;
      const twin = attempt(() => [decodeLine(lines).record]);
      const both = attempt(() => decodeWithWasm(lines));
      assert.deepEqual(both, Array.isArray(twin) ? reloaded(twin as KafkaRecord[]) : twin);
    }),
    { numRuns: 1500 },
  );
});

test('bytes that are no records are refused, and nothing else happens', () => {
  fc.assert(
    fc.property(recordsArbitrary({ maxLength: 3 }), fc.nat(), bytesArbitrary, (records, place, junk) => {
      const batch = asBuffer(writeBatch(records, NO_STAMP, 'none'));
      const header = readBatchHeader(batch, 0, 'test-0');
      assert(header);
      const body = batch.subarray(BATCH_HEADER_BYTES);
      body.set(junk.subarray(0, body.length - (place % body.length)), place % body.length);
      let expected: Buffer | undefined;
      try {
        expected = encodeWithTwin(readBody(body, header), 3);
      } catch (error) {
        assert(error instanceof RangeError);
      }
      encoder.open(3);
      encoder.load(body, 0, body.length);
      encoder.openBatch(header, ALL);
      const parts: Buffer[] = [];
      const run = (): void => {
        for (let status = encoder.run(); ; status = encoder.run()) {
          parts.push(Buffer.from(encoder.takeLines().lines));
          if (status === 'done') return;
        }
      };
      if (expected === undefined) assert.throws(run, RangeError);
      else {
        run();
        assert.deepEqual(Buffer.concat(parts), expected);
      }
    }),
    { numRuns: 1000 },
  );
});

test('a record that is longer than its fields, and bytes behind the last one, are refused', () => {
  const record: KafkaRecord = {
    offset: 0n,
    timestampMs: 1n,
    timestampType: 'CreateTime',
    key: null,
    value: Buffer.from('v'),
    headers: [],
  };
  const batch = asBuffer(writeBatch([record], NO_STAMP, 'none'));
  const header = readBatchHeader(batch, 0, 'test-0');
  assert(header);
  const body = batch.subarray(BATCH_HEADER_BYTES);
  const longer = Buffer.concat([body, Buffer.of(0)]);
  longer[0] = (longer[0] ?? 0) + 2;
  // The first record's length takes the second one in.
  const second = Buffer.concat([body, body]);
  second[0] = 2 * (second.length - 1);
  second[body.length + 3] = 2;
  const two = { ...header, recordCount: 2, lastOffset: 1n };
  for (const [broken, its] of [
    [longer, header],
    [Buffer.concat([body, Buffer.of(0)]), header],
    [body.subarray(0, body.length - 1), header],
    [second, two],
  ] as const) {
    assert.throws(() => readBody(broken, its), RangeError);
    encoder.open(3);
    encoder.load(broken, 0, broken.length);
    encoder.openBatch(its, ALL);
    assert.throws(() => encoder.run(), RangeError);
  }
});
