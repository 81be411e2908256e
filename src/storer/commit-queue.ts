import { type AppError, isAppError } from '../core/errors.ts';
import type { GroupGeneration } from '../core/kafka/kafka-client.ts';
import { type BackoffPolicy, backoffDelayMs } from '../core/runtime/backoff.ts';
import type { TopicPartition } from '../core/record/topic-partition.ts';
import type { Clock } from '../core/runtime/clock.ts';
import type { CommitTransaction, CommitItem } from './commit-transaction.ts';

/** What the queue tells its owner. */
export interface CommitListener {
  /** The items are announced, forwarded and committed. */
  committed(items: readonly CommitItem[]): void;
  /** A passing error: it is tried again after `delayMs`. */
  retrying(error: unknown, attempt: number, delayMs: number): void;
}

/** What a queue works with. */
export interface CommitQueueOptions {
  readonly transaction: Pick<CommitTransaction, 'run'>;
  /** In which the partitions of all items are ours. */
  readonly generation: GroupGeneration;
  readonly listener: CommitListener;
  readonly clock: Clock;
  readonly backoff: BackoffPolicy;
  /** Whether items are in the making. When the last one is made, say so with `hurry`. */
  readonly moreToCome: () => boolean;
}

interface Waiting {
  readonly item: CommitItem;
  readonly done: PromiseWithResolvers<void>;
}

/** One transaction holds at most this many segments, so that it ends long before its timeout. */
const ITEMS_PER_TRANSACTION_MAX = 64;
const ATTEMPTS_COUNTED_MAX = 16;
/**
 * While more is in the making, transactions begin so far apart at least. Each is a dozen writes in the brokers' logs,
 * whatever it holds: one after the other, they take from the fetches what a tenth of the segments do.
 */
const TRANSACTION_EVERY_MS = 100;

/**
 * The only place that commits, while one generation of the group lasts: items in the order they come, one transaction at
 * a time. A partition's items are committed in order or not at all (I5).
 *
 * After a failure the next transaction holds half as much. So one that was too much for its timeout gets through at
 * last, and an item that cannot be committed (its post-ingestion topic is gone) is found: it is refused with what waits
 * of its partition, and the others go on. When the generation is over everything that waits is refused.
 */
export class CommitQueue {
  readonly #transaction: Pick<CommitTransaction, 'run'>;
  readonly #generation: GroupGeneration;
  readonly #listener: CommitListener;
  readonly #clock: Clock;
  readonly #backoff: BackoffPolicy;
  readonly #moreToCome: () => boolean;
  readonly #waiting: Waiting[] = [];
  readonly #cancel = new AbortController();
  #working: Promise<void> | undefined;
  #begunMs = Number.NEGATIVE_INFINITY;
  /** Doubled by success, halved by failure. */
  #itemsMax = ITEMS_PER_TRANSACTION_MAX;
  /** Passing failures since the last success. */
  #failures = 0;
  /** Aborted to end the gathering. */
  #gathering: AbortController | undefined;

  constructor(options: CommitQueueOptions) {
    this.#transaction = options.transaction;
    this.#generation = options.generation;
    this.#listener = options.listener;
    this.#clock = options.clock;
    this.#backoff = options.backoff;
    this.#moreToCome = options.moreToCome;
  }

  /** So many wait that whoever adds another one should wait for it. */
  get isLong(): boolean {
    return this.#waiting.length >= 2 * ITEMS_PER_TRANSACTION_MAX;
  }

  /** Resolves when the item is committed; rejects with KAFKA_FENCED when the partition is not ours any more, and with what stands in the way. */
  add(item: CommitItem): Promise<void> {
    const done = Promise.withResolvers<void>();
    this.#waiting.push({ item, done });
    if (!this.#mayGather()) this.hurry();
    this.#working ??= this.#work();
    return done.promise;
  }

  /** Commits what waits now. */
  hurry(): void {
    this.#gathering?.abort();
  }

  /** Resolves when nothing waits any more, whatever became of it. Nothing may be in the making. */
  async settled(): Promise<void> {
    this.hurry();
    while (this.#working !== undefined) await this.#working;
  }

  /** Refuses what waits; a transaction under way is finished or aborted. */
  cancel(reason: unknown): void {
    this.#cancel.abort(reason);
    this.hurry();
  }

  async #work(): Promise<void> {
    while (this.#waiting.length > 0) {
      await this.#gather();
      this.#begunMs = this.#clock.monotonicMs();
      try {
        const committed = await this.#commitNext();
        this.#waiting.splice(0, committed.length);
        for (const { done } of committed) done.resolve();
      } catch (error) {
        for (const { done } of this.#waiting.splice(0)) done.reject(error);
      }
    }
    this.#working = undefined;
  }

  /** One transaction: gives what it committed. @throws what ends the effort: the partitions are not ours any more, or a bug. */
  async #commitNext(): Promise<readonly Waiting[]> {
    this.#cancel.signal.throwIfAborted();
    const taken = this.#waiting.slice(0, this.#itemsMax);
    const items = taken.map(({ item }) => item);
    try {
      await this.#transaction.run(items, this.#generation);
    } catch (error) {
      await this.#failed(taken, error);
      return [];
    }
    this.#failures = 0;
    this.#itemsMax = Math.min(ITEMS_PER_TRANSACTION_MAX, 2 * this.#itemsMax);
    this.#listener.committed(items);
    return taken;
  }

  async #failed(taken: readonly Waiting[], error: unknown): Promise<void> {
    if (!isAppError(error) || error.code === 'KAFKA_FENCED') throw error;
    if (!error.retryable && taken.length === 1) return this.#refuse(taken[0]?.item.at, error);
    this.#itemsMax = Math.max(1, Math.floor(taken.length / 2));
    if (error.retryable) this.#failures = Math.min(this.#failures + 1, ATTEMPTS_COUNTED_MAX);
    const delayMs = error.retryable ? backoffDelayMs(this.#backoff, this.#failures, Math.random) : 0;
    this.#listener.retrying(error, this.#failures, delayMs);
    await this.#clock.sleep(delayMs, this.#cancel.signal);
  }

  /** Nothing later of the partition may be committed either: it would pass over what is refused. */
  #refuse(at: TopicPartition | undefined, error: AppError): void {
    const isOf = ({ item }: Waiting): boolean => item.at.topic === at?.topic && item.at.partition === at.partition;
    const [refused, others] = [this.#waiting.filter(isOf), this.#waiting.filter((waiting) => !isOf(waiting))];
    this.#waiting.splice(0, this.#waiting.length, ...others);
    for (const { done } of refused) done.reject(error);
  }

  /** Waits for more to commit with what waits already, for a moment and only where somebody makes it. */
  async #gather(): Promise<void> {
    const restMs = this.#begunMs + TRANSACTION_EVERY_MS - this.#clock.monotonicMs();
    if (restMs <= 0 || !this.#mayGather()) return;
    this.#gathering = new AbortController();
    await this.#clock.sleep(restMs, this.#gathering.signal).catch(() => undefined);
    this.#gathering = undefined;
  }

  /** A segment to be forwarded is kept in memory until it is committed, and the next one waits for it. */
  #mayGather(): boolean {
    if (this.#cancel.signal.aborted || this.#waiting.length >= ITEMS_PER_TRANSACTION_MAX) return false;
    if (this.#waiting.some(({ item }) => (item.segment?.forwardTo.length ?? 0) > 0)) return false;
    return this.#moreToCome();
  }
}
