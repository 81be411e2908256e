import type { API as LibraryApi } from '@platformatic/kafka';
import { partitionName, type TopicPartition } from '../record/topic-partition.ts';
import { API } from './api-versions.ts';
import type { Cluster } from './cluster.ts';
import type { CommittedOffset, GroupGeneration, ProducerOptions } from './kafka-client.ts';
import { KAFKA, kafkaError, movedError } from './kafka-errors.ts';

/** Who a transactional producer is to the brokers. */
export interface ProducerIdentity {
  readonly producerId: bigint;
  readonly producerEpoch: number;
}

type AddedPartitions = Awaited<ReturnType<typeof API.addPartitionsToTxn.async>>;

const NO_PRODUCER: ProducerIdentity = { producerId: -1n, producerEpoch: -1 };
const NO_GENERATION = -1;
const NO_LEADER_EPOCH = -1;
/** The coordinator completes a transaction within milliseconds after it answered EndTxn. */
const FIRST_RETRY_MS = 2;

/**
 * The calls to coordinators that make up a transaction, each repeated while the coordinator moves or still completes
 * the transaction before (CONCURRENT_TRANSACTIONS). Source: KIP-98, KIP-360, KIP-447.
 */
export class TransactionCalls {
  readonly #cluster: Cluster;
  readonly #options: ProducerOptions;

  constructor(cluster: Cluster, options: ProducerOptions) {
    this.#cluster = cluster;
    this.#options = options;
  }

  /**
   * Takes the transactional id: fences its former holder and aborts what that left open. With the identity it has, it
   * raises its own epoch instead, which begins the sequence numbers anew.
   */
  async initialize(current: ProducerIdentity = NO_PRODUCER): Promise<ProducerIdentity> {
    const { transactionalId, transactionTimeoutMs } = this.#options;
    const { producerId, producerEpoch } = current;
    const response = await this.#call(
      API.initProducerId,
      [transactionalId, transactionTimeoutMs, producerId, producerEpoch],
      (answer) => answer.errorCode,
      'Taking transactional id',
    );
    return { producerId: response.producerId, producerEpoch: response.producerEpoch };
  }

  /** Makes partitions part of the transaction. */
  async addPartitions(
    { producerId, producerEpoch }: ProducerIdentity,
    partitions: readonly TopicPartition[],
  ): Promise<void> {
    const { transactionalId } = this.#options;
    const topics = [...Map.groupBy(partitions, (at) => at.topic)].map(([name, ofTopic]) => ({
      name,
      partitions: ofTopic.map((at) => at.partition),
    }));
    await this.#call(
      API.addPartitionsToTxn,
      [[{ transactionalId, producerId, producerEpoch, verifyOnly: false, topics }]],
      (answer) => {
        const results = answer.resultsByTransaction.flatMap((transaction) => transaction.topicResults);
        const codes = results.flatMap((topic) => topic.resultsByPartition.map((result) => result.partitionErrorCode));
        return mostTelling([answer.errorCode, ...codes]);
      },
      (answer) => `Adding ${refusedPartition(answer) ?? 'partitions'} to the transaction of`,
    );
  }

  /** Makes a group's offsets part of the transaction, and stores them, to be visible when it commits. */
  async commitOffsets(
    { producerId, producerEpoch }: ProducerIdentity,
    group: GroupGeneration | string,
    offsets: readonly (TopicPartition & CommittedOffset)[],
  ): Promise<void> {
    const { transactionalId } = this.#options;
    const member = typeof group === 'string' ? { group, generationId: NO_GENERATION, memberId: '' } : group;
    const topics = [...Map.groupBy(offsets, (at) => at.topic)].map(([name, ofTopic]) => ({
      name,
      partitions: ofTopic.map(({ partition, offset, metadata }) => ({
        partitionIndex: partition,
        committedOffset: offset,
        committedLeaderEpoch: NO_LEADER_EPOCH,
        committedMetadata: metadata,
      })),
    }));
    const instanceId = 'instanceId' in member ? (member.instanceId ?? null) : null;
    const { generationId, memberId } = member;
    await this.#cluster.retrying(async () => {
      const response = await this.#cluster.sendToCoordinator(
        'group',
        member.group,
        API.txnOffsetCommit,
        [transactionalId, member.group, producerId, producerEpoch, generationId, memberId, instanceId, topics],
        (answer) => mostTelling(answer.topics.flatMap((topic) => topic.partitions.map((result) => result.errorCode))),
      );
      for (const { name: topic, partitions } of response.topics) {
        for (const { partitionIndex: partition, errorCode } of partitions) {
          const name = partitionName({ topic, partition });
          const operation = `Committing the offset of group ${member.group} in`;
          // Right after a topic is created, the coordinator may not have heard of it; nor has it of one that is deleted.
          if (errorCode === KAFKA.UNKNOWN_TOPIC_OR_PARTITION && !(await this.#isMissing(topic)))
            throw movedError(errorCode, operation, name);
          if (errorCode !== KAFKA.NONE) throw kafkaError(errorCode, operation, name);
        }
      }
    }, FIRST_RETRY_MS);
  }

  /** Tells the transaction's coordinator that a group's offsets belong to the transaction. */
  async addOffsets({ producerId, producerEpoch }: ProducerIdentity, group: string): Promise<void> {
    await this.#call(
      API.addOffsetsToTxn,
      [this.#options.transactionalId, producerId, producerEpoch, group],
      (answer) => answer.errorCode,
      'Adding offsets to the transaction of',
    );
  }

  /** Commits or aborts. */
  async end({ producerId, producerEpoch }: ProducerIdentity, outcome: 'commit' | 'abort'): Promise<void> {
    await this.#call(
      API.endTxn,
      [this.#options.transactionalId, producerId, producerEpoch, outcome === 'commit'],
      (answer) => answer.errorCode,
      outcome === 'commit' ? 'Committing the transaction of' : 'Aborting the transaction of',
    );
  }

  async #isMissing(topic: string): Promise<boolean> {
    const { failures } = await this.#cluster.metadata([topic]);
    return failures.get(topic) === KAFKA.UNKNOWN_TOPIC_OR_PARTITION;
  }

  #call<A extends unknown[], R>(
    api: LibraryApi<A, R>,
    args: A,
    errorCodeOf: (response: R) => number,
    operation: string | ((response: R) => string),
  ): Promise<R> {
    const { transactionalId } = this.#options;
    return this.#cluster.retrying(async () => {
      const response = await this.#cluster.sendToCoordinator('transaction', transactionalId, api, args, errorCodeOf);
      const errorCode = errorCodeOf(response);
      if (errorCode === KAFKA.NONE) return response;
      throw kafkaError(errorCode, typeof operation === 'string' ? operation : operation(response), transactionalId);
    }, FIRST_RETRY_MS);
  }
}

/** The first partition that was refused for a reason of its own. */
function refusedPartition(answer: AddedPartitions): string | undefined {
  for (const { topicResults } of answer.resultsByTransaction) {
    for (const { name: topic, resultsByPartition } of topicResults) {
      for (const { partitionIndex: partition, partitionErrorCode: code } of resultsByPartition) {
        if (code !== KAFKA.NONE && code !== KAFKA.OPERATION_NOT_ATTEMPTED) return partitionName({ topic, partition });
      }
    }
  }
  return undefined;
}

/** The code to report when a request has many: not the one that only says that another part failed. */
function mostTelling(errorCodes: readonly number[]): number {
  const failures = errorCodes.filter((code) => code !== KAFKA.NONE);
  return failures.find((code) => code !== KAFKA.OPERATION_NOT_ATTEMPTED) ?? failures[0] ?? KAFKA.NONE;
}
