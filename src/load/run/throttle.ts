import { assert } from '../../core/assert.ts';
import type { Clock } from '../../core/runtime/clock.ts';

/** Time that was not used may be made up for, but no more than this. */
const CREDIT_MAX_MS = 1000;

/** Keeps something countable below a rate: who has taken too much waits. */
export class Throttle {
  readonly #perSecondMax: number;
  readonly #clock: Clock;
  #freeAtMs: number;

  constructor(perSecondMax: number, clock: Clock) {
    assert(perSecondMax > 0, 'a rate is above 0');
    this.#perSecondMax = perSecondMax;
    this.#clock = clock;
    this.#freeAtMs = clock.monotonicMs();
  }

  /** How long the next `take` is going to wait. */
  waitMs(): number {
    return Math.max(0, this.#freeAtMs - this.#clock.monotonicMs());
  }

  /** Resolves when what was taken before is paid for. Rejects when the signal aborts. */
  async take(count: number, signal: AbortSignal): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    this.#freeAtMs = Math.max(this.#freeAtMs, nowMs - CREDIT_MAX_MS);
    const waitMs = this.#freeAtMs - nowMs;
    this.#freeAtMs += (count * 1000) / this.#perSecondMax;
    if (waitMs > 0) await this.#clock.sleep(waitMs, signal);
  }
}
