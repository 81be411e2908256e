import { decompressBody } from './batch-compression.ts';
import { batchCorrupt } from './batch-corrupt.ts';
import { asBuffer, BATCH_CRC_START, BATCH_HEADER_BYTES, readBatchHeader } from './batch-header.ts';
import type { BatchCodec, BatchHeader } from './batch-header.ts';
import type { BatchStamp } from './batch-stamp.ts';
import { crc32c } from './crc32c.ts';
import type { KafkaRecord, RecordHeader } from './kafka-record.ts';
import { stampBatch } from './stamp-batch.ts';
import { pushVarint, VarintReader } from './varint.ts';

/** Decompressed records of one batch may not be larger than this. */
export const BODY_BYTES_MAX = 512 * 1024 * 1024;

/**
 * Checks a batch's checksum.
 * @throws KAFKA_BATCH_CORRUPT
 */
export function verifyBatch(bytes: Buffer, header: BatchHeader, partition: string): void {
  const { position, sizeBytes } = header;
  checkBatchCrc(crc32c(bytes.subarray(position + BATCH_CRC_START, position + sizeBytes)), header, partition);
}

/**
 * Compares a batch's checksum with the one `found` of its bytes from `BATCH_CRC_START` on.
 * @throws KAFKA_BATCH_CORRUPT
 */
export function checkBatchCrc(found: number, header: BatchHeader, partition: string): void {
  if (found === header.crc) return;
  const { position, crc } = header;
  throw batchCorrupt({ partition, position }, `checksum ${crc} does not match the bytes (${found})`);
}

/**
 * The records of a batch as they are on the wire, decompressed.
 * @throws KAFKA_BATCH_CORRUPT
 */
export function batchBody(bytes: Buffer, header: BatchHeader, partition: string): Uint8Array {
  const { position, sizeBytes, codec } = header;
  const raw = bytes.subarray(position + BATCH_HEADER_BYTES, position + sizeBytes);
  if (codec === 'none') return raw;
  try {
    return decompressBody(codec, raw, BODY_BYTES_MAX);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw batchCorrupt({ partition, position }, `cannot decompress ${codec}: ${reason}`, error);
  }
}

/**
 * All records of the whole batches in `fetched`, markers left out, aborted ones not. Plain and slow: for tools and tests.
 * @throws KAFKA_BATCH_CORRUPT
 */
export function readBatches(fetched: Uint8Array, partition: string): KafkaRecord[] {
  const bytes = asBuffer(fetched);
  const records: KafkaRecord[] = [];
  let position = 0;
  for (;;) {
    const header = readBatchHeader(bytes, position, partition);
    if (header === undefined) return records;
    verifyBatch(bytes, header, partition);
    if (!header.control) for (const record of readRecords(bytes, header, partition)) records.push(record);
    position += header.sizeBytes;
  }
}

/**
 * The records of one batch. Keys and values are views into `bytes` where it is not compressed.
 * @throws KAFKA_BATCH_CORRUPT
 */
export function readRecords(bytes: Buffer, header: BatchHeader, partition: string): KafkaRecord[] {
  const body = batchBody(bytes, header, partition);
  try {
    return readBody(body, header);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw batchCorrupt({ partition, position: header.position }, reason, error);
  }
}

/**
 * Records from the bytes between a batch's header and its end. Offsets must ascend and lie within the batch.
 * @throws RangeError
 */
export function readBody(
  body: Uint8Array,
  header: Pick<
    BatchHeader,
    'baseOffset' | 'lastOffset' | 'baseTimestampMs' | 'maxTimestampMs' | 'timestampType' | 'recordCount'
  >,
): KafkaRecord[] {
  const reader = new VarintReader(body);
  const records: KafkaRecord[] = [];
  let previous = header.baseOffset - 1n;
  for (let i = 0; i < header.recordCount; i++) {
    const length = reader.int32();
    const end = reader.position + length;
    if (length < 0 || end > body.length) throw new RangeError(`impossible record length ${length}`);
    const one = new VarintReader(body, reader.position, end);
    one.byte();
    const timestampDelta = one.int64();
    const offset = header.baseOffset + BigInt(one.int32());
    if (offset <= previous || offset > header.lastOffset) throw new RangeError(`offset ${offset} is out of order`);
    const key = takeBytes(one);
    const value = takeBytes(one);
    const headers = readHeaders(one);
    if (one.position !== end) throw new RangeError(`a record is ${end - one.position} bytes longer than its fields`);
    const timestampMs =
      header.timestampType === 'LogAppendTime'
        ? header.maxTimestampMs
        : BigInt.asIntN(64, header.baseTimestampMs + timestampDelta);
    records.push({ offset, timestampMs, timestampType: header.timestampType, key, value, headers });
    previous = offset;
    reader.position = end;
  }
  if (reader.position !== body.length) throw new RangeError('bytes follow the last record');
  return records;
}

function takeBytes(reader: VarintReader): Uint8Array | null {
  const length = reader.int32();
  return length < 0 ? null : reader.take(length);
}

function readHeaders(reader: VarintReader): RecordHeader[] {
  const count = reader.int32();
  if (count < 0 || count > reader.end - reader.position) throw new RangeError(`impossible header count ${count}`);
  const headers: RecordHeader[] = [];
  for (let i = 0; i < count; i++) headers.push({ name: reader.take(reader.int32()), value: takeBytes(reader) });
  return headers;
}

/**
 * A complete batch of records that are in offset order, the first at `baseOffset` or after it; holes are kept, as
 * compaction leaves them. A batch to be produced has offsets 0, 1, 2, ...: brokers want base offset 0 and no holes.
 * All records must share a timestamp type.
 */
export function writeBatch(
  records: readonly KafkaRecord[],
  stamp: BatchStamp,
  codec: BatchCodec,
  baseOffset = 0n,
): Uint8Array<ArrayBuffer> {
  const first = records[0];
  const baseTimestampMs = first?.timestampMs ?? -1n;
  const maxTimestampMs = records.reduce((max, r) => (r.timestampMs > max ? r.timestampMs : max), baseTimestampMs);
  const parts: Uint8Array[] = [];
  for (const record of records) parts.push(...writeRecord(record, record.offset - baseOffset, baseTimestampMs));
  const content = {
    recordCount: records.length,
    baseTimestampMs,
    maxTimestampMs,
    timestampType: first?.timestampType ?? 'CreateTime',
    baseOffset,
    lastOffsetDelta: Number((records.at(-1)?.offset ?? baseOffset) - baseOffset),
  };
  return stampBatch(Buffer.concat(parts), content, stamp, codec);
}

/**
 * One record as it is on the wire: parts to be joined. `offsetDelta` and `baseTimestampMs` are relative to its batch.
 */
export function writeRecord(record: KafkaRecord, offsetDelta: bigint, baseTimestampMs: bigint): Uint8Array[] {
  const parts: Uint8Array[] = [];
  let numbers: number[] = [0];
  const flush = (): void => {
    parts.push(Uint8Array.from(numbers));
    numbers = [];
  };
  const bytes = (value: Uint8Array | null): void => {
    pushVarint(numbers, value === null ? -1 : value.length);
    if (value === null || value.length === 0) return;
    flush();
    parts.push(value);
  };
  pushVarint(numbers, BigInt.asIntN(64, record.timestampMs - baseTimestampMs));
  pushVarint(numbers, offsetDelta);
  bytes(record.key);
  bytes(record.value);
  pushVarint(numbers, record.headers.length);
  for (const header of record.headers) {
    bytes(header.name);
    bytes(header.value);
  }
  flush();
  const size: number[] = [];
  pushVarint(
    size,
    parts.reduce((sum, part) => sum + part.length, 0),
  );
  return [Uint8Array.from(size), ...parts];
}
