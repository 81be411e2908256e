import { assert } from '../assert.ts';
import type { Clock } from './clock.ts';

interface Sleeper {
  readonly wakesAtMs: number;
  readonly wake: () => void;
}

/** A clock that stands still until `advance` is called: for tests and simulations. */
export class ManualClock implements Clock {
  #elapsedMs = 0;
  readonly #startMs: number;
  readonly #sleepers = new Set<Sleeper>();

  constructor(startMs = 0) {
    this.#startMs = startMs;
  }

  nowMs(): number {
    return this.#startMs + this.#elapsedMs;
  }

  monotonicMs(): number {
    return this.#elapsedMs;
  }

  /** How many calls of `sleep` are waiting. */
  get sleeperCount(): number {
    return this.#sleepers.size;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    if (signal?.aborted === true) {
      reject(signal.reason);
      return promise;
    }
    const abort = (): void => {
      this.#sleepers.delete(sleeper);
      reject(signal?.reason);
    };
    const wake = (): void => {
      signal?.removeEventListener('abort', abort);
      resolve();
    };
    const sleeper: Sleeper = { wakesAtMs: this.#elapsedMs + ms, wake };
    signal?.addEventListener('abort', abort, { once: true });
    this.#sleepers.add(sleeper);
    return promise;
  }

  /** Moves time on, waking sleepers in order of time, each before what follows it in time is woken. */
  async advance(ms: number): Promise<void> {
    assert(ms >= 0, 'time does not go back');
    const endMs = this.#elapsedMs + ms;
    await settle();
    for (;;) {
      const next = this.#earliest();
      if (next === undefined || next.wakesAtMs > endMs) break;
      this.#elapsedMs = Math.max(this.#elapsedMs, next.wakesAtMs);
      this.#sleepers.delete(next);
      next.wake();
      await settle();
    }
    this.#elapsedMs = endMs;
  }

  #earliest(): Sleeper | undefined {
    let earliest: Sleeper | undefined;
    for (const sleeper of this.#sleepers) {
      if (earliest === undefined || sleeper.wakesAtMs < earliest.wakesAtMs) earliest = sleeper;
    }
    return earliest;
  }
}

/** Lets everything run that is ready to run, so that it can go to sleep again. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
