import { createAPI, type Reader, Writer } from './protocol-library.ts';
import type { TopicPartition } from '../record/topic-partition.ts';

/** One complete record batch for one partition. */
export interface ProduceEntry extends TopicPartition {
  readonly batch: Uint8Array;
}

/** What became of the batch for one partition. */
export interface ProduceResult extends TopicPartition {
  /** Kafka's error code; 0: stored. */
  readonly errorCode: number;
  /** Offset of the first record; -1 when the broker does not tell. */
  readonly baseOffset: bigint;
  readonly errorMessage: string | null;
}

const PRODUCE_KEY = 0;
/** 10 and 11 have the same layout; 12 would leave AddPartitionsToTxn to the broker, and change the epoch with each commit. */
const PRODUCE_VERSION = 9;
const ALL_IN_SYNC_REPLICAS = -1;

/**
 * Produce with batches that are ready: they go to the socket uncopied, at most one per partition (a rule of the
 * protocol). Source: kafka.apache.org/protocol, Produce request and response version 9.
 */
export const produceApi = createAPI<[string | null, number, readonly ProduceEntry[]], readonly ProduceResult[]>(
  PRODUCE_KEY,
  PRODUCE_VERSION,
  createProduceRequest,
  (_correlationId, _key, _version, reader) => parseProduceResponse(reader),
);

function createProduceRequest(
  transactionalId: string | null,
  timeoutMs: number,
  entries: readonly ProduceEntry[],
): Writer {
  const topics = Map.groupBy(entries, (entry) => entry.topic);
  return Writer.create()
    .appendString(transactionalId)
    .appendInt16(ALL_IN_SYNC_REPLICAS)
    .appendInt32(timeoutMs)
    .appendArray([...topics], (writer, [topic, partitions]) => {
      writer.appendString(topic).appendArray(partitions, appendPartition);
    })
    .appendTaggedFields();
}

function appendPartition(writer: Writer, { partition, batch }: ProduceEntry): void {
  writer.appendInt32(partition).appendUnsignedVarInt(batch.length + 1);
  writer.append(Buffer.from(batch.buffer, batch.byteOffset, batch.length));
}

/** Reads a Produce response. @throws RangeError when it breaks the format */
export function parseProduceResponse(reader: Reader): readonly ProduceResult[] {
  const topics = reader.readArray(() => {
    const topic = reader.readString();
    return reader.readArray(() => readResult(reader, topic));
  });
  reader.readInt32(); // throttle_time_ms: the broker delays the answer itself
  reader.readTaggedFields();
  if (reader.remaining < 0) throw new RangeError('a produce response ends before its fields do');
  return topics.flat();
}

function readResult(reader: Reader, topic: string): ProduceResult {
  const partition = reader.readInt32();
  const errorCode = reader.readInt16();
  const baseOffset = reader.readInt64();
  reader.readInt64(); // log_append_time_ms
  reader.readInt64(); // log_start_offset
  const details: string[] = [];
  reader.readArray(() => {
    reader.readInt32(); // batch_index
    details.push(reader.readNullableString() ?? '');
  });
  const message = reader.readNullableString();
  return { topic, partition, errorCode, baseOffset, errorMessage: details[0] ?? message };
}
