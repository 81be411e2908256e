import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ALL_OFFSETS,
  chunksOf,
  encoderOptions,
  END_OF_LOG,
  fetchedOf,
  joined,
} from '../../../test/harness/segment-samples.ts';
import { isAppError } from '../errors.ts';
import { readBatches, writeBatch } from '../record/batch-records.ts';
import { NO_STAMP } from '../record/batch-stamp.ts';
import type { KafkaRecord } from '../record/kafka-record.ts';
import type { BatchDecoderOptions, StampedBatch } from './batch-decoder.ts';
import type { EncodedSegment } from './segment-metadata.ts';
import { SegmentThreads } from './segment-threads.ts';

const DECODER: BatchDecoderOptions = {
  stamp: { producerId: 1n, producerEpoch: 0, baseSequence: 0, transactional: true },
  codec: 'none',
  batchBytes: 50_000,
  batchRecordsMax: 10_000,
};

function batchAt(offset: bigint, count: number): Uint8Array<ArrayBuffer> {
  const records = Array.from({ length: count }, (_, i): KafkaRecord => ({
    offset: offset + BigInt(i),
    timestampMs: 5n,
    timestampType: 'CreateTime',
    key: null,
    value: Buffer.alloc(200, `${i}`),
    headers: [],
  }));
  return writeBatch(records, NO_STAMP, 'none', offset);
}

async function encode(threads: SegmentThreads): Promise<EncodedSegment> {
  const encoder = threads.openEncoder(encoderOptions('zstd', { frameBytes: 100_000 }));
  const pushes = Array.from({ length: 10 }, (_, i) =>
    encoder.push(fetchedOf(batchAt(BigInt(i * 1000), 1000)), END_OF_LOG),
  );
  const positions = (await Promise.all(pushes)).map(({ position }) => position);
  assert.deepEqual(
    positions,
    Array.from({ length: 10 }, (_, i) => BigInt((i + 1) * 1000)),
  );
  const segment = await encoder.finish(10_000n);
  encoder.discard();
  return segment;
}

test('segments are encoded and decoded in threads, several at a time', async (t) => {
  const threads = new SegmentThreads({ count: 2 });
  t.after(() => threads.close());
  const segments = await Promise.all(Array.from({ length: 5 }, () => encode(threads)));
  await Promise.all(
    segments.map(async (segment) => {
      const decoder = threads.openDecoder(DECODER);
      const { metadata } = segment;
      const source = {
        objectKey: 'a',
        compression: metadata.compression,
        metadata,
        position: 0,
        whole: true,
        range: ALL_OFFSETS,
      };
      for (let round = 0; round < 2; round++) {
        const batches: StampedBatch[] = [];
        let lines = 0;
        for await (const step of decoder.decode(source, chunksOf(joined(segment), 3_000))) {
          batches.push(...step.batches);
          lines += step.linesRead;
        }
        assert.equal(lines, 10_000);
        assert.equal(
          batches.reduce((sum, { recordCount }) => sum + recordCount, 0),
          10_000,
        );
        assert.equal(readBatches(Buffer.concat(batches.map(({ batch }) => batch)), 't-0').length, 10_000);
      }
      decoder.discard();
    }),
  );
});

test('what was pushed is transferred, not copied', async (t) => {
  const threads = new SegmentThreads({ count: 1 });
  t.after(() => threads.close());
  const encoder = threads.openEncoder(encoderOptions('none'));
  const fetched = fetchedOf(batchAt(0n, 3));
  const pushed = encoder.push(fetched, END_OF_LOG);
  assert.equal(fetched.bytes.length, 0);
  await pushed;
  encoder.discard();
});

function isCorrupt(error: unknown): boolean {
  return isAppError(error, 'KAFKA_BATCH_CORRUPT') && error.subject === 'orders-3' && error.hint !== undefined;
}

test('an error keeps its code, ends its handle, and nothing else', async (t) => {
  const threads = new SegmentThreads({ count: 1 });
  t.after(() => threads.close());
  const [bad, good] = [threads.openEncoder(encoderOptions('none')), threads.openEncoder(encoderOptions('none'))];
  const pushes = [bad.push(fetchedOf(Buffer.alloc(100)), END_OF_LOG), bad.push(fetchedOf(batchAt(0n, 1)), END_OF_LOG)];
  await Promise.all(pushes.map((push) => assert.rejects(push, isCorrupt)));
  await assert.rejects(bad.finish(0n), isCorrupt);
  await good.push(fetchedOf(batchAt(0n, 1)), END_OF_LOG);
  assert.equal((await good.finish(1n)).metadata.recordCount, 1);
  const decoder = threads.openDecoder(DECODER);
  const source = {
    objectKey: 'a/b',
    compression: 'zstd',
    metadata: undefined,
    position: 0,
    whole: true,
    range: ALL_OFFSETS,
  } as const;
  await assert.rejects(
    Array.fromAsync(decoder.decode(source, chunksOf(Buffer.alloc(100), 10))),
    (error) => isAppError(error, 'SEGMENT_CORRUPT') && error.subject === 'a/b',
  );
});

test('a source of chunks that fails fails the reader, and leaving early closes it', async (t) => {
  const threads = new SegmentThreads({ count: 1 });
  t.after(() => threads.close());
  const segment = await encode(threads);
  const { metadata } = segment;
  const source = {
    objectKey: 'a',
    compression: metadata.compression,
    metadata,
    position: 0,
    whole: true,
    range: ALL_OFFSETS,
  };
  async function* failing(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    yield joined(segment).slice(0, 2_000);
    await Promise.resolve();
    throw new Error('the bucket is gone');
  }
  await assert.rejects(Array.fromAsync(threads.openDecoder(DECODER).decode(source, failing())), /the bucket is gone/);
  let closed = false;
  async function* endless(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    try {
      for (const chunk of chunksOf(joined(segment), 500)) yield await Promise.resolve(chunk);
    } finally {
      closed = true;
    }
  }
  for await (const { batches } of threads.openDecoder(DECODER).decode(source, endless())) if (batches.length > 0) break;
  assert(closed);
});

test('closing fails what is open', async () => {
  const threads = new SegmentThreads({ count: 1 });
  const encoder = threads.openEncoder(encoderOptions('none'));
  const pushed = encoder.push(fetchedOf(batchAt(0n, 1)), END_OF_LOG);
  const failed = assert.rejects(pushed, /closed/);
  await threads.close();
  await failed;
  await assert.rejects(encoder.finish(0n), /closed/);
  encoder.discard();
});
