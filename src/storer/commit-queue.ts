import { isAppError } from '../core/errors.ts';
import type { GroupGeneration } from '../core/kafka/kafka-client.ts';
import { type BackoffPolicy, backoffDelayMs } from '../core/runtime/backoff.ts';
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
/**
 * While more is in the making, transactions begin so far apart at least. Each is a dozen writes in the brokers' logs,
 * whatever it holds: one after the other, they take from the fetches what a tenth of the segments do.
 */
const TRANSACTION_EVERY_MS = 100;

/**
 * The only place that commits, while one generation of the group lasts: items in the order they come, one transaction at a time. A partition's items are
 * committed in order or not at all (I5): after an error that cannot be got over everything that waits is refused.
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

  /** Resolves when the item is committed; rejects with KAFKA_FENCED when the partition is not ours any more. */
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
      const taken = this.#waiting.slice(0, ITEMS_PER_TRANSACTION_MAX);
      try {
        await this.#commit(taken.map(({ item }) => item));
        this.#waiting.splice(0, taken.length);
        for (const { done } of taken) done.resolve();
      } catch (error) {
        for (const { done } of this.#waiting.splice(0)) done.reject(error);
      }
    }
    this.#working = undefined;
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

  /** Until it succeeds: what is stored must be announced, and only losing the partition or stopping ends the effort. */
  async #commit(items: readonly CommitItem[]): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      this.#cancel.signal.throwIfAborted();
      try {
        await this.#transaction.run(items, this.#generation);
        this.#listener.committed(items);
        return;
      } catch (error) {
        if (!isAppError(error) || !error.retryable) throw error;
        const delayMs = backoffDelayMs(this.#backoff, Math.min(attempt, 16), Math.random);
        this.#listener.retrying(error, attempt, delayMs);
        await this.#clock.sleep(delayMs, this.#cancel.signal);
      }
    }
  }
}
