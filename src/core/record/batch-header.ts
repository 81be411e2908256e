import { batchCorrupt } from './batch-corrupt.ts';
import type { TimestampType } from './kafka-record.ts';
import type { Offset } from './topic-partition.ts';

/** How a record batch's records are compressed (attributes bits 0-2, in this order from 0). */
export type BatchCodec = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';

/** Codecs in the order of their numbers on the wire. */
export const BATCH_CODECS: readonly BatchCodec[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];

/** Bytes before the records of a batch. */
export const BATCH_HEADER_BYTES = 61;
/** Base offset and length: what the length field does not count. */
export const BATCH_OVERHEAD_BYTES = 12;
/** The checksum covers the bytes from here to the batch's end. */
export const BATCH_CRC_START = 21;

const MAGIC_POSITION = 16;

/** Header of a record batch, format v2 (Kafka protocol guide, "Record Batch"). */
export interface BatchHeader {
  /** Of the batch, in the bytes that it was read from. */
  readonly position: number;
  /** Of the whole batch, header and all. */
  readonly sizeBytes: number;
  readonly baseOffset: Offset;
  /** The batch's last offset, whether or not compaction left a record there. */
  readonly lastOffset: Offset;
  readonly crc: number;
  readonly codec: BatchCodec;
  readonly timestampType: TimestampType;
  readonly transactional: boolean;
  readonly control: boolean;
  readonly baseTimestampMs: bigint;
  readonly maxTimestampMs: bigint;
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly recordCount: number;
}

/** A Buffer on the same memory. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * Size of the batch at `position`, or undefined when the bytes end before it does (the last of a Fetch response may).
 * @throws KAFKA_BATCH_CORRUPT when the length makes no sense or the format is older than v2.
 */
function batchSizeAt(bytes: Buffer, position: number, partition: string): number | undefined {
  const left = bytes.length - position;
  if (left <= MAGIC_POSITION) return undefined;
  const magic = bytes.readInt8(position + MAGIC_POSITION);
  if (magic !== 2) {
    const old = magic === 0 || magic === 1;
    const reason = old
      ? `message format v${magic} is not supported; rewrite the topic with a producer of Kafka 0.11 or later`
      : `unknown magic ${magic}`;
    throw batchCorrupt({ partition, position }, reason);
  }
  const length = bytes.readInt32BE(position + 8);
  if (length < BATCH_HEADER_BYTES - BATCH_OVERHEAD_BYTES) {
    throw batchCorrupt({ partition, position }, `impossible length ${length}`);
  }
  const size = length + BATCH_OVERHEAD_BYTES;
  return size > left ? undefined : size;
}

/**
 * The header of the batch at `position`, or undefined when the bytes end before the batch does. The checksum is not
 * looked at.
 * @throws KAFKA_BATCH_CORRUPT when a field makes no sense or the format is older than v2.
 */
export function readBatchHeader(bytes: Buffer, position: number, partition: string): BatchHeader | undefined {
  const sizeBytes = batchSizeAt(bytes, position, partition);
  if (sizeBytes === undefined) return undefined;
  const baseOffset = bytes.readBigInt64BE(position);
  const attributes = bytes.readInt16BE(position + 21);
  const lastOffsetDelta = bytes.readInt32BE(position + 23);
  const recordCount = bytes.readInt32BE(position + 57);
  const codec = BATCH_CODECS[attributes & 7];
  if (codec === undefined) throw batchCorrupt({ partition, position }, `unknown compression ${attributes & 7}`);
  if (baseOffset < 0n || lastOffsetDelta < 0 || recordCount < 0 || recordCount > lastOffsetDelta + 1) {
    const found = `base offset ${baseOffset}, last offset delta ${lastOffsetDelta}, ${recordCount} records`;
    throw batchCorrupt({ partition, position }, `impossible header: ${found}`);
  }
  return {
    position,
    sizeBytes,
    baseOffset,
    lastOffset: baseOffset + BigInt(lastOffsetDelta),
    crc: bytes.readUInt32BE(position + 17),
    codec,
    timestampType: (attributes & 8) === 0 ? 'CreateTime' : 'LogAppendTime',
    transactional: (attributes & 16) !== 0,
    control: (attributes & 32) !== 0,
    baseTimestampMs: bytes.readBigInt64BE(position + 27),
    maxTimestampMs: bytes.readBigInt64BE(position + 35),
    producerId: bytes.readBigInt64BE(position + 43),
    producerEpoch: bytes.readInt16BE(position + 51),
    baseSequence: bytes.readInt32BE(position + 53),
    recordCount,
  };
}

/** What a look at the headers alone tells about fetched bytes. */
export interface BatchScan {
  readonly batchCount: number;
  /** Records in them that are not transaction markers; aborted ones count. */
  readonly recordCount: number;
  /** Bytes of the whole batches; what follows is the cut one. */
  readonly wholeBytes: number;
  /** First offset after the last whole batch; undefined when there is none. */
  readonly end: Offset | undefined;
}

/**
 * Cheap look at fetched batches: lengths and counts, no checksums.
 * @throws KAFKA_BATCH_CORRUPT when a length makes no sense or the format is older than v2.
 */
export function scanBatches(fetched: Uint8Array, partition: string): BatchScan {
  const bytes = asBuffer(fetched);
  let position = 0;
  let last = 0;
  let batchCount = 0;
  let recordCount = 0;
  for (;;) {
    const size = batchSizeAt(bytes, position, partition);
    if (size === undefined) break;
    if ((bytes.readInt16BE(position + 21) & 32) === 0) recordCount += Math.max(0, bytes.readInt32BE(position + 57));
    last = position;
    position += size;
    batchCount++;
  }
  const end =
    batchCount === 0 ? undefined : bytes.readBigInt64BE(last) + BigInt(Math.max(0, bytes.readInt32BE(last + 23))) + 1n;
  return { batchCount, recordCount, wholeBytes: position, end };
}
