import { assert } from '../assert.ts';
import { isAppError } from '../errors.ts';
import type { Clock } from './clock.ts';

/** Exponential backoff with bounds on the delay, the number of attempts and the whole. */
export interface BackoffPolicy {
  /** Delay after the first failure, before jitter. */
  readonly initialMs: number;
  /** Each delay is the one before times this; 2 when absent. */
  readonly factor?: number | undefined;
  /** No delay is longer. */
  readonly delayMaxMs: number;
  /** Calls of the operation in all, 1 or more. */
  readonly attemptsMax: number;
  /** No new attempt starts later than this after the first one. */
  readonly totalMaxMs?: number | undefined;
}

/** What a retry needs from outside. */
export interface RetryContext {
  readonly clock: Clock;
  /** Gives a number in 0..1 (1 excluded); `Math.random` when absent. */
  readonly random?: (() => number) | undefined;
  /** Ends the waiting; the retry then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Decides what is worth another attempt; when absent, errors that call themselves retryable. */
  readonly isRetryable?: ((error: unknown) => boolean) | undefined;
  /** Called before each wait, so that retries can be counted and logged: nothing is retried silently. */
  readonly onRetry?: ((retry: RetryNotice) => void) | undefined;
}

/** A failed attempt that will be followed by another. */
export interface RetryNotice {
  readonly error: unknown;
  /** 1 after the first failure. */
  readonly attempt: number;
  readonly delayMs: number;
}

/**
 * The delay after failure number `attempt` (1 is the first), in milliseconds: half of it fixed, half random, so that
 * many clients that failed together do not come back together and none comes back at once.
 */
export function backoffDelayMs(policy: BackoffPolicy, attempt: number, random: () => number): number {
  assert(attempt >= 1, 'attempts are counted from 1');
  const full = Math.min(policy.delayMaxMs, policy.initialMs * (policy.factor ?? 2) ** (attempt - 1));
  return full / 2 + (full / 2) * random();
}

/**
 * Calls the operation until it succeeds, within the policy's bounds. Rejects with the operation's last error, or at
 * once with an error that is not retryable.
 */
export async function retry<T>(
  operation: (attempt: number) => Promise<T>,
  policy: BackoffPolicy,
  context: RetryContext,
): Promise<T> {
  assertPolicy(policy);
  const { clock, signal } = context;
  const random = context.random ?? Math.random;
  const isRetryable = context.isRetryable ?? isRetryableError;
  const startedMs = clock.monotonicMs();
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    try {
      return await operation(attempt);
    } catch (error) {
      if (attempt >= policy.attemptsMax || !isRetryable(error)) throw error;
      const delayMs = backoffDelayMs(policy, attempt, random);
      const elapsedMs = clock.monotonicMs() - startedMs;
      if (policy.totalMaxMs !== undefined && elapsedMs + delayMs > policy.totalMaxMs) throw error;
      context.onRetry?.({ error, attempt, delayMs });
      await clock.sleep(delayMs, signal);
    }
  }
}

/** True for an operating error that may pass without anybody changing anything. */
export function isRetryableError(error: unknown): boolean {
  return isAppError(error) && error.retryable;
}

function assertPolicy(policy: BackoffPolicy): void {
  assert(policy.initialMs >= 0, 'initialMs is 0 or more');
  assert(policy.delayMaxMs >= policy.initialMs, 'delayMaxMs is at least initialMs');
  assert((policy.factor ?? 2) >= 1, 'factor is 1 or more');
  assert(Number.isInteger(policy.attemptsMax) && policy.attemptsMax >= 1, 'attemptsMax is a whole number above 0');
  assert(policy.totalMaxMs === undefined || policy.totalMaxMs >= 0, 'totalMaxMs is 0 or more');
}
