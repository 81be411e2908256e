import { setTimeout as sleep } from 'node:timers/promises';
import { assert } from '../assert.ts';
import { AppError } from '../errors.ts';
import type { Bucket } from './bucket.ts';
import { layeredBucket, type BucketOperation } from './layered-bucket.ts';

/** One repetition, told before the wait. */
export interface BucketRetry {
  readonly operation: BucketOperation;
  /** 1 for the first repetition. */
  readonly retry: number;
  readonly delayMs: number;
  readonly error: AppError;
}

/** How often and how long calls are repeated. */
export interface RetryOptions {
  /** Attempts of one call, the first included. Default 8. */
  readonly attemptsMax?: number;
  /** No attempt begins later than this after the first. Default 120,000. */
  readonly elapsedMaxMs?: number;
  /** The wait before the first repetition; it doubles each time. Default 200. */
  readonly delayMinMs?: number;
  /** The longest wait. Default 15,000. */
  readonly delayMaxMs?: number;
  readonly onRetry?: (retry: BucketRetry) => void;
  /** In [0, 1): half of each wait is drawn by lot, so that many clients do not come back together. */
  readonly random?: () => number;
  readonly sleep?: (delayMs: number) => Promise<unknown>;
  /** A clock in milliseconds that never goes back. */
  readonly nowMs?: () => number;
}

type Settings = Required<RetryOptions>;

const DEFAULTS: Settings = {
  attemptsMax: 8,
  elapsedMaxMs: 120_000,
  delayMinMs: 200,
  delayMaxMs: 15_000,
  onRetry: () => undefined,
  random: Math.random,
  sleep,
  nowMs: () => performance.now(),
};

/**
 * Repeats calls that failed with a retryable error, which the contract allows: every call is idempotent. A put whose answer was lost
 * may so be answered `exists` by its own first attempt. A listing goes on after its last entry, and each entry renews its attempts.
 * When attempts or time are used up, the last error is thrown.
 */
export function retryingBucket(inner: Bucket, options: RetryOptions = {}): Bucket {
  const settings: Settings = { ...DEFAULTS, ...options };
  assert(settings.attemptsMax >= 1 && settings.elapsedMaxMs >= 0, 'attempts and time are bounded');
  assert(
    settings.delayMinMs >= 0 && settings.delayMinMs <= settings.delayMaxMs,
    'the shortest wait is not longer than the longest',
  );
  return layeredBucket(inner, {
    async call(operation, run) {
      const retries = new Retries(operation, settings);
      for (;;) {
        try {
          return await run();
        } catch (error) {
          await retries.waitAfter(error);
        }
      }
    },
    async *iterate(operation, open) {
      let retries = new Retries(operation, settings);
      let after: Parameters<typeof open>[0];
      for (;;) {
        try {
          for await (const entry of open(after)) {
            yield entry;
            after = entry;
            retries = new Retries(operation, settings);
          }
          return;
        } catch (error) {
          await retries.waitAfter(error);
        }
      }
    },
  });
}

/** The repetitions of one call. */
class Retries {
  readonly #operation: BucketOperation;
  readonly #settings: Settings;
  readonly #startedAtMs: number;
  #count = 0;

  constructor(operation: BucketOperation, settings: Settings) {
    this.#operation = operation;
    this.#settings = settings;
    this.#startedAtMs = settings.nowMs();
  }

  /** Returns when it is time for the next attempt; throws the error when there shall be none. */
  async waitAfter(error: unknown): Promise<void> {
    const { attemptsMax, elapsedMaxMs, delayMinMs, delayMaxMs, onRetry, random, sleep: wait, nowMs } = this.#settings;
    if (!(error instanceof AppError) || !error.retryable) throw error;
    const delayMs = Math.min(delayMaxMs, delayMinMs * 2 ** this.#count) * (0.5 + random() / 2);
    this.#count++;
    if (this.#count >= attemptsMax || nowMs() + delayMs - this.#startedAtMs > elapsedMaxMs) throw error;
    onRetry({ operation: this.#operation, retry: this.#count, delayMs, error });
    await wait(delayMs);
  }
}
