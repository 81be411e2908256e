import { assert } from '../assert.ts';

/** The speed of something that is counted, over the last few seconds. Keeps at most one sample per 1/64 of the window. */
export class RateWindow {
  readonly #windowMs: number;
  #samples: { readonly atMs: number; readonly count: number }[] = [];

  constructor(options: { readonly windowMs: number }) {
    assert(options.windowMs > 0, 'windowMs is above 0');
    this.#windowMs = options.windowMs;
  }

  /** The count reached at a (monotonic) time. */
  add(atMs: number, count: number): void {
    const last = this.#samples.at(-1);
    const before = this.#samples.at(-2);
    const tooClose = before !== undefined && last !== undefined && last.atMs - before.atMs < this.#windowMs / 64;
    if (tooClose) this.#samples.pop();
    this.#samples.push({ atMs, count });
    // One sample older than the window stays, so that the whole of it is covered.
    while ((this.#samples[1]?.atMs ?? Infinity) <= atMs - this.#windowMs) this.#samples.shift();
  }

  /** Per second, from the oldest sample to the newest; 0 while there is only one. */
  perSecond(): number {
    const first = this.#samples.at(0);
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.atMs <= first.atMs) return 0;
    return ((last.count - first.count) * 1000) / (last.atMs - first.atMs);
  }
}
