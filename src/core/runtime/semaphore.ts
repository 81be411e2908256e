import { assert } from '../assert.ts';

interface Waiter {
  readonly admit: () => void;
}

/** Bounds how many may be inside at once. First come, first served; the number that may wait is bounded too. */
export class Semaphore {
  readonly permits: number;
  readonly #waitersMax: number;
  readonly #waiters = new Set<Waiter>();
  #free: number;

  constructor(options: { readonly permits: number; readonly waitersMax?: number | undefined }) {
    const { permits, waitersMax = 100_000 } = options;
    assert(Number.isInteger(permits) && permits >= 1, 'permits is a whole number above 0');
    assert(Number.isInteger(waitersMax) && waitersMax >= 0, 'waitersMax is a whole number');
    this.permits = permits;
    this.#waitersMax = waitersMax;
    this.#free = permits;
  }

  /** How many are inside. */
  get inUse(): number {
    return this.permits - this.#free;
  }

  /** How many wait to get in. */
  get waiting(): number {
    return this.#waiters.size;
  }

  /**
   * Waits for a permit. Gives a function that returns it; calling that again does nothing.
   * Rejects with the signal's reason when the signal aborts first.
   */
  async acquire(signal?: AbortSignal): Promise<() => void> {
    signal?.throwIfAborted();
    if (this.#free > 0 && this.#waiters.size === 0) this.#free--;
    else await this.#wait(signal);
    let held = true;
    return () => {
      if (held) this.#release();
      held = false;
    };
  }

  /** Runs the work inside, and gives its outcome. */
  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const release = await this.acquire(signal);
    try {
      return await work();
    } finally {
      release();
    }
  }

  #wait(signal: AbortSignal | undefined): Promise<void> {
    assert(this.#waiters.size < this.#waitersMax, `more than ${this.#waitersMax} wait for a semaphore`);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const abort = (): void => {
      this.#waiters.delete(waiter);
      reject(signal?.reason);
    };
    const waiter: Waiter = {
      admit: () => {
        signal?.removeEventListener('abort', abort);
        resolve();
      },
    };
    signal?.addEventListener('abort', abort, { once: true });
    this.#waiters.add(waiter);
    return promise;
  }

  /** The permit goes straight to whoever has waited longest, so that nobody can overtake. */
  #release(): void {
    for (const waiter of this.#waiters) {
      this.#waiters.delete(waiter);
      waiter.admit();
      return;
    }
    this.#free++;
  }
}
