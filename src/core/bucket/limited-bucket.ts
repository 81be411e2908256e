import { assert } from '../assert.ts';
import type { Bucket } from './bucket.ts';
import { layeredBucket } from './layered-bucket.ts';

/**
 * Lets at most `concurrencyMax` calls reach the bucket at once; the others wait in the order they came. Of a listing each step is a
 * call, so that a slow reader holds no place. The queue is as long as its callers make it: they wait for it.
 */
export function limitedBucket(inner: Bucket, concurrencyMax: number): Bucket {
  assert(Number.isInteger(concurrencyMax) && concurrencyMax >= 1, 'at least one call at once');
  const places = new Places(concurrencyMax);
  return layeredBucket(inner, {
    call: (_operation, run) => places.hold(run),
    async *iterate(_operation, open) {
      const iterator = open(undefined)[Symbol.asyncIterator]();
      try {
        for (;;) {
          const step = await places.hold(() => iterator.next());
          if (step.done === true) return;
          yield step.value;
        }
      } finally {
        await iterator.return?.();
      }
    },
  });
}

/** A fair semaphore. */
class Places {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  async hold<T>(run: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await run();
    } finally {
      // A place that is given up goes straight to the first who waits: nobody can step in between.
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }
}
