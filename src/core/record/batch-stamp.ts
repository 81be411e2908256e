/** What makes a batch idempotent and transactional (record batch v2 header: producerId, producerEpoch, baseSequence). */
export interface BatchStamp {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly transactional: boolean;
}
