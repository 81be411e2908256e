import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { plainRecord, recordsArbitrary } from '../../../test/harness/record-arbitrary.ts';
import { isAppError } from '../errors.ts';
import { asBuffer, BATCH_CODECS, readBatchHeader, scanBatches } from './batch-header.ts';
import { readBatches, writeBatch } from './batch-records.ts';
import { NO_STAMP, sequenceAfter } from './batch-stamp.ts';
import type { KafkaRecord } from './kafka-record.ts';
import { stampBatch } from './stamp-batch.ts';

const codec = fc.constantFrom(...BATCH_CODECS);

function record(offset: bigint, changes: Partial<KafkaRecord> = {}): KafkaRecord {
  return {
    offset,
    timestampMs: 1n,
    timestampType: 'CreateTime',
    key: null,
    value: Buffer.from('v'),
    headers: [],
    ...changes,
  };
}

test('I4: records come back from a batch of any compression as the same bytes', () => {
  fc.assert(
    fc.property(recordsArbitrary(), codec, (records, compression) => {
      const batch = writeBatch(records, NO_STAMP, compression);
      assert.deepEqual(readBatches(batch, 'test-0').map(plainRecord), records.map(plainRecord));
    }),
    { numRuns: 150 },
  );
});

test('large records come back through every compression', () => {
  const value = Buffer.alloc(3_000_000, 'abcdefghij0123456789'.repeat(7));
  value.fill(7, 1_000_000, 2_000_000);
  for (const compression of BATCH_CODECS) {
    const records = [record(0n, { value }), record(1n, { value: null })];
    assert.deepEqual(
      readBatches(writeBatch(records, NO_STAMP, compression), 't-0').map(plainRecord),
      records.map(plainRecord),
    );
  }
});

test('the header says what was written', () => {
  const stamp = { producerId: 77n, producerEpoch: 3, baseSequence: 5, transactional: true };
  const records = [record(40n, { timestampMs: 9n }), record(44n, { timestampMs: 3n })];
  const header = readBatchHeader(asBuffer(writeBatch(records, stamp, 'zstd', 38n)), 0, 't-0');
  assert.partialDeepStrictEqual(header, {
    position: 0,
    baseOffset: 38n,
    lastOffset: 44n,
    codec: 'zstd',
    timestampType: 'CreateTime',
    transactional: true,
    control: false,
    baseTimestampMs: 9n,
    maxTimestampMs: 9n,
    producerId: 77n,
    producerEpoch: 3,
    baseSequence: 5,
    recordCount: 2,
  });
});

test('a scan counts whole batches and passes over the cut one and over markers', () => {
  const first = writeBatch([record(5n), record(6n)], NO_STAMP, 'none', 5n);
  const content = { recordCount: 1, baseTimestampMs: 0n, maxTimestampMs: 0n, baseOffset: 7n, control: true };
  const marker = stampBatch(Buffer.alloc(7), content, NO_STAMP, 'none');
  const whole = Buffer.concat([first, marker]);
  const expected = { batchCount: 2, recordCount: 2, wholeBytes: whole.length, end: 8n };
  for (const cut of [0, 1, 16, 17, 60, first.length - 1]) {
    assert.deepEqual(scanBatches(Buffer.concat([whole, first.subarray(0, cut)]), 't-0'), expected);
  }
  assert.deepEqual(scanBatches(new Uint8Array(0), 't-0'), {
    batchCount: 0,
    recordCount: 0,
    wholeBytes: 0,
    end: undefined,
  });
});

test('an old message format and an impossible length are named with partition and position', () => {
  const batch = asBuffer(writeBatch([record(0n)], NO_STAMP, 'none'));
  const broken = (change: (copy: Buffer) => void): Buffer => {
    const copy = Buffer.from(batch);
    change(copy);
    return Buffer.concat([batch, copy]);
  };
  const place = new RegExp(`orders-3 at byte ${batch.length} `);
  for (const change of [
    (copy: Buffer) => copy.writeInt8(1, 16),
    (copy: Buffer) => copy.writeInt8(3, 16),
    (copy: Buffer) => copy.writeInt32BE(48, 8),
    (copy: Buffer) => copy.writeInt32BE(-1, 8),
  ]) {
    const isNamed = (error: unknown): boolean => isAppError(error, 'KAFKA_BATCH_CORRUPT') && place.test(error.message);
    assert.throws(() => scanBatches(broken(change), 'orders-3'), isNamed);
    assert.throws(() => readBatches(broken(change), 'orders-3'), isNamed);
  }
});

test('a changed byte anywhere is found by the checksum or the header', () => {
  fc.assert(
    fc.property(
      recordsArbitrary({ maxLength: 3 }),
      codec,
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (records, compression, place, flip) => {
        const batch = writeBatch(records, NO_STAMP, compression);
        const at = place % batch.length;
        batch[at] = (batch[at] ?? 0) ^ flip;
        let read: KafkaRecord[] = [];
        try {
          read = readBatches(batch, 't-0');
        } catch (error) {
          assert(isAppError(error, 'KAFKA_BATCH_CORRUPT'), String(error));
          return;
        }
        // What the checksum leaves out: base offset and leader epoch; and a length that makes it a cut batch.
        assert(at < 16, `byte ${at}`);
        if (at < 8) assert.equal(read.length, records.length);
      },
    ),
    { numRuns: 400 },
  );
});

test('a decompressed size beyond the bound is refused, not allocated', async () => {
  const { compressBody, decompressBody } = await import('./batch-compression.ts');
  const body = Buffer.alloc(1_000_000);
  for (const compression of BATCH_CODECS.filter((name) => name !== 'none')) {
    const compressed = compressBody(compression, body);
    assert.equal(decompressBody(compression, compressed, 1_000_000).length, 1_000_000);
    assert.throws(() => decompressBody(compression, compressed, 999_999), RangeError, compression);
  }
});

test('junk never decompresses into silence', async () => {
  const { compressBody, decompressBody } = await import('./batch-compression.ts');
  const compressed = BATCH_CODECS.filter((name) => name !== 'none').map(
    (name) => [name, compressBody(name, Buffer.from('some text, some text, some text'.repeat(20)))] as const,
  );
  for (const [name, bytes] of compressed) {
    for (let cut = 1; cut < bytes.length; cut++) {
      let length = -1;
      try {
        length = decompressBody(name, bytes.subarray(0, cut), 10_000).length;
      } catch (error) {
        assert(error instanceof Error);
      }
      assert(length < 620, `${name} cut at ${cut} gives all`);
    }
  }
});

test('sequence numbers wrap to 0 after 2^31 - 1', () => {
  assert.equal(sequenceAfter(5, 3), 8);
  assert.equal(sequenceAfter(0x7fffffff, 1), 0);
  assert.equal(sequenceAfter(0x7ffffffe, 1), 0x7fffffff);
  assert.equal(sequenceAfter(0x7ffffffe, 4), 2);
});
