import type { BatchStamp } from '../record/batch-stamp.ts';
import type { TopicPartition } from '../record/topic-partition.ts';
import type { TransactionalProducer } from './kafka-client.ts';

/** For the producer's next batch of so many records to that partition, whose sequence numbers are then taken. */
export function nextStamp(producer: TransactionalProducer, at: TopicPartition, recordCount: number): BatchStamp {
  const { producerId, producerEpoch } = producer;
  return { producerId, producerEpoch, baseSequence: producer.nextSequence(at, recordCount), transactional: true };
}
