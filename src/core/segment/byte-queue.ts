/** Bytes that arrive in chunks and are taken from the front, contiguous. A chunk is copied only when it has to be. */
export class ByteQueue {
  #buffer: Buffer = Buffer.alloc(0);
  #start = 0;
  #end = 0;

  get length(): number {
    return this.#end - this.#start;
  }

  /** Takes the chunk over: it must not be changed afterwards. */
  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    if (this.length === 0) {
      this.#buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
      this.#start = 0;
      this.#end = chunk.length;
      return;
    }
    const length = this.length + chunk.length;
    // A chunk that was taken over ends with its buffer: only memory of our own is written to.
    if (this.#end + chunk.length > this.#buffer.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(length, 2 * this.length));
      grown.set(this.peek());
      this.#buffer = grown;
      this.#end -= this.#start;
      this.#start = 0;
    }
    this.#buffer.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** All the bytes, a view that holds until the next push. */
  peek(): Buffer {
    return this.#buffer.subarray(this.#start, this.#end);
  }

  /** Drops bytes from the front. */
  drop(count: number): void {
    this.#start += count;
  }
}
