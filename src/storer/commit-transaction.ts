import type { StoredSegment } from '../core/archive/stored-segment.ts';
import type { Bucket } from '../core/bucket/bucket.ts';
import type { GroupGeneration, KafkaClient, TransactionalProducer } from '../core/kafka/kafka-client.ts';
import { nextStamp } from '../core/kafka/next-stamp.ts';
import { AppError, isAppError } from '../core/errors.ts';
import { writeBatch } from '../core/record/batch-records.ts';
import { partitionForKey } from '../core/record/partitioner.ts';
import { type Offset, partitionName, type TopicPartition } from '../core/record/topic-partition.ts';
import { Semaphore } from '../core/runtime/semaphore.ts';
import type { SegmentThreads } from '../core/segment/segment-threads.ts';
import { writeCommitMetadata } from './commit-metadata.ts';
import { forwardSegment } from './forward-segment.ts';
import { segmentStored } from './segment-event.ts';

/** One step forward of a partition's committed offset. */
export interface CommitItem {
  readonly at: TopicPartition;
  readonly topicId: string;
  /** The new committed offset. */
  readonly end: Offset;
  /** The segment that ends there; undefined where archiving begins. */
  readonly segment: AnnouncedSegment | undefined;
}

/** A stored segment on its way to being announced and forwarded. */
export interface AnnouncedSegment extends StoredSegment {
  /** Records before this offset were announced and forwarded earlier. */
  readonly from: Offset;
  readonly forwardTo: readonly string[];
  /** The object, when it is still at hand; otherwise it is read from the bucket. */
  readonly body: readonly Uint8Array[] | undefined;
}

/** What transactions are made with. */
export interface CommitTransactionOptions {
  readonly kafka: KafkaClient;
  readonly bucket: Bucket;
  readonly threads: SegmentThreads;
  readonly transactionalId: string;
  readonly transactionTimeoutMs: number;
  /** Undefined: no events. */
  readonly eventsTopic: string | undefined;
  readonly nowMs: () => number;
}

/**
 * Events, forwarded records and group offsets in one transaction (I5). Offsets are committed with the generation, so
 * that a member that lost its partitions without noticing is refused, and its events and forwards with it (KIP-447).
 *
 * When the answer to a commit is lost, nobody knows what became of it. A new producer with the same transactional id
 * settles that (it completes or aborts what is open), and the group's offsets then say which: items that they cover
 * are not sent again.
 */
export class CommitTransaction {
  readonly #options: CommitTransactionOptions;
  readonly #turn = new Semaphore({ permits: 1 });
  #producer: TransactionalProducer | undefined;
  #eventPartitions: number | undefined;
  /** The last attempt failed: what it did is not known. */
  #unsettled = false;

  constructor(options: CommitTransactionOptions) {
    this.#options = options;
  }

  /** Takes the transactional id ahead of the first commit: whoever held it is fenced, and nobody waits for that later. */
  async open(): Promise<void> {
    await this.#turn.run(() => this.#open());
  }

  /**
   * The items must be of one generation. Calls may overlap: they are carried out one after the other.
   * @throws KAFKA_FENCED when the generation is stale; KAFKA_UNAVAILABLE and other KAFKA_*, BUCKET_*, SEGMENT_* errors.
   */
  run(items: readonly CommitItem[], generation: GroupGeneration): Promise<void> {
    return this.#turn.run(() => this.#run(items, generation));
  }

  async #run(items: readonly CommitItem[], generation: GroupGeneration): Promise<void> {
    const producer = await this.#open();
    const todo = this.#unsettled ? await this.#uncommitted(items, generation.group) : items;
    this.#unsettled = false;
    if (todo.length === 0) return;
    let stale = false;
    producer.begin();
    try {
      await this.#announce(producer, todo);
      for (const item of todo) await this.#forward(producer, item);
      await producer.commitOffsets(generation, lastOffsets(todo)).catch((error: unknown) => {
        stale = isAppError(error, 'KAFKA_FENCED');
        throw error;
      });
      await producer.commit();
    } catch (error) {
      this.#unsettled = true;
      await this.#drop(producer);
      throw isAppError(error, 'KAFKA_FENCED') && !stale ? producerFenced(error) : error;
    }
  }

  async close(): Promise<void> {
    await this.#producer?.close();
    this.#producer = undefined;
  }

  async #open(): Promise<TransactionalProducer> {
    const { kafka, transactionalId, transactionTimeoutMs } = this.#options;
    this.#producer ??= await kafka.transactionalProducer({ transactionalId, transactionTimeoutMs });
    return this.#producer;
  }

  /** The abort is a courtesy to readers of the events topic: without it they wait for the transaction's timeout. */
  async #drop(producer: TransactionalProducer): Promise<void> {
    this.#producer = undefined;
    // It may be the events topic that is not what it was.
    this.#eventPartitions = undefined;
    await producer.abort().catch(() => undefined);
    await producer.close().catch(() => undefined);
  }

  async #uncommitted(items: readonly CommitItem[], group: string): Promise<readonly CommitItem[]> {
    const committed = await this.#options.kafka.committedOffsets(
      group,
      items.map(({ at }) => at),
    );
    return items.filter(({ at, end }) => {
      const found = committed.get(partitionName(at));
      return found === undefined || found.offset < end;
    });
  }

  async #announce(producer: TransactionalProducer, items: readonly CommitItem[]): Promise<void> {
    const topic = this.#options.eventsTopic;
    if (topic === undefined) return;
    const encoder = new TextEncoder();
    const byPartition = new Map<number, { key: Uint8Array; value: Uint8Array }[]>();
    for (const { segment } of items) {
      const event = segment && segmentStored(segment.key, segment.metadata);
      if (event === undefined) continue;
      const key = encoder.encode(event.key);
      const partition = partitionForKey(key, await this.#eventPartitionCount(topic));
      const events = byPartition.get(partition) ?? [];
      events.push({ key, value: encoder.encode(event.value) });
      byPartition.set(partition, events);
    }
    for (const [partition, events] of byPartition) {
      const at = { topic, partition };
      const records = events.map(({ key, value }, i) => ({
        offset: BigInt(i),
        timestampMs: BigInt(this.#options.nowMs()),
        timestampType: 'CreateTime' as const,
        key,
        value,
        headers: [],
      }));
      const stamp = nextStamp(producer, at, records.length);
      await producer.produce(at, writeBatch(records, stamp, 'none'), records.length);
    }
  }

  async #eventPartitionCount(topic: string): Promise<number> {
    this.#eventPartitions ??= (await this.#options.kafka.describeTopics([topic]))[0]?.partitionCount ?? 1;
    return this.#eventPartitions;
  }

  async #forward(producer: TransactionalProducer, { at, segment }: CommitItem): Promise<void> {
    if (segment === undefined || segment.metadata.recordCount === 0) return;
    const { bucket, threads } = this.#options;
    for (const topic of segment.forwardTo) {
      const target = { topic, partition: at.partition };
      await forwardSegment({ bucket, threads, producer }, segment, target).catch(async (error: unknown) => {
        throw isAppError(error, 'KAFKA_TOPIC_MISSING') ? await this.#missing(at, target, error) : error;
      });
    }
  }

  /** The topic is there, but the archived one has got more partitions than it has. */
  async #missing(at: TopicPartition, target: TopicPartition, error: AppError): Promise<AppError> {
    const [found] = await this.#options.kafka.describeTopics([target.topic]).catch(() => []);
    if (found === undefined || found.partitionCount > target.partition) return error;
    const needed = target.partition + 1;
    const message = `forwarding ${partitionName(at)} to ${target.topic}: it has ${found.partitionCount} partitions`;
    return new AppError('KAFKA_PARTITION_MISMATCH', message, {
      subject: target.topic,
      hint: `Give ${target.topic} as many partitions as ${at.topic} has, at least ${needed} (kafka-topics --alter --partitions).`,
      cause: error,
    });
  }
}

/** Passing: a new producer of the same id takes over from whoever, or whatever, fenced this one. */
function producerFenced(cause: unknown): AppError {
  return new AppError('KAFKA_UNAVAILABLE', 'committing: the transaction was taken over or timed out', {
    cause,
    hint:
      'Once is normal after a long pause of this process. If it goes on, another storer has the same ' +
      '`storer.instanceId`: give each its own.',
  });
}

/** Per partition the furthest item's offset: items of one partition come in order. */
function lastOffsets(items: readonly CommitItem[]): (TopicPartition & { offset: Offset; metadata: string })[] {
  const last = new Map(items.map((item) => [partitionName(item.at), item]));
  return [...last.values()].map(({ at, end, topicId, segment }) => ({
    ...at,
    offset: end,
    metadata: writeCommitMetadata({ topicId, segment: segment?.key }),
  }));
}
