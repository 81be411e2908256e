import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { ALL_OFFSETS, encoderOptions, encodeRecords, joined } from '../../../test/harness/segment-samples.ts';
import { isAppError } from '../errors.ts';
import type { KafkaRecord } from '../record/kafka-record.ts';
import type { EncodedSegment } from './segment-metadata.ts';
import { segmentRecords } from './segment-records.ts';
import { bytesHolding, readTrailer } from './trailer-reader.ts';
import type { SegmentBytes } from './trailer-reader.ts';
import { WasmEncoder } from './wasm-encoder.ts';

const COMPRESSED = ['gzip', 'zstd'] as const;
const lines = new WasmEncoder(1000);

function records(count: number, step: number): KafkaRecord[] {
  return Array.from({ length: count }, (_, i): KafkaRecord => ({
    offset: BigInt(i * step),
    timestampMs: BigInt(i),
    timestampType: 'CreateTime',
    key: null,
    value: Buffer.from(`${i}`),
    headers: [],
  }));
}

function access(body: Uint8Array): SegmentBytes & { readonly reads: number[] } {
  const reads: number[] = [];
  const read = ({ start, end }: { readonly start: number; readonly end: number }): Promise<Uint8Array> => {
    reads.push(end - start);
    return Promise.resolve(body.slice(start, end));
  };
  return { objectKey: 'a/segment', sizeBytes: body.length, read, reads };
}

test('I6: the object alone tells its metadata, all gaps, and where its frames are', async () => {
  for (const compression of COMPRESSED) {
    for (const [count, step, reads] of [
      [500, 1, 1],
      [500, 3, 1],
      [9_000, 2, 2],
    ] as const) {
      const precedingGap = { range: { start: 0n, end: 5n }, reason: 'expired' } as const;
      const options = encoderOptions(compression, { frameBytes: 1000, precedingGap });
      const segment = encodeRecords(records(count, step), options, lines);
      const bytes = access(joined(segment));
      const { metadata, frames } = await readTrailer(bytes, compression);
      assert.deepEqual(metadata, segment.metadata);
      assert.equal(bytes.reads.length, reads);
      assert.equal(
        frames.reduce((sum, { recordCount }) => sum + recordCount, 0),
        count,
      );
    }
  }
});

test('the frames that hold a range are enough to read it', async () => {
  for (const compression of COMPRESSED) {
    const all = records(300, 2);
    const segment = encodeRecords(all, encoderOptions(compression, { frameBytes: 1000 }), lines);
    const body = joined(segment);
    const { metadata, frames } = await readTrailer(access(body), compression);
    await fc.assert(
      fc.asyncProperty(fc.nat(620), fc.nat(100), fc.boolean(), async (from, length, byTime) => {
        const span = { start: BigInt(from), end: BigInt(from + length) };
        const wanted = byTime
          ? { range: ALL_OFFSETS, timestamps: { fromMs: span.start, untilMs: span.end } }
          : { range: span, timestamps: undefined };
        const expected = all.filter(({ offset, timestampMs }) => {
          const value = byTime ? timestampMs : offset;
          return value >= span.start && value < span.end;
        });
        const part = bytesHolding(frames, wanted);
        if (part === undefined) assert.deepEqual(expected, []);
        else {
          const source = {
            objectKey: 'a/segment',
            compression,
            metadata,
            position: part.start,
            whole: false,
            ...wanted,
          };
          const read = await Array.fromAsync(segmentRecords(source, [body.slice(part.start, part.end)]));
          assert.deepEqual(
            read.map(({ offset }) => offset),
            expected.map(({ offset }) => offset),
          );
          assert(part.end - part.start < body.length / 2 + 400);
        }
      }),
      { numRuns: 60 },
    );
  }
});

test('an object without an end, or with a changed one, is refused', async () => {
  for (const compression of COMPRESSED) {
    const segment: EncodedSegment = encodeRecords(
      records(50, 2),
      encoderOptions(compression, { frameBytes: 1000 }),
      lines,
    );
    const body = joined(segment);
    const refused = async (bytes: Uint8Array): Promise<void> => {
      await assert.rejects(readTrailer(access(bytes), compression), (error) => isAppError(error, 'SEGMENT_CORRUPT'));
    };
    for (const length of [0, 5, 9, 40, body.length - 1]) await refused(body.slice(0, length));
    const { frames } = await readTrailer(access(body), compression);
    const trailerStart = frames.reduce((sum, { bodyBytes }) => sum + bodyBytes, 0);
    for (let at = trailerStart; at < body.length; at += 3) {
      const damaged = body.slice();
      damaged[at] = (damaged[at] ?? 0) ^ 0x15;
      try {
        assert.deepEqual((await readTrailer(access(damaged), compression)).metadata, segment.metadata);
      } catch (error) {
        assert(isAppError(error, 'SEGMENT_CORRUPT') || isAppError(error, 'SEGMENT_FORMAT_UNSUPPORTED'), String(error));
      }
    }
  }
});
