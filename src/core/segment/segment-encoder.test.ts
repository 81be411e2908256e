import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import zlib from 'node:zlib';
import * as fc from 'fast-check';
import { plainRecord, recordsArbitrary } from '../../../test/harness/record-arbitrary.ts';
import {
  decodeRecords,
  encoderOptions,
  encodeRecords,
  END_OF_LOG,
  fetchedOf,
  joined,
} from '../../../test/harness/segment-samples.ts';
import { isAppError } from '../errors.ts';
import { BATCH_CODECS } from '../record/batch-header.ts';
import { writeBatch } from '../record/batch-records.ts';
import { NO_STAMP } from '../record/batch-stamp.ts';
import type { KafkaRecord } from '../record/kafka-record.ts';
import { stampBatch } from '../record/stamp-batch.ts';
import { encodeLine } from './line-encoder.ts';
import { SegmentEncoder } from './segment-encoder.ts';
import { WasmEncoder } from './wasm-encoder.ts';

const COMPRESSIONS = ['none', 'gzip', 'zstd'] as const;

function record(offset: bigint, value: string | Uint8Array = `v${offset}`): KafkaRecord {
  return {
    offset,
    timestampMs: 1_000n + offset,
    timestampType: 'CreateTime',
    key: null,
    value: Buffer.from(value),
    headers: [],
  };
}

function transactional(offsets: readonly bigint[], producerId: bigint): Uint8Array {
  const stamp = { producerId, producerEpoch: 0, baseSequence: 0, transactional: true };
  return writeBatch(
    offsets.map((offset) => record(offset)),
    stamp,
    'none',
    offsets[0],
  );
}

function marker(offset: bigint, producerId: bigint, type: 'abort' | 'commit'): Uint8Array {
  const body = Buffer.of(20, 0, 0, 0, 8, 0, 0, 0, type === 'abort' ? 0 : 1, 1, 0);
  const content = { recordCount: 1, baseTimestampMs: 0n, maxTimestampMs: 0n, baseOffset: offset, control: true };
  return stampBatch(body, content, { producerId, producerEpoch: 0, baseSequence: 0, transactional: true }, 'none');
}

test('I1: gaps are recorded by reason: markers, aborted records, what compaction took', () => {
  const encoder = new SegmentEncoder(encoderOptions('zstd', { start: 2n }));
  const plain = writeBatch([record(1n), record(4n), record(6n)], NO_STAMP, 'none', 0n);
  const bytes = fetchedOf(
    plain,
    transactional([10n, 11n], 7n),
    marker(12n, 7n, 'abort'),
    transactional([13n], 7n),
    marker(14n, 7n, 'commit'),
  );
  const progress = encoder.push({ ...bytes, abortedTransactions: [{ producerId: 7n, firstOffset: 10n }] }, END_OF_LOG);
  assert.deepEqual(progress.position, 15n);
  const { metadata } = encoder.finish(15n);
  assert.deepEqual(
    metadata.gaps?.map(({ range, reason }) => [reason, range.start, range.end]),
    [
      ['compacted', 2n, 4n],
      ['compacted', 5n, 6n],
      ['compacted', 7n, 10n],
      ['aborted', 10n, 12n],
      ['control', 12n, 13n],
      ['control', 14n, 15n],
    ],
  );
  assert.deepEqual(metadata.gapCounts, { compacted: 6, aborted: 2, control: 2 });
  assert.deepEqual([metadata.recordCount, metadata.firstOffset, metadata.lastOffset], [3, 4n, 13n]);
});

test('nothing at or after the last stable offset is taken, unless uncommitted records are wanted', () => {
  const fetched = {
    ...fetchedOf(transactional([0n, 1n, 2n], 7n), writeBatch([record(3n)], NO_STAMP, 'none', 3n)),
    lastStableOffset: 2n,
  };
  const committed = new SegmentEncoder(encoderOptions('none'));
  assert.equal(committed.push(fetched, END_OF_LOG).position, 2n);
  const uncommitted = new SegmentEncoder(encoderOptions('none', { isolation: 'read_uncommitted' }));
  assert.equal(uncommitted.push(fetched, END_OF_LOG).position, 4n);
});

test('batches wholly before the position are passed over', () => {
  const encoder = new SegmentEncoder(encoderOptions('none', { start: 10n }));
  const before = writeBatch([record(3n)], NO_STAMP, 'none', 3n);
  assert.equal(encoder.push(fetchedOf(before, marker(4n, 1n, 'commit')), END_OF_LOG).position, 10n);
  const after = writeBatch([record(10n)], NO_STAMP, 'none', 10n);
  assert.equal(encoder.push(fetchedOf(before, after), END_OF_LOG).position, 11n);
  assert.deepEqual(encoder.finish(11n).metadata.gapCounts, {});
});

test('a limit within a batch ends the segment there, and the next one goes on from it', async () => {
  const records = [0n, 1n, 2n, 5n, 6n].map((offset) => record(offset));
  const fetched = fetchedOf(writeBatch(records, NO_STAMP, 'lz4'));
  const first = new SegmentEncoder(encoderOptions('none'));
  assert.equal(first.push(fetched, 4n).position, 4n);
  const head = first.finish(4n);
  const second = new SegmentEncoder(encoderOptions('none', { start: 4n }));
  const tail = second.finish(second.push(fetched, END_OF_LOG).position);
  assert.deepEqual(head.metadata.gapCounts, { compacted: 1 });
  assert.deepEqual(tail.metadata.gapCounts, { compacted: 1 });
  const read = [...(await decodeRecords(head)), ...(await decodeRecords(tail))];
  assert.deepEqual(read.map(plainRecord), records.map(plainRecord));
});

test('the lines are those of the plain encoder, in any compression of batches and frames', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(recordsArbitrary({ maxLength: 30 }), { minLength: 1, maxLength: 4 }), async (groups) => {
      const batches: Uint8Array[] = [];
      const all: KafkaRecord[] = [];
      let next = 0n;
      groups.forEach((group, i) => {
        const moved = group.map((one) => ({ ...one, offset: one.offset + next }));
        batches.push(writeBatch(moved, NO_STAMP, BATCH_CODECS[i % BATCH_CODECS.length] ?? 'none', next));
        all.push(...moved);
        next = (moved.at(-1)?.offset ?? 0n) + 1n;
      });
      const expected = Buffer.concat(all.map((one) => encodeLine(one, 3)));
      for (const compression of COMPRESSIONS) {
        const encoder = new SegmentEncoder(encoderOptions(compression, { frameBytes: 2048 }));
        for (const batch of batches) encoder.push(fetchedOf(batch), END_OF_LOG);
        const segment = encoder.finish(next);
        assert.equal(segment.bodyBytes, joined(segment).length);
        assert.equal(segment.metadata.linesBytes, expected.length);
        assert.equal(segment.metadata.recordCount, all.length);
        const body = Buffer.from(joined(segment));
        const lines = compression === 'gzip' ? zlib.gunzipSync(body) : compression === 'none' ? body : undefined;
        if (lines !== undefined) assert.deepEqual(lines, expected);
        assert.deepEqual((await decodeRecords(segment)).map(plainRecord), all.map(plainRecord));
      }
    }),
    { numRuns: 30 },
  );
});

test('the command-line tools read a segment as it is', (t) => {
  const records = Array.from({ length: 5_000 }, (_, i) => record(BigInt(i), `{"number":${i}}`));
  const expected = Buffer.concat(records.map((one) => encodeLine(one, 3)));
  for (const [tool, compression] of [
    ['zstd', 'zstd'],
    ['gzip', 'gzip'],
  ] as const) {
    const segment = encodeRecords(records, encoderOptions(compression, { frameBytes: 100_000 }));
    try {
      execFileSync(tool, ['--version']);
    } catch {
      t.diagnostic(`${tool} is not on this machine`);
      continue;
    }
    assert.deepEqual(execFileSync(tool, ['-dc'], { input: joined(segment), maxBuffer: 2 ** 26 }), expected);
  }
});

test('a segment without records has its gaps and no lines', async () => {
  for (const compression of COMPRESSIONS) {
    const encoder = new SegmentEncoder(encoderOptions(compression));
    encoder.push(fetchedOf(marker(0n, 1n, 'commit'), marker(1n, 1n, 'commit')), END_OF_LOG);
    const segment = encoder.finish(2n);
    assert.deepEqual(segment.metadata.gapCounts, { control: 2 });
    assert.equal(segment.metadata.minTimestampMs, undefined);
    assert.deepEqual(await decodeRecords(segment), []);
  }
});

test('records far larger than a frame, and six times larger as lines, pass', async () => {
  const records = [
    record(0n, Buffer.alloc(1_500_000, 1)),
    record(1n),
    record(2n, Buffer.alloc(2_500_000, 0xff)),
    record(3n),
  ];
  const lines = new WasmEncoder(100_000);
  for (const compression of ['none', 'zstd'] as const) {
    const segment = encodeRecords(records, encoderOptions(compression, { frameBytes: 100_000 }), lines);
    const read = await decodeRecords(segment);
    assert.deepEqual(
      read.map(({ value }) => value?.length),
      records.map(({ value }) => value?.length),
    );
    assert(read.every(({ value }, i) => Buffer.compare(value ?? Buffer.of(), records[i]?.value ?? Buffer.of()) === 0));
  }
});

test('more gaps than the codec lists at once, and more than metadata lists, are all counted', () => {
  const records = Array.from({ length: 25_000 }, (_, i) => record(BigInt(2 * i)));
  const { metadata } = encodeRecords(records, encoderOptions('zstd'));
  assert.deepEqual(metadata.gapCounts, { compacted: 24_999 });
  assert.equal(metadata.gaps, undefined);
  const fewer = encodeRecords(records.slice(0, 5_000), encoderOptions('zstd'));
  assert.equal(fewer.metadata.gaps?.length, 4_999);
});

test('a damaged batch is refused by its checksum, a first batch that is cut by its length', () => {
  const batch = writeBatch([record(0n)], NO_STAMP, 'none');
  const damaged = batch.slice();
  damaged[67] = (damaged[67] ?? 0) ^ 1;
  for (const bytes of [damaged, batch.subarray(0, 50), batch.subarray(0, 3)]) {
    assert.throws(
      () => new SegmentEncoder(encoderOptions('none')).push(fetchedOf(bytes), END_OF_LOG),
      (error) => isAppError(error, 'KAFKA_BATCH_CORRUPT') && error.subject === 'orders-3',
    );
  }
});
