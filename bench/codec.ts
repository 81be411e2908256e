import { parseArgs } from 'node:util';
import { asBuffer, BATCH_HEADER_BYTES, readBatchHeader } from '../src/core/record/batch-header.ts';
import { readBatches, writeBatch } from '../src/core/record/batch-records.ts';
import { NO_STAMP } from '../src/core/record/batch-stamp.ts';
import { crc32c } from '../src/core/record/crc32c.ts';
import type { KafkaRecord } from '../src/core/record/kafka-record.ts';
import { must } from '../src/core/assert.ts';
import { RecycledMemory } from '../src/core/runtime/recycled-memory.ts';
import { BatchDecoder } from '../src/core/segment/batch-decoder.ts';
import { type FrameCompressor, frameCompressor } from '../src/core/segment/frame-compression.ts';
import { decodeLine } from '../src/core/segment/line-decoder.ts';
import { encodeLine } from '../src/core/segment/line-encoder.ts';
import { SegmentBody } from '../src/core/segment/segment-body.ts';
import { SegmentEncoder } from '../src/core/segment/segment-encoder.ts';
import type { EncodedSegment, SegmentCompression } from '../src/core/segment/segment-metadata.ts';
import { WasmDecoder } from '../src/core/segment/wasm-decoder.ts';
import { WasmEncoder } from '../src/core/segment/wasm-encoder.ts';
import { makeKeys, makeValues } from './values.ts';
import type { ValueSize } from './values.ts';

/*
 * What a record costs in the codec, in one thread: `node bench/codec.ts [--seconds 1]`. CPU time, since it is what two
 * cores that also run a broker have to share. Percentages of the whole are not to be had by adding lines up: each is
 * measured alone.
 */

/** What Kafka's producer makes with its default batch.size of 16 KiB. */
const BATCH_BYTES = 16 * 1024;
const FETCH_BYTES = 4 * 1024 * 1024;
const RANGE = { start: 0n, end: 2n ** 62n };

const bodyMemory = new RecycledMemory();

interface Case {
  readonly what: string;
  readonly run: () => unknown;
}

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '1' } } });
const seconds = Number(values.seconds);
for (const size of ['small', 'large'] as const) {
  const sample = makeSample(size);
  process.stdout.write(`\n${size} values: ${sample.records.length} records, ${sample.fetched.length} bytes fetched\n`);
  for (const one of casesOf(sample)) {
    const { usPerRecord, linesMbPerS } = measure(one.run, sample);
    const cost = `${usPerRecord.toFixed(3).padStart(8)} µs/record ${(1 / usPerRecord).toFixed(2).padStart(7)} M/s`;
    process.stdout.write(`  ${one.what.padEnd(44)}${cost} ${linesMbPerS.toFixed(0).padStart(6)} MB of lines/s\n`);
  }
}

interface Sample {
  readonly records: readonly KafkaRecord[];
  readonly batches: readonly Buffer[];
  readonly fetched: Uint8Array<ArrayBuffer>;
  readonly lines: Uint8Array<ArrayBuffer>;
}

function makeSample(size: ValueSize): Sample {
  const [payloads, keys] = [makeValues(size, 20_000, 1), makeKeys(5_000, 1)];
  const perBatch = Math.max(1, Math.floor(BATCH_BYTES / (must(payloads[0], 'a value').length + 30)));
  const batches: Buffer[] = [];
  const records: KafkaRecord[] = [];
  for (let bytes = 0; bytes < FETCH_BYTES;) {
    const batch = Array.from({ length: perBatch }, (_, i): KafkaRecord => {
      const offset = BigInt(1_000_000 + records.length + i);
      const [key, value] = [
        keys[Number(offset) % keys.length] ?? null,
        payloads[Number(offset) % payloads.length] ?? null,
      ];
      const timestampMs = 1_772_323_200_000n + offset / 20n;
      return { offset, timestampMs, timestampType: 'CreateTime', key, value, headers: [] };
    });
    records.push(...batch);
    const written = asBuffer(writeBatch(batch, NO_STAMP, 'none', batch[0]?.offset));
    batches.push(written);
    bytes += written.length;
  }
  const lines = new Uint8Array(Buffer.concat(records.map((record) => encodeLine(record, 2))));
  return { records, batches, fetched: new Uint8Array(Buffer.concat(batches)), lines };
}

function* casesOf(sample: Sample): Generator<Case> {
  const headers = sample.batches.map((batch) => must(readBatchHeader(batch, 0, 'bench-0'), 'a whole batch'));
  const encoder = new WasmEncoder(1024 * 1024);
  encoder.open(2);
  yield {
    what: 'records to lines and CRC-32C, WebAssembly',
    run: () => {
      sample.batches.forEach((batch, i) => {
        encoder.load(batch, 0, batch.length);
        encoder.openBatch(must(headers[i], 'a header'), RANGE, BATCH_HEADER_BYTES);
        while (encoder.run() !== 'done') encoder.takeLines();
        encoder.takeGaps();
      });
    },
  };
  yield { what: 'records to lines, JavaScript', run: () => sample.records.map((record) => encodeLine(record, 2)) };
  for (const compression of ['zstd', 'gzip'] as const) {
    const compress = frameCompressor(compression);
    const lineBytes = sample.lines.length / sample.records.length;
    yield { what: `${compression} of 1 MiB frames`, run: () => compressAll(compress, frames(sample.lines), lineBytes) };
  }
  yield { what: 'CRC-32C of lines', run: () => crc32c(sample.lines) };
  const shared = new WasmEncoder(1024 * 1024);
  for (const compression of ['zstd', 'none'] as const) {
    yield { what: `fetched to segment, ${compression}`, run: () => encodeSegment(sample, compression, shared) };
  }
  const lines = new WasmDecoder();
  yield {
    what: 'lines to records, WebAssembly',
    run: () => {
      lines.open({ range: RANGE });
      lines.load(sample.lines);
      while (lines.run({ bytes: 1_000_000, records: 100_000 }) === 'batch') lines.takeBatch();
    },
  };
  yield { what: 'lines to records, JavaScript', run: () => splitLines(sample.lines).map((line) => decodeLine(line)) };
  for (const compression of ['zstd', 'none'] as const) {
    const segment = encodeSegment(sample, compression, shared);
    yield { what: `segment to batches, ${compression}`, run: () => decodeSegment(segment, lines) };
  }
  yield { what: 'batches to records, JavaScript', run: () => readBatches(sample.fetched, 'bench-0') };
}

function frames(lines: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
  const count = Math.ceil(lines.length / 2 ** 20);
  return Array.from({ length: count }, (_, i) => lines.subarray(i * 2 ** 20, (i + 1) * 2 ** 20));
}

function compressAll(compress: FrameCompressor, all: readonly Uint8Array<ArrayBuffer>[], lineBytes: number): void {
  const body = new SegmentBody(bodyMemory);
  for (const lines of all) compress(lines, lines.length / lineBytes, body);
  body.discard();
}

function splitLines(lines: Uint8Array): Uint8Array[] {
  const split: Uint8Array[] = [];
  for (let start = 0; start < lines.length;) {
    const end = lines.indexOf(10, start) + 1;
    split.push(lines.subarray(start, end));
    start = end;
  }
  return split;
}

function encodeSegment(sample: Sample, compression: SegmentCompression, lines: WasmEncoder): EncodedSegment {
  const start = must(sample.records[0], 'a record').offset;
  const identity = { clusterId: 'c', topic: 'bench', topicId: 'i', partition: 2 };
  const options = {
    identity,
    start,
    isolation: 'read_committed',
    compression,
    writer: 'bench',
    createdAtMs: 0,
  } as const;
  const encoder = new SegmentEncoder(options, lines);
  const fetched = { bytes: sample.fetched, lastStableOffset: RANGE.end, abortedTransactions: [] };
  return encoder.finish(encoder.push(fetched, RANGE.end).position);
}

function decodeSegment({ metadata, body }: EncodedSegment, lines: WasmDecoder): void {
  const stamp = { producerId: 1n, producerEpoch: 0, baseSequence: 0, transactional: true };
  const decoder = new BatchDecoder({ stamp, codec: 'none', batchBytes: 1_000_000, batchRecordsMax: 100_000 }, lines);
  const { compression } = metadata;
  decoder.openSegment({ objectKey: 'bench', compression, metadata, position: 0, whole: true, range: RANGE });
  for (const chunk of body) decoder.push(new Uint8Array(chunk));
  decoder.end();
  while (decoder.decode().next !== 'done');
}

function measure(run: () => unknown, sample: Sample): { readonly usPerRecord: number; readonly linesMbPerS: number } {
  const warm = performance.now();
  while (performance.now() - warm < 300) run();
  const costs: number[] = [];
  const start = performance.now();
  while (costs.length < 5 || performance.now() - start < seconds * 1000) {
    const before = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(before);
    costs.push(user + system);
  }
  const us = must(costs.toSorted((a, b) => a - b)[Math.floor(costs.length / 2)], 'a measurement');
  return { usPerRecord: us / sample.records.length, linesMbPerS: sample.lines.length / us };
}
