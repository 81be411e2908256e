import assert from 'node:assert/strict';
import { test } from 'node:test';
import zlib from 'node:zlib';
import * as fc from 'fast-check';
import { plainRecord, recordsArbitrary } from '../../../test/harness/record-arbitrary.ts';
import {
  ALL_OFFSETS,
  chunksOf,
  decodeRecords,
  encoderOptions,
  encodeRecords,
  joined,
} from '../../../test/harness/segment-samples.ts';
import { isAppError } from '../errors.ts';
import { asBuffer, BATCH_CODECS, readBatchHeader } from '../record/batch-header.ts';
import { readBatches } from '../record/batch-records.ts';
import type { KafkaRecord } from '../record/kafka-record.ts';
import { BatchDecoder } from './batch-decoder.ts';
import type { BatchDecoderOptions, SegmentSource, StampedBatch } from './batch-decoder.ts';
import type { EncodedSegment } from './segment-metadata.ts';
import { WasmDecoder } from './wasm-decoder.ts';
import { WasmEncoder } from './wasm-encoder.ts';

const STAMP = { producerId: 9n, producerEpoch: 2, baseSequence: 0x7ffffffe, transactional: true };
const COMPRESSIONS = ['none', 'gzip', 'zstd'] as const;
const encoderLines = new WasmEncoder(500);
const decoderLines = new WasmDecoder();

function options(changes: Partial<BatchDecoderOptions> = {}): BatchDecoderOptions {
  return { stamp: STAMP, codec: 'none', batchBytes: 1_000_000, batchRecordsMax: 100_000, ...changes };
}

function sourceOf({ metadata }: EncodedSegment, changes: Partial<SegmentSource> = {}): SegmentSource {
  const { compression } = metadata;
  return { objectKey: 'a/segment', compression, metadata, position: 0, whole: true, range: ALL_OFFSETS, ...changes };
}

function decodeAll(
  decoder: BatchDecoder,
  source: SegmentSource,
  chunks: Iterable<Uint8Array<ArrayBuffer>>,
): StampedBatch[] {
  const batches: StampedBatch[] = [];
  const input = chunks[Symbol.iterator]();
  decoder.openSegment(source);
  for (;;) {
    const step = decoder.decode();
    batches.push(...step.batches);
    if (step.next === 'done') return batches;
    if (step.next === 'more') continue;
    const chunk = input.next();
    if (chunk.done === true) decoder.end();
    else decoder.push(chunk.value);
  }
}

function recordsIn(batches: readonly StampedBatch[]): KafkaRecord[] {
  return batches.flatMap(({ batch }) => readBatches(batch, 'target-0'));
}

/** What batches hold of records: offsets start anew in each, the timestamp is the producer's. */
function withoutOffset(record: KafkaRecord): unknown {
  return plainRecord({ ...record, offset: 0n, timestampType: 'CreateTime' });
}

test('I3, I4: what was encoded comes back in batches, in any chunks and any batch sizes', () => {
  fc.assert(
    fc.property(
      recordsArbitrary({ maxLength: 40 }),
      fc.constantFrom(...COMPRESSIONS),
      fc.constantFrom(...BATCH_CODECS),
      fc.integer({ min: 1, max: 3000 }),
      fc.integer({ min: 1, max: 600 }),
      fc.integer({ min: 1, max: 20 }),
      (records, compression, codec, chunkSize, batchBytes, batchRecordsMax) => {
        const segment = encodeRecords(records, encoderOptions(compression, { frameBytes: 500 }), encoderLines);
        const decoder = new BatchDecoder(options({ codec, batchBytes, batchRecordsMax }), decoderLines);
        const batches = decodeAll(decoder, sourceOf(segment), chunksOf(joined(segment), chunkSize));
        assert.deepEqual(recordsIn(batches).map(withoutOffset), records.map(withoutOffset));
        let index = 0;
        for (const batch of batches) {
          const own = records.slice(index, index + batch.recordCount);
          assert.deepEqual([batch.firstOffset, batch.lastOffset], [own[0]?.offset, own.at(-1)?.offset]);
          const times = own.map(({ timestampMs }) => timestampMs).sort((a, b) => (a < b ? -1 : 1));
          assert.deepEqual([batch.minTimestampMs, batch.maxTimestampMs], [times[0], times.at(-1)]);
          assert(batch.recordCount <= batchRecordsMax);
          index += batch.recordCount;
        }
      },
    ),
    { numRuns: 150 },
  );
});

test('batches carry the stamp, numbered on across segments, and fit for a broker', () => {
  const records = Array.from({ length: 10 }, (_, i): KafkaRecord => {
    const offset = BigInt(100 + i * 3);
    return { offset, timestampMs: 5n - BigInt(i), timestampType: 'CreateTime', key: null, value: null, headers: [] };
  });
  const decoder = new BatchDecoder(options({ batchRecordsMax: 3 }), decoderLines);
  const segment = encodeRecords(records, encoderOptions('zstd', { start: 100n }));
  const batches = [1, 2].flatMap(() => decodeAll(decoder, sourceOf(segment), [joined(segment)]));
  const headers = batches.map(({ batch }) => readBatchHeader(asBuffer(batch), 0, 'target-0'));
  assert.deepEqual(
    headers.map(
      (header) => header && [header.baseOffset, header.recordCount, Number(header.lastOffset), header.baseSequence],
    ),
    [
      [0n, 3, 2, 0x7ffffffe],
      [0n, 3, 2, 1],
      [0n, 3, 2, 4],
      [0n, 1, 0, 7],
      [0n, 3, 2, 8],
      [0n, 3, 2, 11],
      [0n, 3, 2, 14],
      [0n, 1, 0, 17],
    ],
  );
  assert(headers.every((header) => header?.producerId === 9n && header.producerEpoch === 2 && header.transactional));
  assert.deepEqual([headers[0]?.baseTimestampMs, headers[0]?.maxTimestampMs], [5n, 5n]);
});

test('a batch keeps below its limit; a record larger than it is a batch of its own', () => {
  const sizes = [10, 400, 400, 400, 2_000_000, 10, 10];
  const records = sizes.map((size, i): KafkaRecord => ({
    offset: BigInt(i),
    timestampMs: 0n,
    timestampType: 'CreateTime',
    key: null,
    value: Buffer.alloc(size, 'x'),
    headers: [],
  }));
  const segment = encodeRecords(records, encoderOptions('zstd'));
  const decoder = new BatchDecoder(options({ batchBytes: 1_000 }), decoderLines);
  const batches = decodeAll(decoder, sourceOf(segment), chunksOf(joined(segment), 1_000_000));
  assert.deepEqual(
    batches.map(({ recordCount }) => recordCount),
    [3, 1, 1, 2],
  );
  assert(batches.every(({ batch }, i) => i === 2 || batch.length <= 1_000 + 61));
});

test('only records in the offset and the time range are given', () => {
  const records = Array.from({ length: 20 }, (_, i): KafkaRecord => ({
    offset: BigInt(i),
    timestampMs: BigInt((i * 7) % 20),
    timestampType: 'CreateTime',
    key: null,
    value: null,
    headers: [],
  }));
  const segment = encodeRecords(records, encoderOptions('gzip', { frameBytes: 300 }));
  const decoder = new BatchDecoder(options({ batchRecordsMax: 1 }), decoderLines);
  const timestamps = { fromMs: 5n, untilMs: 12n };
  const batches = decodeAll(decoder, sourceOf(segment, { range: { start: 4n, end: 17n }, timestamps }), [
    joined(segment),
  ]);
  const wanted = records.filter((r) => r.offset >= 4n && r.offset < 17n && r.timestampMs >= 5n && r.timestampMs < 12n);
  assert.deepEqual(
    batches.map(({ firstOffset }) => firstOffset),
    wanted.map(({ offset }) => offset),
  );
});

test('lines of the mirrored system, the last without a line feed, are read', () => {
  const lines =
    '{"timestamp":"2024-03-01T10:15:30.120Z","partition":2,"offset":941,"key":"{\\"id\\":7}","payload":"{\\"n\\":\\"Ada\\"}"}\n' +
    '{"timestamp":"2024-03-01T10:15:31Z","partition":2,"offset":942,"key":null,"payload":null}';
  const source = {
    objectKey: 'orders/old.txt',
    compression: 'none',
    metadata: undefined,
    position: 0,
    whole: true,
    range: ALL_OFFSETS,
  } as const;
  const [batch] = decodeAll(new BatchDecoder(options(), decoderLines), source, [new Uint8Array(Buffer.from(lines))]);
  assert.deepEqual([batch?.firstOffset, batch?.lastOffset, batch?.maxTimestampMs], [941n, 942n, 1_709_288_131_000n]);
  assert.deepEqual(
    recordsIn(batch ? [batch] : []).map(({ value }) => value && Buffer.from(value).toString()),
    ['{"n":"Ada"}', null],
  );
});

test('a changed byte never gives other records: it is refused, or makes no difference', async () => {
  await fc.assert(
    fc.asyncProperty(
      recordsArbitrary({ maxLength: 12 }),
      fc.constantFrom(...COMPRESSIONS),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      async (records, compression, place, flip) => {
        const segment = encodeRecords(records, encoderOptions(compression, { frameBytes: 500 }), encoderLines);
        const bytes = joined(segment);
        const at = place % bytes.length;
        bytes[at] = (bytes[at] ?? 0) ^ flip;
        const damaged = { ...segment, body: [bytes] };
        const decoder = new BatchDecoder(options(), decoderLines);
        let batches: StampedBatch[] | undefined;
        try {
          batches = decodeAll(decoder, sourceOf(damaged), [bytes.slice()]);
        } catch (error) {
          assert(isAppError(error, 'SEGMENT_CORRUPT') && error.subject === 'a/segment', String(error));
          assert.match(error.message, /at byte \d+/);
        }
        let plain: KafkaRecord[] | undefined;
        try {
          plain = await decodeRecords(damaged);
        } catch (error) {
          assert(isAppError(error, 'SEGMENT_CORRUPT'), String(error));
        }
        assert.equal(batches === undefined, plain === undefined, 'both decoders agree');
        if (batches === undefined || plain === undefined) return;
        assert.deepEqual(recordsIn(batches).map(withoutOffset), records.map(withoutOffset));
        assert.deepEqual(plain.map(plainRecord), records.map(plainRecord));
      },
    ),
    { numRuns: 300 },
  );
});

test('an object that ends too early anywhere is refused with its name and the position', () => {
  const records = Array.from({ length: 30 }, (_, i): KafkaRecord => ({
    offset: BigInt(i),
    timestampMs: 0n,
    timestampType: 'CreateTime',
    key: null,
    value: Buffer.from(`value ${i}`),
    headers: [],
  }));
  for (const compression of COMPRESSIONS) {
    const segment = encodeRecords(records, encoderOptions(compression, { frameBytes: 500 }), encoderLines);
    const bytes = joined(segment);
    for (let length = 0; length < bytes.length; length++) {
      const decoder = new BatchDecoder(options(), decoderLines);
      assert.throws(
        () => decodeAll(decoder, sourceOf(segment), [bytes.slice(0, length)]),
        (error) => isAppError(error, 'SEGMENT_CORRUPT') && /a\/segment at byte \d+/.test(error.message),
        `${compression} cut to ${length} of ${bytes.length}`,
      );
    }
  }
});

test('junk instead of a segment is refused', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 200 }),
      fc.constantFrom(...COMPRESSIONS),
      (junk, compression) => {
        const source = {
          objectKey: 'junk',
          compression,
          metadata: undefined,
          position: 0,
          whole: true,
          range: ALL_OFFSETS,
        };
        const decoder = new BatchDecoder(options(), decoderLines);
        assert.throws(
          () => decodeAll(decoder, source, [new Uint8Array(junk)]),
          (error) => isAppError(error, 'SEGMENT_CORRUPT'),
        );
      },
    ),
    { numRuns: 200 },
  );
});

function line(offset: number, space = ''): string {
  return `{"timestamp":"2024-03-01T10:15:30.120Z",${space}"partition":2,"offset":${offset},"key":null,"payload":null}\n`;
}

test('lines out of order, canonical or not, are refused at their place', () => {
  for (const second of [line(5), line(4), line(5, ' ')]) {
    const bytes = new Uint8Array(Buffer.from(line(5) + second));
    const source: SegmentSource = {
      objectKey: 'a/b',
      compression: 'none',
      metadata: undefined,
      position: 0,
      whole: true,
      range: ALL_OFFSETS,
    };
    assert.throws(
      () => decodeAll(new BatchDecoder(options(), decoderLines), source, [bytes]),
      (error) => isAppError(error, 'SEGMENT_CORRUPT') && error.message.includes(`at byte ${line(5).length}:`),
    );
  }
});

test('bytes behind the end of a segment are refused at their place', () => {
  const record: KafkaRecord = {
    offset: 0n,
    timestampMs: 0n,
    timestampType: 'CreateTime',
    key: null,
    value: null,
    headers: [],
  };
  for (const compression of ['gzip', 'zstd'] as const) {
    const segment = encodeRecords([record], encoderOptions(compression));
    const twice = new Uint8Array(Buffer.concat([joined(segment), joined(segment)]));
    for (const metadata of [segment.metadata, undefined]) {
      assert.throws(
        () => decodeAll(new BatchDecoder(options(), decoderLines), sourceOf(segment, { metadata }), [twice.slice()]),
        (error) =>
          isAppError(error, 'SEGMENT_CORRUPT') && error.message.includes(`at byte ${segment.bodyBytes}: bytes follow`),
      );
    }
  }
});

test('a zstd frame without a checksum is refused', () => {
  const source: SegmentSource = {
    objectKey: 'a/b',
    compression: 'zstd',
    metadata: undefined,
    position: 0,
    whole: false,
    range: ALL_OFFSETS,
  };
  const decode = (checksum: number): StampedBatch[] => {
    const params = { [zlib.constants.ZSTD_c_checksumFlag]: checksum };
    const frame = new Uint8Array(zlib.zstdCompressSync(line(1), { params }));
    return decodeAll(new BatchDecoder(options(), decoderLines), source, [frame]);
  };
  assert.equal(decode(1)[0]?.recordCount, 1);
  assert.throws(() => decode(0), /no checksum/);
});
