import { assert } from '../assert.ts';

/** Smaller pieces get memory of their own, and are forgotten. */
const RECYCLED_BYTES_MIN = 64 * 1024;
/** Sizes are rounded up to a multiple of this, so that memory fits the next piece too. */
const ROUND_BYTES = 256 * 1024;
/** A piece is not put into memory that is so many times larger. */
const WASTE_MAX = 4;

/**
 * Memory for large pieces of data that is used again. Fetching takes gigabytes through buffers of a megabyte or two:
 * made anew each time, they cost page faults, and make V8 collect garbage all the time (it counts them as its own
 * growth). What lies idle is bounded: the rest is left to the garbage collector.
 */
export class RecycledMemory {
  readonly #idleBytesMax: number;
  readonly #idle: ArrayBuffer[] = [];
  #idleBytes = 0;

  constructor(options: { readonly idleBytesMax: number }) {
    assert(options.idleBytesMax > 0, 'idle memory has a bound');
    this.#idleBytesMax = options.idleBytesMax;
  }

  /** At least `bytes` of memory; what is in it is undefined. */
  take(bytes: number): ArrayBuffer {
    if (bytes < RECYCLED_BYTES_MIN) return new ArrayBuffer(bytes);
    let best = -1;
    for (const [i, { byteLength }] of this.#idle.entries()) {
      if (byteLength < bytes || byteLength > WASTE_MAX * bytes) continue;
      if (best === -1 || byteLength < (this.#idle[best]?.byteLength ?? 0)) best = i;
    }
    const [found] = best === -1 ? [] : this.#idle.splice(best, 1);
    if (found === undefined) return new ArrayBuffer(Math.ceil(bytes / ROUND_BYTES) * ROUND_BYTES);
    this.#idleBytes -= found.byteLength;
    return found;
  }

  /** Memory that nobody looks at any more. */
  give(memory: ArrayBuffer): void {
    if (memory.byteLength < RECYCLED_BYTES_MIN || this.#idleBytes + memory.byteLength > this.#idleBytesMax) return;
    this.#idle.push(memory);
    this.#idleBytes += memory.byteLength;
  }
}
