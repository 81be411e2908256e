import { AppError } from '../../core/errors.ts';
import type { Clock } from '../../core/runtime/clock.ts';

const POLL_MS = 250;

/** What is waited for. */
export interface WaitOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** In words that follow "in time": `the Storer is not ready`. Asked when it is too late. */
  readonly late: () => string;
  readonly hint?: string | undefined;
}

/**
 * Asks again and again until there is an answer.
 * @throws DEPLOY_TIMEOUT
 */
export async function waitUntil<T>(probe: () => Promise<T | undefined>, options: WaitOptions): Promise<T> {
  const { clock, signal, timeoutMs, late, hint } = options;
  const deadlineMs = clock.monotonicMs() + timeoutMs;
  for (;;) {
    signal.throwIfAborted();
    const answer = await probe();
    if (answer !== undefined) return answer;
    if (clock.monotonicMs() >= deadlineMs) throw new AppError('DEPLOY_TIMEOUT', late(), { hint });
    await clock.sleep(POLL_MS, signal);
  }
}
