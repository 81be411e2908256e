import { assert } from '../assert.ts';
import { AppError } from '../errors.ts';
import { type Offset, partitionName, type TopicPartition } from '../record/topic-partition.ts';
import { backoffDelayMs } from '../runtime/backoff.ts';
import { API } from './api-versions.ts';
import type { BrokerConnection } from './broker-connection.ts';
import type { Cluster } from './cluster.ts';
import { KAFKA, isStaleMetadata, kafkaError, movedError, translateError } from './kafka-errors.ts';
import type { ProduceResult } from './raw-produce.ts';

interface QueuedBatch {
  readonly batch: Uint8Array;
  readonly order: number;
  readonly resolve: (offset: Offset) => void;
  readonly reject: (error: unknown) => void;
}

/** Batches of one partition. Those in flight all go to one broker; after a failure they are sent again in order. */
interface PartitionQueue {
  readonly at: TopicPartition;
  readonly waiting: QueuedBatch[];
  readonly inFlight: Set<QueuedBatch>;
  /** Failed in passing; sent again, first, when nothing is in flight any more. */
  failed: QueuedBatch[];
  attempts: number;
  /** When the first failure since the last success was. */
  failingSinceMs: number;
  /**
   * False until the broker took a batch, and again after a failure: until then one batch is in flight, no more. A broker
   * that knows nothing of the producer yet takes any sequence number, so a second batch could get in before the first.
   */
  isProven: boolean;
  /** Waiting before the next attempt, or finding the leader. */
  isHeld: boolean;
  nodeId: number | undefined;
}

/** The way to one broker. Requests are written in order on one connection; another is opened only when none is in flight. */
interface BrokerLane {
  connection: BrokerConnection | undefined;
  isOpening: boolean;
  requestsInFlight: number;
}

/** As many as the broker remembers per producer and partition, to recognise a batch that it has already. */
const REQUESTS_PER_BROKER_MAX = 5;
/** A request is sent on when it holds this much; one batch may be larger. */
const REQUEST_BYTES_MAX = 4 * 1024 * 1024;
/** What callers may have given us and not yet got an answer for: more is a caller without back-pressure. */
const QUEUED_BYTES_MAX = 512 * 1024 * 1024;
const RESEND_DELAY = { initialMs: 20, delayMaxMs: 1000, attemptsMax: 1 };

/**
 * Sends ready batches to the leaders of their partitions: in the order of the calls for each partition, up to five
 * requests in flight per broker, batches of several partitions in one request when they wait together. A passing
 * failure (leader moved, connection lost) is repaired by sending again, in order, with the same sequence numbers, so
 * that the broker can tell what it has already.
 */
export class ProduceQueue {
  readonly #cluster: Cluster;
  readonly #transactionalId: string;
  /** Of its own, so that a slow partition of another producer holds nothing up here. */
  readonly #lane: string;
  readonly #partitions = new Map<string, PartitionQueue>();
  readonly #lanes = new Map<number, BrokerLane>();
  #order = 0;
  #queuedBytes = 0;
  #isPumping = false;
  #isCancelled = false;

  constructor(cluster: Cluster, transactionalId: string) {
    this.#cluster = cluster;
    this.#transactionalId = transactionalId;
    this.#lane = `produce:${transactionalId}`;
  }

  /** Closes its connections. */
  close(): Promise<void> {
    return this.#cluster.closeLane(this.#lane);
  }

  /** Resolves with the offset of the batch's first record; -1 when the broker had the batch already and does not tell. */
  send(at: TopicPartition, batch: Uint8Array): Promise<Offset> {
    const queue = this.#queue(at);
    assert(
      this.#queuedBytes + batch.length <= QUEUED_BYTES_MAX,
      `at most ${QUEUED_BYTES_MAX} bytes wait to be produced`,
    );
    const { promise, resolve, reject } = Promise.withResolvers<Offset>();
    this.#queuedBytes += batch.length;
    queue.waiting.push({ batch, order: this.#order++, resolve, reject });
    this.#pumpSoon();
    return promise;
  }

  /** The producer has a new epoch, of which no broker knows yet. */
  startEpoch(): void {
    for (const queue of this.#partitions.values()) queue.isProven = false;
  }

  /** Gives up what waits; what is in flight is still answered by the broker, and not sent again. Until `resume`. */
  cancel(reason: AppError): void {
    this.#isCancelled = true;
    for (const queue of this.#partitions.values()) {
      for (const entry of [...queue.waiting, ...queue.failed]) this.#finish(entry, () => entry.reject(reason));
      queue.waiting.length = 0;
      queue.failed = [];
    }
  }

  /** After `cancel`: failures are repaired again. */
  resume(): void {
    this.#isCancelled = false;
  }

  #queue(at: TopicPartition): PartitionQueue {
    const name = partitionName(at);
    let queue = this.#partitions.get(name);
    if (queue === undefined) {
      queue = {
        at: { topic: at.topic, partition: at.partition },
        waiting: [],
        inFlight: new Set(),
        failed: [],
        attempts: 0,
        failingSinceMs: 0,
        isProven: false,
        isHeld: false,
        nodeId: undefined,
      };
      this.#partitions.set(name, queue);
    }
    return queue;
  }

  /** After the callers of this turn: what they give together leaves together. */
  #pumpSoon(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    queueMicrotask(() => {
      this.#isPumping = false;
      this.#pump();
    });
  }

  #pump(): void {
    const ready = new Map<number, PartitionQueue[]>();
    for (const queue of this.#partitions.values()) {
      if (queue.isHeld || queue.waiting.length === 0 || queue.failed.length > 0) continue;
      if (queue.nodeId === undefined) {
        void this.#findLeader(queue);
        continue;
      }
      const ofNode = ready.get(queue.nodeId);
      if (ofNode === undefined) ready.set(queue.nodeId, [queue]);
      else ofNode.push(queue);
    }
    for (const [nodeId, queues] of ready) this.#fillRequests(nodeId, queues);
  }

  /** The partition that has waited longest goes first, so that none starves. */
  #fillRequests(nodeId: number, queues: readonly PartitionQueue[]): void {
    const lane = this.#laneTo(nodeId);
    if (lane.connection?.usable !== true) {
      if (lane.requestsInFlight === 0 && !lane.isOpening) void this.#openLane(lane, nodeId, queues);
      return;
    }
    while (lane.requestsInFlight < REQUESTS_PER_BROKER_MAX) {
      const waiting = queues.filter(
        (queue) => queue.waiting.length > 0 && (queue.isProven || queue.inFlight.size === 0),
      );
      if (waiting.length === 0) return;
      waiting.sort((a, b) => (a.waiting[0]?.order ?? 0) - (b.waiting[0]?.order ?? 0));
      const entries: [PartitionQueue, QueuedBatch][] = [];
      let bytes = 0;
      for (const queue of waiting) {
        const [first] = queue.waiting;
        if (first === undefined || (bytes > 0 && bytes + first.batch.length > REQUEST_BYTES_MAX)) continue;
        queue.waiting.shift();
        queue.inFlight.add(first);
        bytes += first.batch.length;
        entries.push([queue, first]);
      }
      lane.requestsInFlight++;
      void this.#request(lane, lane.connection, entries);
    }
  }

  #laneTo(nodeId: number): BrokerLane {
    let lane = this.#lanes.get(nodeId);
    if (lane === undefined) {
      this.#lanes.set(nodeId, (lane = { connection: undefined, isOpening: false, requestsInFlight: 0 }));
    }
    return lane;
  }

  async #openLane(lane: BrokerLane, nodeId: number, queues: readonly PartitionQueue[]): Promise<void> {
    lane.isOpening = true;
    try {
      lane.connection = await this.#cluster.connectionTo(this.#lane, nodeId);
    } catch (error) {
      for (const queue of queues) this.#stalled(queue, translateError(error, 'Producing to', partitionName(queue.at)));
    }
    lane.isOpening = false;
    this.#pump();
  }

  /** Writes at once, before anything else runs: the order of the calls is the order on the wire. */
  async #request(
    lane: BrokerLane,
    connection: BrokerConnection,
    entries: readonly [PartitionQueue, QueuedBatch][],
  ): Promise<void> {
    const { brokerTimeoutMs, options } = this.#cluster;
    const batches = entries.map(([queue, { batch }]) => ({ ...queue.at, batch }));
    const args: [string, number, typeof batches] = [this.#transactionalId, brokerTimeoutMs, batches];
    let outcome: readonly ProduceResult[] | AppError;
    try {
      outcome = await connection.exchange(API.produce, args, options.requestTimeoutMs);
    } catch (error) {
      outcome = translateError(error, 'Producing to', connection.address);
    }
    lane.requestsInFlight--;
    for (const [queue, entry] of entries) {
      queue.inFlight.delete(entry);
      if (outcome instanceof AppError) this.#failed(queue, entry, outcome);
      else this.#answered(queue, entry, outcome);
      this.#resendWhenSettled(queue);
    }
    this.#pump();
  }

  #answered(queue: PartitionQueue, entry: QueuedBatch, results: readonly ProduceResult[]): void {
    const { topic, partition } = queue.at;
    const result = results.find((candidate) => candidate.topic === topic && candidate.partition === partition);
    const name = partitionName(queue.at);
    if (result === undefined) {
      const missing = new AppError('KAFKA_REQUEST_FAILED', `The answer to a produce request lacks ${name}`, {
        subject: name,
      });
      return this.#failed(queue, entry, missing);
    }
    const { errorCode, baseOffset, errorMessage } = result;
    if (errorCode === KAFKA.NONE || errorCode === KAFKA.DUPLICATE_SEQUENCE_NUMBER) {
      queue.attempts = 0;
      queue.isProven = true;
      return this.#finish(entry, () => entry.resolve(baseOffset));
    }
    // A batch that follows a failed one is out of order for that reason alone: both are sent again.
    const followsFailed = errorCode === KAFKA.OUT_OF_ORDER_SEQUENCE_NUMBER && queue.failed.length > 0;
    if (isStaleMetadata(errorCode) || followsFailed) {
      return this.#failed(queue, entry, movedError(errorCode, 'Producing to', name));
    }
    this.#failed(queue, entry, kafkaError(errorCode, 'Producing to', name, errorMessage));
  }

  #failed(queue: PartitionQueue, entry: QueuedBatch, error: AppError): void {
    queue.isProven = false;
    const nowMs = this.#cluster.clock.monotonicMs();
    if (queue.attempts === 0 && queue.failed.length === 0) queue.failingSinceMs = nowMs;
    const isLate = nowMs - queue.failingSinceMs > 2 * this.#cluster.options.requestTimeoutMs;
    if (error.retryable && !isLate && !this.#isCancelled && !this.#cluster.closing.aborted) {
      queue.failed.push(entry);
      return;
    }
    this.#finish(entry, () => entry.reject(error));
    // What comes after it would be out of order: it cannot succeed any more.
    for (const later of [...queue.failed, ...queue.waiting]) this.#finish(later, () => later.reject(error));
    queue.failed = [];
    queue.waiting.length = 0;
  }

  #resendWhenSettled(queue: PartitionQueue): void {
    if (queue.failed.length === 0 || queue.inFlight.size > 0 || queue.isHeld) return;
    queue.waiting.unshift(...queue.failed.sort((a, b) => a.order - b.order));
    queue.failed = [];
    queue.nodeId = undefined;
    queue.attempts++;
    this.#cluster.forgetTopic(queue.at.topic);
    this.#hold(queue, backoffDelayMs(RESEND_DELAY, queue.attempts, Math.random));
  }

  #hold(queue: PartitionQueue, delayMs: number): void {
    queue.isHeld = true;
    const release = (): void => {
      queue.isHeld = false;
      this.#pump();
    };
    this.#cluster.clock.sleep(delayMs, this.#cluster.closing).then(release, release);
  }

  async #findLeader(queue: PartitionQueue): Promise<void> {
    queue.isHeld = true;
    try {
      queue.nodeId = (await this.#cluster.leader(queue.at)).nodeId;
      queue.isHeld = false;
      this.#pumpSoon();
    } catch (error) {
      queue.isHeld = false;
      this.#stalled(queue, translateError(error, 'Finding the leader of', partitionName(queue.at)));
    }
  }

  /** Nothing of the partition could even be sent. */
  #stalled(queue: PartitionQueue, error: AppError): void {
    const first = queue.waiting.shift();
    if (first === undefined) return;
    this.#failed(queue, first, error);
    this.#resendWhenSettled(queue);
  }

  #finish(entry: QueuedBatch, settle: () => void): void {
    this.#queuedBytes -= entry.batch.length;
    settle();
  }
}
