import { writeBatch } from '../../src/core/record/batch-records.ts';
import { NO_STAMP } from '../../src/core/record/batch-stamp.ts';
import type { KafkaRecord } from '../../src/core/record/kafka-record.ts';
import { SegmentEncoder } from '../../src/core/segment/segment-encoder.ts';
import type { SegmentEncoderOptions } from '../../src/core/segment/segment-encoder.ts';
import type { EncodedSegment, SegmentCompression } from '../../src/core/segment/segment-metadata.ts';
import { segmentRecords } from '../../src/core/segment/segment-records.ts';
import type { WasmEncoder } from '../../src/core/segment/wasm-encoder.ts';

/** Later than every offset in tests. */
export const END_OF_LOG = 2n ** 62n;

export const ALL_OFFSETS = { start: 0n, end: END_OF_LOG };

/** Options of a segment of `orders-3`. */
export function encoderOptions(
  compression: SegmentCompression,
  changes: Partial<SegmentEncoderOptions> = {},
): SegmentEncoderOptions {
  return {
    identity: {
      clusterId: 'cluster-a',
      topic: 'orders',
      topicId: 'b0e7a1de-3a3c-4d0f-9c53-2b3a4f0a0001',
      partition: 3,
    },
    start: 0n,
    isolation: 'read_committed',
    compression,
    writer: 'writer-1',
    createdAtMs: 1_700_000_000_000,
    ...changes,
  };
}

/** What a broker would answer with these bytes when nothing is open or aborted. */
export function fetchedOf(...batches: readonly Uint8Array[]): {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly lastStableOffset: bigint;
  readonly abortedTransactions: readonly [];
} {
  return { bytes: new Uint8Array(Buffer.concat(batches)), lastStableOffset: END_OF_LOG, abortedTransactions: [] };
}

/** A segment of the given records, encoded as one batch. */
export function encodeRecords(
  records: readonly KafkaRecord[],
  options: SegmentEncoderOptions,
  lines?: WasmEncoder,
): EncodedSegment {
  const encoder = new SegmentEncoder(options, lines);
  const batch = writeBatch(records, NO_STAMP, 'none', records[0]?.offset ?? 0n);
  return encoder.finish(encoder.push(fetchedOf(batch), END_OF_LOG).position);
}

/** All records of a whole segment, read the plain way. */
export async function decodeRecords(segment: EncodedSegment): Promise<KafkaRecord[]> {
  const { metadata, body } = segment;
  const { compression } = metadata;
  const source = { objectKey: 'a/segment', compression, metadata, position: 0, whole: true, range: ALL_OFFSETS };
  return Array.fromAsync(segmentRecords(source, body));
}

/** A body in one piece. */
export function joined(segment: EncodedSegment): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat(segment.body));
}

/** The same bytes in chunks of that size, each with memory of its own. */
export function chunksOf(bytes: Uint8Array, size: number): Uint8Array<ArrayBuffer>[] {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for (let start = 0; start < bytes.length; start += size)
    chunks.push(new Uint8Array(bytes.slice(start, start + size)));
  return chunks;
}
