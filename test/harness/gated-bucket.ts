import type { Bucket } from '../../src/core/bucket/bucket.ts';

/** A bucket whose `get` is another one. */
export function withGet(bucket: Bucket, get: Bucket['get']): Bucket {
  return {
    url: bucket.url,
    put: (key, body, options) => bucket.put(key, body, options),
    get,
    head: (key) => bucket.head(key),
    list: (prefix, options) => bucket.list(prefix, options),
    folders: (prefix) => bucket.folders(prefix),
    delete: (key) => bucket.delete(key),
  };
}

/** A bucket whose `put` is another one. */
export function withPut(bucket: Bucket, put: Bucket['put']): Bucket {
  return { ...withGet(bucket, (key, range) => bucket.get(key, range)), put };
}

/** Lets so many reads of segments through as were allowed, so that a job can be caught in the middle for certain. */
export class ReadGate {
  #allowed = 0;
  readonly #waiting: (() => void)[] = [];

  /** Lets more reads through, first come, first served. */
  allow(count: number): void {
    this.#allowed += count;
    while (this.#allowed > 0) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#allowed--;
      next();
    }
  }

  /** Puts the gate before a bucket. */
  readonly before = (bucket: Bucket): Bucket =>
    withGet(bucket, async (key, range) => {
      if (key.includes('.jsonl')) await this.#pass();
      return await bucket.get(key, range);
    });

  async #pass(): Promise<void> {
    if (this.#allowed > 0) {
      this.#allowed--;
      return;
    }
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
    });
  }
}
