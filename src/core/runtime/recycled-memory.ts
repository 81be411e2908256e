/** Smaller pieces get memory of their own, and are forgotten. */
const RECYCLED_BYTES_MIN = 64 * 1024;
/** So do larger ones: they are rare, and would lie idle for ever. */
const RECYCLED_BYTES_MAX = 4 * 1024 * 1024 + RECYCLED_BYTES_MIN;
/** The smallest size that is made. */
const PIECE_BYTES_MIN = 256 * 1024;

/**
 * Memory for large pieces of data that is used again, shared between threads without being moved or copied. Fetching
 * takes gigabytes through buffers of a megabyte or two: made anew each time, they cost page faults; and handed from
 * thread to thread they make V8 collect garbage all the time, since each thread counts them as growth of its own heap
 * (shared memory it counts nowhere). So there are never more pieces than were in use at once, and all are kept.
 */
export class RecycledMemory {
  /** Ascending by size. */
  readonly #idle: SharedArrayBuffer[] = [];

  /** At least `bytes` of memory; what is in it is undefined. Shared when it is worth being given back. */
  take(bytes: number): ArrayBufferLike {
    if (bytes < RECYCLED_BYTES_MIN || bytes > RECYCLED_BYTES_MAX) return new ArrayBuffer(bytes);
    const found = this.#idle.findIndex(({ byteLength }) => byteLength >= bytes);
    const [piece] = found === -1 ? [] : this.#idle.splice(found, 1);
    return piece ?? new SharedArrayBuffer(pieceBytes(bytes));
  }

  /** Memory that nobody looks at any more. What was not taken from here is left to the garbage collector. */
  give(memory: ArrayBufferLike): void {
    if (!(memory instanceof SharedArrayBuffer)) return;
    const larger = this.#idle.findIndex(({ byteLength }) => byteLength > memory.byteLength);
    this.#idle.splice(larger === -1 ? this.#idle.length : larger, 0, memory);
  }
}

/** A power of two, and room for what surrounds so many bytes of records in a response: few sizes, so that most fit. */
function pieceBytes(bytes: number): number {
  let size = PIECE_BYTES_MIN;
  while (size + RECYCLED_BYTES_MIN < bytes) size *= 2;
  return size + RECYCLED_BYTES_MIN;
}
