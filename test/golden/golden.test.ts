import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { writeBatch } from '../../src/core/record/batch-records.ts';
import { NO_STAMP } from '../../src/core/record/batch-stamp.ts';
import { BatchDecoder } from '../../src/core/segment/batch-decoder.ts';
import type { SegmentSource } from '../../src/core/segment/batch-decoder.ts';
import { SegmentEncoder } from '../../src/core/segment/segment-encoder.ts';
import type { EncodedSegment, SegmentCompression } from '../../src/core/segment/segment-metadata.ts';
import { formatObjectMetadata, parseObjectMetadata } from '../../src/core/segment/segment-metadata-codec.ts';
import { segmentRecords } from '../../src/core/segment/segment-records.ts';
import { readTrailer } from '../../src/core/segment/trailer-reader.ts';
import { plainRecord } from '../harness/record-arbitrary.ts';
import { ALL_OFFSETS, encoderOptions, END_OF_LOG, fetchedOf, joined } from '../harness/segment-samples.ts';
import { goldenRecords } from './golden-records.ts';

/*
 * The files beside this one were written by the first release of format version 1. Every later release must read them;
 * none may change them.
 */

const FILES = { none: 'segment.jsonl', gzip: 'segment.jsonl.gz', zstd: 'segment.jsonl.zst' } as const;
const COMPRESSIONS = ['none', 'gzip', 'zstd'] as const;

function golden(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(new URL(name, import.meta.url)));
}

function storedMetadata(): Record<SegmentCompression, Record<string, string>> {
  return JSON.parse(Buffer.from(golden('metadata.json')).toString()) as Record<SegmentCompression, Record<string, string>>;
}

function sourceOf(compression: SegmentCompression): SegmentSource {
  const objectKey = FILES[compression];
  const metadata = parseObjectMetadata(storedMetadata()[compression], objectKey);
  return { objectKey, compression, metadata, position: 0, whole: true, range: ALL_OFFSETS };
}

/** The golden records, encoded today: batches by timestamp type, some of the offsets between them aborted. */
function encodedToday(compression: SegmentCompression): EncodedSegment {
  const records = goldenRecords();
  const groups = [
    records.filter(({ timestampType }) => timestampType === 'CreateTime'),
    records.filter(({ timestampType }) => timestampType === 'LogAppendTime'),
  ];
  const precedingGap = { range: { start: 5n, end: 100n }, reason: 'expired' } as const;
  const encoder = new SegmentEncoder(encoderOptions(compression, { start: 100n, frameBytes: 700, precedingGap }));
  for (const group of groups) {
    encoder.push(fetchedOf(writeBatch(group, NO_STAMP, 'none', group[0]?.offset)), END_OF_LOG);
  }
  return encoder.finish(encoder.progress.position);
}

for (const compression of COMPRESSIONS) {
  test(`the ${compression} file gives the records that were put in`, async () => {
    const read = await Array.fromAsync(segmentRecords(sourceOf(compression), [golden(FILES[compression])]));
    assert.deepEqual(read.map(plainRecord), goldenRecords().map(plainRecord));
  });

  test(`the ${compression} file is read by the fast decoder`, () => {
    const stamp = { producerId: 1n, producerEpoch: 0, baseSequence: 0, transactional: true };
    const decoder = new BatchDecoder({ stamp, codec: 'none', batchBytes: 1_000_000, batchRecordsMax: 1000 });
    decoder.openSegment(sourceOf(compression));
    decoder.push(golden(FILES[compression]));
    decoder.end();
    assert.equal(decoder.decode().batches[0]?.recordCount, goldenRecords().length);
  });

  test(`the metadata of the ${compression} file is what it was, and is written as it was`, () => {
    const segment = encodedToday(compression);
    assert.deepEqual(sourceOf(compression).metadata, segment.metadata);
    assert.deepEqual(formatObjectMetadata(segment.metadata), storedMetadata()[compression]);
  });
}

for (const compression of ['gzip', 'zstd'] as const) {
  test(`the trailer of the ${compression} file says the same as its object metadata`, async () => {
    const body = golden(FILES[compression]);
    const read = ({ start, end }: { readonly start: number; readonly end: number }): Promise<Uint8Array> =>
      Promise.resolve(body.slice(start, end));
    const { metadata, frames } = await readTrailer({ objectKey: 'golden', sizeBytes: body.length, read }, compression);
    assert.deepEqual(metadata, sourceOf(compression).metadata);
    assert(frames.length > 1);
  });
}

test('the lines are still written byte for byte', () => {
  assert.deepEqual(Buffer.from(joined(encodedToday('none'))).toString(), Buffer.from(golden(FILES.none)).toString());
});
