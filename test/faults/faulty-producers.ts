import { AppError } from '../../src/core/errors.ts';
import type { KafkaClient, TransactionalProducer } from '../../src/core/kafka/kafka-client.ts';

/** How often what goes wrong, each in [0, 1]. */
export interface ProducerFaults {
  /** The call never reaches Kafka. */
  readonly before: number;
  /** The call succeeds, and its answer is lost. */
  readonly after: number;
}

/** Counts the faults that were struck. */
export interface FaultCount {
  value: number;
}

/** A client whose producers fail in produce and commit as a network does, before or after the fact. */
export function withFaultyProducers(
  client: KafkaClient,
  faults: ProducerFaults,
  random: () => number,
  count: FaultCount,
): KafkaClient {
  const strike = (probability: number, what: string): void => {
    if (random() >= probability) return;
    count.value++;
    throw new AppError('KAFKA_UNAVAILABLE', `injected fault ${what}`);
  };
  const faulty = async <T>(name: string, call: () => Promise<T>): Promise<T> => {
    strike(faults.before, `before ${name}`);
    const answer = await call();
    strike(faults.after, `after ${name}`);
    return answer;
  };
  return {
    ...client,
    transactionalProducer: async (options) => {
      const producer = await client.transactionalProducer(options);
      const wrapped: TransactionalProducer = {
        get producerId() {
          return producer.producerId;
        },
        get producerEpoch() {
          return producer.producerEpoch;
        },
        begin: () => producer.begin(),
        nextSequence: (at, recordCount) => producer.nextSequence(at, recordCount),
        produce: (at, batch, recordCount) => faulty('produce', () => producer.produce(at, batch, recordCount)),
        commitOffsets: (group, offsets) => producer.commitOffsets(group, offsets),
        commit: () => faulty('commit', () => producer.commit()),
        abort: () => producer.abort(),
        close: () => producer.close(),
      };
      return wrapped;
    },
  };
}
