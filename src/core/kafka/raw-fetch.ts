import { createAPI, type Reader, Writer } from './protocol-library.ts';
import type { AbortedTransaction } from '../record/committed-filter.ts';

/** One partition to fetch from its leader. */
export interface RawFetchRequest {
  /** As RFC 4122 text. */
  readonly topicId: string;
  readonly partition: number;
  readonly leaderEpoch: number;
  readonly offset: bigint;
  readonly bytesMax: number;
  readonly waitMs: number;
  readonly isReadCommitted: boolean;
}

/** A partition's part of a Fetch response, its record batches as they came. */
export interface RawFetchResponse {
  /** Kafka's error code of the response, or else of the partition; 0: none. */
  readonly errorCode: number;
  readonly highWatermark: bigint;
  readonly lastStableOffset: bigint;
  readonly logStartOffset: bigint;
  readonly abortedTransactions: readonly AbortedTransaction[];
  /** In the memory of the response. */
  readonly records: Uint8Array;
}

const FETCH_KEY = 1;
/** Since 13, topics are named by id. Later versions bring nothing to a consumer that asks for one partition. */
const FETCH_VERSION = 13;

/**
 * Fetch of one partition without a fetch session, the records left raw.
 * Source: kafka.apache.org/protocol, Fetch request and response version 13; KIP-227 (sessions), KIP-516 (topic ids).
 */
export const fetchApi = createAPI<[RawFetchRequest], RawFetchResponse>(
  FETCH_KEY,
  FETCH_VERSION,
  createFetchRequest,
  (_correlationId, _key, _version, reader) => parseFetchResponse(reader),
);

function createFetchRequest(request: RawFetchRequest): Writer {
  return Writer.create()
    .appendInt32(-1) // replica_id: a consumer
    .appendInt32(request.waitMs)
    .appendInt32(1) // min_bytes
    .appendInt32(request.bytesMax)
    .appendInt8(request.isReadCommitted ? 1 : 0)
    .appendInt32(0) // session_id
    .appendInt32(-1) // session_epoch: no session
    .appendArray([request], (topics) => {
      topics.appendUUID(request.topicId).appendArray([request], (partitions) => {
        partitions
          .appendInt32(request.partition)
          .appendInt32(request.leaderEpoch)
          .appendInt64(request.offset)
          .appendInt32(-1) // last_fetched_epoch
          .appendInt64(-1n) // log_start_offset: of followers
          .appendInt32(request.bytesMax);
      });
    })
    .appendArray([], () => undefined) // forgotten_topics_data
    .appendString('') // rack_id
    .appendTaggedFields();
}

/** Reads a Fetch response that holds at most one partition. @throws RangeError when it breaks the format */
export function parseFetchResponse(reader: Reader): RawFetchResponse {
  reader.readInt32(); // throttle_time_ms: the broker delays the answer itself
  const errorCode = reader.readInt16();
  reader.readInt32(); // session_id
  let found: RawFetchResponse | undefined;
  const topicCount = count(reader);
  for (let topic = 0; topic < topicCount; topic++) {
    reader.readUUID();
    const partitionCount = count(reader);
    for (let partition = 0; partition < partitionCount; partition++) {
      if (found !== undefined) throw new RangeError('a fetch response has a partition that was not asked for');
      found = readPartition(reader);
    }
    reader.readTaggedFields();
  }
  reader.readTaggedFields();
  if (reader.remaining < 0) throw new RangeError('a fetch response ends before its fields do');
  if (errorCode === 0 && found !== undefined) return found;
  return {
    errorCode,
    highWatermark: -1n,
    lastStableOffset: -1n,
    logStartOffset: -1n,
    abortedTransactions: [],
    records: new Uint8Array(0),
  };
}

function readPartition(reader: Reader): RawFetchResponse {
  reader.readInt32(); // partition_index
  const errorCode = reader.readInt16();
  const highWatermark = reader.readInt64();
  const lastStableOffset = reader.readInt64();
  const logStartOffset = reader.readInt64();
  const abortedTransactions: AbortedTransaction[] = [];
  for (let left = count(reader); left > 0; left--) {
    abortedTransactions.push({ producerId: reader.readInt64(), firstOffset: reader.readInt64() });
    reader.readTaggedFields();
  }
  reader.readInt32(); // preferred_read_replica: none without a rack
  const records = readRecords(reader);
  reader.readTaggedFields();
  return { errorCode, highWatermark, lastStableOffset, logStartOffset, abortedTransactions, records };
}

function readRecords(reader: Reader): Uint8Array {
  const length = count(reader);
  // The response is in one piece: this is a view, not a copy.
  const bytes = reader.buffer.slice(reader.position, reader.position + length);
  reader.skip(length);
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** A compact length: null and empty are both 0. Nothing counted here can be more than the bytes that are left. */
function count(reader: Reader): number {
  const length = Math.max(0, reader.readUnsignedVarInt() - 1);
  if (length > reader.remaining)
    throw new RangeError(`a fetch response claims ${length} where ${reader.remaining} bytes are left`);
  return length;
}
