import type { Offset } from './topic-partition.ts';

/** Who set a record's timestamp (Kafka's `message.timestamp.type`). */
export type TimestampType = 'CreateTime' | 'LogAppendTime';

/** A header of a record: Kafka's names need not be unique, nor values present. */
/** A record's header. */
export interface RecordHeader {
  /** Bytes of the name; Kafka means UTF-8, but nothing enforces it. */
  readonly name: Uint8Array;
  readonly value: Uint8Array | null;
}

/** One record, byte for byte. Used where clarity matters more than speed: the oracle, the tools, the tests. */
export interface KafkaRecord {
  readonly offset: Offset;
  /** Milliseconds since 1970; -1 when the producer gave none. */
  readonly timestampMs: bigint;
  readonly timestampType: TimestampType;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  /** In order; names may repeat. */
  readonly headers: readonly RecordHeader[];
}
