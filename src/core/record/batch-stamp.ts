/** What makes a batch idempotent and transactional (record batch v2 header: producerId, producerEpoch, baseSequence). */
export interface BatchStamp {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly transactional: boolean;
}

/** Of a producer that is neither idempotent nor transactional. */
export const NO_STAMP: BatchStamp = { producerId: -1n, producerEpoch: -1, baseSequence: -1, transactional: false };

const SEQUENCE_MAX = 0x7fffffff;

/** The sequence number `count` records on: after 2^31 - 1 comes 0 (Kafka's DefaultRecordBatch.incrementSequence). */
export function sequenceAfter(sequence: number, count: number): number {
  return sequence > SEQUENCE_MAX - count ? count - (SEQUENCE_MAX - sequence) - 1 : sequence + count;
}
