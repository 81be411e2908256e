import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { BatchBuilder } from './batch-builder.ts';
import { BATCH_CODECS } from './batch-header.ts';
import { readBatches, writeBatch } from './batch-records.ts';
import { NO_STAMP } from './batch-stamp.ts';

const bytes = fc.uint8Array({ maxLength: 300 });
const header = fc.record({ name: fc.uint8Array({ maxLength: 9 }), value: fc.option(bytes) });

test('I4: a built batch is the batch that the plain writer makes, byte for byte, one after another', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.record({ key: bytes, value: bytes }), { minLength: 1, maxLength: 150 }), { maxLength: 3 }),
      fc.array(header, { maxLength: 3 }),
      fc.constantFrom(...BATCH_CODECS),
      (batches, headers, codec) => {
        const builder = new BatchBuilder(headers);
        for (const records of batches) {
          for (const { key, value } of records) {
            builder.add(Buffer.concat([key, value]), key.length, 1_700_000_000_000);
          }
          const timestamp = { timestampMs: 1_700_000_000_000n, timestampType: 'CreateTime' as const };
          const plain = records.map((record, i) => ({ ...record, ...timestamp, headers, offset: BigInt(i) }));
          assert.equal(builder.recordCount, records.length);
          assert.deepEqual(builder.build(NO_STAMP, codec), writeBatch(plain, NO_STAMP, codec));
          assert.equal(builder.bodyBytes, 0);
        }
      },
    ),
    { numRuns: 60 },
  );
});

test('records larger than the memory so far, and lengths around the steps of a varint, come back', () => {
  for (const size of [63, 64, 8191, 8192, 100_000, 1_048_576]) {
    const builder = new BatchBuilder();
    const value = Buffer.alloc(size, 'x');
    builder.add(value, 0, 5);
    builder.add(value, size, 6);
    const [first, second] = readBatches(builder.build(NO_STAMP, 'none'), 't-0');
    const nothing = Buffer.alloc(0);
    assert.deepEqual([first?.key, first?.value], [nothing, value]);
    assert.deepEqual([second?.key, second?.value, second?.timestampMs], [value, nothing, 5n]);
  }
});
