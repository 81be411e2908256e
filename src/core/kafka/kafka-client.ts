import type { AbortedTransaction } from '../record/committed-filter.ts';
import type { Offset, TopicPartition } from '../record/topic-partition.ts';

/**
 * What the product needs from Kafka: the port behind which one client library, or another, does the talking.
 * Record batches cross it raw, as they are on the wire: what is in them is the business of `core/record`.
 * Errors are `AppError`s with a `KAFKA_*` code. Calls retry passing errors (moved leaders, lost connections) themselves,
 * for a bounded time, and then fail with KAFKA_UNAVAILABLE.
 */
export interface KafkaClient {
  /** The cluster's id, as its brokers tell it. */
  clusterId(): Promise<string>;

  /** One description per name, in order. @throws KAFKA_TOPIC_MISSING naming all the missing ones. */
  describeTopics(names: readonly string[]): Promise<TopicDescription[]>;

  /** The topics that exist, among `names`. */
  existingTopics(names: readonly string[]): Promise<Set<string>>;

  /** Names of all topics that this user may see, in order; those of Kafka itself (`__...`) too. */
  listTopics(): Promise<string[]>;

  /** A topic's configuration that is not the default, or all of it. */
  topicConfig(name: string, options?: { readonly all?: boolean }): Promise<Map<string, string>>;

  /** Sets the given settings of a topic and leaves the others alone; null takes a setting back to its default. */
  alterTopicConfig(name: string, changes: Readonly<Record<string, string | null>>): Promise<void>;

  /** Creates topics; one that exists already is left as it is. Returns when every broker asked knows them. */
  createTopics(topics: readonly NewTopic[]): Promise<void>;

  /** Deletes topics and returns when they are gone from the metadata. Absent ones are not an error. */
  deleteTopics(names: readonly string[]): Promise<void>;

  /** Offsets of many partitions; one request per broker. Keyed by `partitionName`. */
  listOffsets(partitions: readonly TopicPartition[], position: OffsetPosition): Promise<Map<string, Offset>>;

  /**
   * Raw batches from one partition's leader. Waits up to `waitMs` when there is nothing.
   * @throws KAFKA_OFFSET_OUT_OF_RANGE when the offset is not in the log (the hint tells what is).
   */
  fetch(request: FetchRequest): Promise<FetchedBatches>;

  /** Gives the memory of bytes that were fetched `lent` back, once nobody looks at them: later fetches use it again. */
  recycle(memory: ArrayBufferLike): void;

  /** What a group has committed, only settled offsets (waits for pending transactions). Absent: not in the map. */
  committedOffsets(group: string, partitions: readonly TopicPartition[]): Promise<Map<string, CommittedOffset>>;

  /** All that a group has committed, in the order of topics and partitions; settled offsets as `committedOffsets`. */
  allCommittedOffsets(group: string): Promise<(TopicPartition & CommittedOffset)[]>;

  /** Every group of the cluster, by name; groups of other kinds than consumers too. */
  listGroups(): Promise<ListedGroup[]>;

  /** A group and its members. One that does not exist is `dead`, without members. */
  describeGroup(group: string): Promise<GroupDescription>;

  /**
   * Sets a group's offsets from outside of it, which makes the group where there is none. The brokers refuse it while
   * the group has members. A request for each thousand partitions: after an error some may be set and others not.
   * @throws KAFKA_GROUP_NOT_EMPTY, KAFKA_TOPIC_MISSING (also for a partition that the topic lacks)
   */
  alterGroupOffsets(group: string, offsets: readonly (TopicPartition & CommittedOffset)[]): Promise<void>;

  /**
   * Makes a group forget its offsets of these partitions. What it does not have is no error.
   * @throws KAFKA_GROUP_NOT_EMPTY while a member subscribes to one of the topics
   */
  deleteGroupOffsets(group: string, partitions: readonly TopicPartition[]): Promise<void>;

  /** Becomes a member of a consumer group. */
  joinGroup(options: GroupOptions, listener: GroupListener): GroupMembership;

  /** A producer whose transactions carry records and group offsets. Fences the former one of the same id. */
  transactionalProducer(options: ProducerOptions): Promise<TransactionalProducer>;

  close(): Promise<void>;
}

/** A topic that exists. */
export interface TopicDescription {
  readonly name: string;
  /** Changes when a topic is deleted and created again. UUID as RFC 4122 text. */
  readonly id: string;
  readonly partitionCount: number;
  readonly replicationFactor: number;
}

/** A topic to be created. */
export interface NewTopic {
  readonly name: string;
  readonly partitionCount: number;
  /** -1: the broker's default. */
  readonly replicationFactor: number;
  readonly config?: Readonly<Record<string, string>>;
}

/**
 * `earliest`: log start. `latest`: high watermark. `stable`: last stable offset, the end for a read_committed reader.
 * `{timestampMs}`: the first offset whose record has that timestamp or a later one; absent from the answer when none has.
 */
export type OffsetPosition = 'earliest' | 'latest' | 'stable' | { readonly timestampMs: number };

/** What to fetch, from one partition. */
export interface FetchRequest extends TopicPartition {
  /**
   * The topic's id, when it must be that very topic and not one created later under its name.
   * KAFKA_TOPIC_MISSING is thrown when it is gone.
   */
  readonly topicId?: string | undefined;
  readonly offset: Offset;
  readonly bytesMax: number;
  readonly waitMs: number;
  readonly isolation: 'read_committed' | 'read_uncommitted';
  /** The bytes may be in shared memory, which the caller gives back with `recycle`. Otherwise they are copied. */
  readonly lent?: boolean;
}

/** What the leader of a partition answered. */
export interface FetchedBatches {
  /** Whole and possibly one last cut batch, raw, in memory that nobody else looks at. */
  readonly bytes: Uint8Array;
  readonly highWatermark: Offset;
  readonly lastStableOffset: Offset;
  readonly logStartOffset: Offset;
  /** Of the range read; empty unless read_committed. */
  readonly abortedTransactions: readonly AbortedTransaction[];
}

/** A group's position in a partition. */
export interface CommittedOffset {
  readonly offset: Offset;
  readonly metadata: string;
}

/**
 * `dead`: does not exist. `empty`: has offsets but no members. `rebalancing`: has members that partitions are being dealt
 * out to. `unknown`: a state that this release has no name for; there may be members.
 */
export type GroupState = 'dead' | 'empty' | 'stable' | 'rebalancing' | 'unknown';

/** A group, as the list of all groups has it. */
export interface ListedGroup {
  readonly group: string;
  readonly state: GroupState;
  /** `consumer`; empty for a group that only ever had offsets set; `connect`, `share`, ... */
  readonly protocolType: string;
}

/** A group with its members. */
export interface GroupDescription extends ListedGroup {
  readonly members: readonly GroupMember[];
}

/** A member of a group, as the brokers know it. */
export interface GroupMember {
  readonly memberId: string;
  /** Of static members. */
  readonly instanceId: string | undefined;
  readonly clientId: string;
  /** Where it connects from, as the broker sees it: `/10.0.0.7`. */
  readonly host: string;
  /** What it was dealt; empty while the group is rebalancing, and for members that are no consumers. */
  readonly partitions: readonly TopicPartition[];
}

/** How a member takes part in a consumer group. */
export interface GroupOptions {
  readonly group: string;
  readonly topics: readonly string[];
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  /** Static membership (KIP-345): a restart within the session timeout causes no rebalance. */
  readonly instanceId?: string | undefined;
  readonly clientId: string;
}

/** A membership that the coordinator knows. Offsets committed with a stale one are refused. */
export interface GroupGeneration {
  readonly group: string;
  readonly memberId: string;
  readonly generationId: number;
  readonly instanceId?: string | undefined;
}

/** Calls never overlap; each is awaited before the membership goes on. Their errors end the membership. */
export interface GroupListener {
  /** These partitions are ours from now on, in this generation (the whole assignment, after each rebalance). */
  assigned(partitions: readonly TopicPartition[], generation: GroupGeneration): Promise<void>;
  /** Before a rebalance: finish and commit what is in flight; the generation is valid until this resolves. */
  revoking(): Promise<void>;
  /** The membership was lost (session expired, fenced): the partitions may be somebody else's already. */
  lost(error: unknown): Promise<void>;
  /** Joining failed in passing; it is tried again, as often as it takes. A reason that stays the same is told once. */
  notJoined?(error: unknown): void;
}

/** One member of a consumer group. */
export interface GroupMembership {
  /** Joins, heartbeats and rejoins until `leave`; rejects with an error that cannot be got over. */
  run(): Promise<void>;
  /** Leaves the group after a last `revoking`. */
  leave(): Promise<void>;
}

/** Who a transactional producer is. */
export interface ProducerOptions {
  readonly transactionalId: string;
  readonly transactionTimeoutMs: number;
}

/**
 * One producer, one transaction at a time: `begin`, `produce` and `commitOffsets` any number of times, then `commit` or
 * `abort`. Records and offsets become visible together or not at all.
 * @throws KAFKA_FENCED from any call once another producer has taken the id, or the group generation is stale.
 */
export interface TransactionalProducer {
  /** For the batches' headers: see `BatchStamp`. The epoch can change with `abort`. */
  readonly producerId: bigint;
  readonly producerEpoch: number;

  begin(): void;

  /**
   * Sends one batch, complete with header and checksum (producer id, epoch, and the sequence that `nextSequence` gave).
   * Batches of one partition are kept in the order of the calls; several may be in flight. Resolves with the offset of
   * its first record, when all in-sync replicas have it (-1 when the broker only tells that it had the batch already).
   * Need not be awaited: `commit` waits for it, and rejects with its error. The batch must not change until then, and
   * the caller bounds how much is under way (a few requests of 4 MB keep a broker busy).
   */
  produce(at: TopicPartition, batch: Uint8Array, recordCount: number): Promise<Offset>;

  /**
   * The sequence number that the next batch for the partition must carry; advances by `recordCount`, wrapping. With 0 it
   * only tells it: batches may also be numbered elsewhere, from there on.
   */
  nextSequence(at: TopicPartition, recordCount: number): number;

  /** Adds group offsets to the transaction. With a generation, a stale member is refused (KIP-447). */
  commitOffsets(group: string | GroupGeneration, offsets: readonly (TopicPartition & CommittedOffset)[]): Promise<void>;

  /**
   * Waits for everything produced, then commits. After any error the transaction can only be aborted; after
   * KAFKA_UNAVAILABLE it is not known whether it was committed: what is committed must be read before going on.
   */
  commit(): Promise<void>;

  /**
   * Aborts, also after a failure. When batches were lost on the way the producer gets a new epoch and its sequence
   * numbers begin anew: batches that were stamped ahead must be stamped again.
   */
  abort(): Promise<void>;

  /** Aborts what is open, and gives the connections back. */
  close(): Promise<void>;
}
