import type { API as LibraryApi } from '@platformatic/kafka';
import { must } from '../assert.ts';
import { AppError } from '../errors.ts';
import { type TopicPartition, partitionName } from '../record/topic-partition.ts';
import { isRetryableError, retry } from '../runtime/backoff.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import { API } from './api-versions.ts';
import type { BrokerAddress, BrokerConnection } from './broker-connection.ts';
import { BrokerConnections } from './broker-connections.ts';
import type { KafkaConnectionOptions } from './connection-options.ts';
import { KAFKA, isStaleCoordinator, kafkaError } from './kafka-errors.ts';
import { type ClusterMetadata, type PartitionLeader, type TopicMetadata, readMetadata } from './topic-metadata.ts';

/** What a coordinator is responsible for. Source: FindCoordinator, key_type. */
export type CoordinatorKind = 'group' | 'transaction';

/** A partition's leader, and the topic id to ask it by. */
export interface LeaderOf extends PartitionLeader {
  readonly topicId: string;
}

/** Lane of everything that is quick and not on one of the other lanes. */
export const CONTROL_LANE = 'control';

/**
 * The cluster as this client knows it: which broker leads which partition, which coordinates which group or
 * transaction. Known until a broker says otherwise (`forget...`).
 */
export class Cluster {
  readonly options: KafkaConnectionOptions;
  readonly clock: Clock;
  readonly #connections: BrokerConnections;
  readonly #closing = new AbortController();
  readonly #topics = new Map<string, TopicMetadata>();
  readonly #coordinators = new Map<string, BrokerAddress>();
  #brokers: ReadonlyMap<number, BrokerAddress> = new Map();
  /** Topics whose metadata is being asked for, so that many partitions that lost their leader ask once. */
  readonly #refreshing = new Map<string, Promise<ClusterMetadata>>();

  constructor(options: KafkaConnectionOptions, clock: Clock = systemClock) {
    this.options = options;
    this.clock = clock;
    this.#connections = new BrokerConnections(options);
  }

  /** Aborts when the client is closed: whoever waits stops waiting. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** How long a broker may work on a request before it says so itself, milliseconds. */
  get brokerTimeoutMs(): number {
    return Math.ceil(this.options.requestTimeoutMs / 2);
  }

  /** Takes memory of large responses back, for later ones. */
  recycle(memory: ArrayBufferLike): void {
    this.#connections.memory.give(memory);
  }

  /** Closes the connections of one lane. */
  closeLane(lane: string): Promise<void> {
    return this.#connections.closeLane(lane);
  }

  /** Ends all waiting and closes every connection. */
  async close(): Promise<void> {
    this.#closing.abort(new AppError('KAFKA_REQUEST_FAILED', 'The Kafka client is closed'));
    await this.#connections.close();
  }

  /**
   * Repeats an operation that failed in passing, for up to twice the request timeout: long enough for a broker to
   * restart. Then the last error stands.
   */
  retrying<T>(operation: (attempt: number) => Promise<T>, initialMs = 20): Promise<T> {
    const totalMaxMs = 2 * this.options.requestTimeoutMs;
    const policy = { initialMs, delayMaxMs: 1000, attemptsMax: 10_000, totalMaxMs };
    return retry(operation, policy, { clock: this.clock, signal: this.closing });
  }

  /** One exchange with a broker, by address. No retries. */
  async send<A extends unknown[], R>(
    lane: string,
    address: BrokerAddress,
    api: LibraryApi<A, R>,
    args: A,
    timeoutMs: number = this.options.requestTimeoutMs,
  ): Promise<R> {
    const connection = await this.#connections.get(lane, address);
    return connection.exchange(api, args, timeoutMs);
  }

  /** One exchange with a broker, by node id. No retries. `waitMs` is how long the request lets the broker wait. */
  async sendTo<A extends unknown[], R>(
    lane: string,
    nodeId: number,
    api: LibraryApi<A, R>,
    args: A,
    waitMs = 0,
  ): Promise<R> {
    return this.send(lane, this.#addressOf(nodeId), api, args, this.options.requestTimeoutMs + waitMs);
  }

  /** The lane's connection to a broker, for whoever must know in which order requests are written. */
  async connectionTo(lane: string, nodeId: number): Promise<BrokerConnection> {
    return this.#connections.get(lane, this.#addressOf(nodeId));
  }

  /** One exchange with whichever broker can be reached, the bootstrap servers first. No retries beyond that. */
  async sendToAny<A extends unknown[], R>(api: LibraryApi<A, R>, args: A): Promise<R> {
    const errors: AppError[] = [];
    for (const address of this.#addresses()) {
      try {
        return await this.send(CONTROL_LANE, address, api, args);
      } catch (error) {
        if (!(error instanceof AppError) || !error.retryable) throw error;
        errors.push(error);
      }
    }
    throw noneReachable(errors);
  }

  /** Node ids of all brokers, as last heard. */
  get brokerIds(): number[] {
    return [...this.#brokers.keys()];
  }

  /** Describes topics, all when null, by asking a broker now, and remembers the answer. No retries. */
  async metadata(topics: readonly string[] | null, nodeId?: number): Promise<ClusterMetadata> {
    const args: Parameters<typeof API.metadata.async> extends [unknown, ...infer A] ? A : never = [
      topics === null ? null : [...topics],
      false,
      false,
    ];
    const response =
      nodeId === undefined
        ? await this.sendToAny(API.metadata, args)
        : await this.sendTo(CONTROL_LANE, nodeId, API.metadata, args);
    const metadata = readMetadata(response);
    if (metadata.brokers.size > 0) this.#brokers = metadata.brokers;
    for (const topic of metadata.topics) this.#topics.set(topic.name, topic);
    for (const name of metadata.failures.keys()) this.#topics.delete(name);
    return metadata;
  }

  /** Asks, in one request, for those topics that nothing is known of. */
  async prefetch(names: Iterable<string>): Promise<void> {
    const unknown = new Set<string>();
    for (const name of names) if (!this.#topics.has(name)) unknown.add(name);
    if (unknown.size > 0) await this.metadata([...unknown]);
  }

  /** The topic as last heard; asks when there is nothing. @throws KAFKA_TOPIC_MISSING, KAFKA_UNAVAILABLE, ... */
  async topic(name: string): Promise<TopicMetadata> {
    const known = this.#topics.get(name);
    if (known !== undefined) return known;
    const refresh = this.#refreshing.get(name) ?? this.#refresh(name);
    const failure = (await refresh).failures.get(name);
    if (failure !== undefined) throw kafkaError(failure, 'Describing topic', name);
    return must((await refresh).topics[0], 'a topic is described or refused');
  }

  /** @throws KAFKA_TOPIC_MISSING, also for a partition the topic lacks; KAFKA_UNAVAILABLE while there is no leader */
  async leader(at: TopicPartition): Promise<LeaderOf> {
    let topic = await this.topic(at.topic);
    if (topic.leaders[at.partition] === undefined) {
      // Partitions may have been added since we last heard.
      this.forgetTopic(at.topic);
      topic = await this.topic(at.topic);
    }
    const leader = topic.leaders[at.partition];
    if (leader === undefined) {
      throw new AppError(
        'KAFKA_TOPIC_MISSING',
        `Topic ${at.topic} has ${topic.leaders.length} partitions, so no ${at.partition}`,
        {
          subject: partitionName(at),
          hint: 'Check the partition number, and that the topic was not created anew with fewer partitions.',
        },
      );
    }
    if (leader.nodeId < 0 || !this.#brokers.has(leader.nodeId)) {
      this.forgetTopic(at.topic);
      throw kafkaError(KAFKA.LEADER_NOT_AVAILABLE, 'Finding the leader of', partitionName(at));
    }
    return { ...leader, topicId: topic.id };
  }

  /** Runs an exchange with a partition's leader; once more with fresh metadata, for a bounded time, when it fails in passing. */
  withLeader<T>(at: TopicPartition, exchange: (leader: LeaderOf) => Promise<T>): Promise<T> {
    return this.retrying(async () => {
      const leader = await this.leader(at);
      try {
        return await exchange(leader);
      } catch (error) {
        if (isRetryableError(error)) this.forgetTopic(at.topic);
        throw error;
      }
    });
  }

  /** The next question about the topic goes to a broker. */
  forgetTopic(name: string): void {
    this.#topics.delete(name);
  }

  /**
   * One exchange with the coordinator of a group or transaction. No retries, but what the answer (by `errorCodeOf`)
   * says about the coordinator having moved is heeded.
   */
  async sendToCoordinator<A extends unknown[], R>(
    kind: CoordinatorKind,
    key: string,
    api: LibraryApi<A, R>,
    args: A,
    errorCodeOf: (response: R) => number,
    way: { readonly lane?: string; readonly timeoutMs?: number } = {},
  ): Promise<R> {
    const address = await this.#coordinator(kind, key);
    const forget = (): boolean => this.#coordinators.delete(`${kind}:${key}`);
    try {
      const response = await this.send(way.lane ?? kind, address, api, args, way.timeoutMs);
      if (isStaleCoordinator(errorCodeOf(response))) forget();
      return response;
    } catch (error) {
      forget();
      throw error;
    }
  }

  async #coordinator(kind: CoordinatorKind, key: string): Promise<BrokerAddress> {
    const known = this.#coordinators.get(`${kind}:${key}`);
    if (known !== undefined) return known;
    const response = await this.sendToAny(API.findCoordinator, [kind === 'group' ? 0 : 1, [key]]);
    const found = must(response.coordinators[0], 'one key, one coordinator');
    if (found.errorCode !== KAFKA.NONE) {
      throw kafkaError(found.errorCode, `Finding the coordinator of ${kind}`, key, found.errorMessage);
    }
    const address = { host: found.host, port: found.port };
    this.#coordinators.set(`${kind}:${key}`, address);
    return address;
  }

  #refresh(name: string): Promise<ClusterMetadata> {
    const refresh = this.metadata([name]).finally(() => this.#refreshing.delete(name));
    this.#refreshing.set(name, refresh);
    return refresh;
  }

  #addressOf(nodeId: number): BrokerAddress {
    const address = this.#brokers.get(nodeId);
    if (address === undefined) throw unknownBroker(nodeId);
    return address;
  }

  #addresses(): BrokerAddress[] {
    const all = [...this.#brokers.values(), ...this.options.bootstrapServers.map(parseAddress)];
    return [...new Map(all.map((address) => [`${address.host}:${address.port}`, address])).values()];
  }
}

function parseAddress(server: string): BrokerAddress {
  const parsed = /^\[?(?<host>[^\]]+?)\]?:(?<port>\d{1,5})$/.exec(server)?.groups;
  const port = Number(parsed?.['port']);
  if (parsed?.['host'] === undefined || !(port >= 1 && port <= 65_535)) {
    throw new AppError('CONFIG_INVALID', `"${server}" is not the address of a Kafka broker`, {
      subject: server,
      hint: 'Write it as host:port.',
    });
  }
  return { host: parsed['host'], port };
}

function unknownBroker(nodeId: number): AppError {
  return new AppError('KAFKA_UNAVAILABLE', `Broker ${nodeId} is not among the brokers of the cluster at the moment`, {
    subject: String(nodeId),
    hint: 'It is down or restarting; the operation can be repeated.',
  });
}

function noneReachable(errors: readonly AppError[]): AppError {
  const [first] = errors;
  if (first !== undefined && errors.every((error) => error.message === first.message)) return first;
  const message = `No Kafka broker can be reached: ${errors.map((error) => error.message).join('; ')}`;
  return new AppError('KAFKA_UNAVAILABLE', message, {
    subject: errors.map((error) => error.subject).join(', '),
    hint: first?.hint,
    cause: first,
  });
}
