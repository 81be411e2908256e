import { compressBody } from './batch-compression.ts';
import { asBuffer, BATCH_CODECS, BATCH_CRC_START, BATCH_HEADER_BYTES, BATCH_OVERHEAD_BYTES } from './batch-header.ts';
import type { BatchCodec } from './batch-header.ts';
import type { BatchStamp } from './batch-stamp.ts';
import { crc32c } from './crc32c.ts';
import type { TimestampType } from './kafka-record.ts';
import type { Offset } from './topic-partition.ts';

/** What a batch's header says besides its producer. */
export interface BatchContent {
  readonly recordCount: number;
  /** What the records' timestamp deltas are relative to. */
  readonly baseTimestampMs: bigint;
  readonly maxTimestampMs: bigint;
  readonly timestampType?: TimestampType;
  /** 0 for a batch that is produced: the broker numbers it. */
  readonly baseOffset?: Offset;
  /** Default `recordCount - 1`, which a batch that is produced must have. */
  readonly lastOffsetDelta?: number;
  /** A transaction marker. Only brokers write those: for tests. */
  readonly control?: boolean;
}

/** A complete record batch v2 of the given records (`body`, as on the wire, not compressed), checksum and all. */
export function stampBatch(
  body: Uint8Array,
  content: BatchContent,
  stamp: BatchStamp,
  codec: BatchCodec,
): Uint8Array<ArrayBuffer> {
  const records = codec === 'none' ? body : compressBody(codec, body);
  const batch = new Uint8Array(BATCH_HEADER_BYTES + records.length);
  const out = asBuffer(batch);
  const attributes =
    BATCH_CODECS.indexOf(codec) |
    (content.timestampType === 'LogAppendTime' ? 8 : 0) |
    (stamp.transactional ? 16 : 0) |
    (content.control === true ? 32 : 0);
  out.writeBigInt64BE(content.baseOffset ?? 0n, 0);
  out.writeInt32BE(batch.length - BATCH_OVERHEAD_BYTES, 8);
  out.writeInt32BE(-1, 12);
  out.writeInt8(2, 16);
  out.writeInt16BE(attributes, 21);
  out.writeInt32BE(content.lastOffsetDelta ?? content.recordCount - 1, 23);
  out.writeBigInt64BE(content.baseTimestampMs, 27);
  out.writeBigInt64BE(content.maxTimestampMs, 35);
  out.writeBigInt64BE(stamp.producerId, 43);
  out.writeInt16BE(stamp.producerEpoch, 51);
  out.writeInt32BE(stamp.baseSequence, 53);
  out.writeInt32BE(content.recordCount, 57);
  batch.set(records, BATCH_HEADER_BYTES);
  out.writeUInt32BE(crc32c(out.subarray(BATCH_CRC_START)), 17);
  return batch;
}
