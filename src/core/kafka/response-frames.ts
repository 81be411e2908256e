import { assert } from '../assert.ts';

const SCRATCH_BYTES = 16 * 1024;
const LENGTH_BYTES = 4;

/** Where responses get their memory. */
export interface ResponseMemory {
  /** At least so many bytes. */
  take(bytes: number): ArrayBufferLike;
}

/**
 * Cuts a broker's byte stream into responses, each in memory of its own. A large response is read from the socket
 * straight into that memory: only what arrives together with its length (at most 16 KiB) is copied.
 * The caller asks for `target()`, lets the socket fill it from the start, and tells `accept` how many bytes came.
 */
export class ResponseFrames {
  readonly #frameBytesMax: number;
  readonly #memory: ResponseMemory;
  readonly #scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
  readonly #length = Buffer.alloc(LENGTH_BYTES);
  #lengthFilled = 0;
  #frame: Buffer | undefined;
  #frameFilled = 0;

  constructor(frameBytesMax: number, memory: ResponseMemory) {
    assert(frameBytesMax > 0 && frameBytesMax < 2 ** 31, 'a frame has a bound');
    this.#frameBytesMax = frameBytesMax;
    this.#memory = memory;
  }

  /** Memory for the next bytes of the stream. Never longer than the rest of the response that is being read. */
  target(): Uint8Array {
    return this.#frame === undefined ? this.#scratch : this.#frame.subarray(this.#frameFilled);
  }

  /**
   * Takes in the first `filled` bytes of the last target. Returns the responses that are now whole, or, when a length
   * makes no sense, the four bytes that claimed to be one: the stream is then of no use any more.
   */
  accept(filled: number): { readonly frames: readonly Buffer[]; readonly nonsense?: Uint8Array } {
    if (this.#frame !== undefined) {
      this.#frameFilled += filled;
      assert(this.#frameFilled <= this.#frame.length, 'the socket keeps to its target');
      const whole = this.#takeWhole();
      return { frames: whole === undefined ? [] : [whole] };
    }
    const frames: Buffer[] = [];
    let at = 0;
    while (at < filled) {
      if (this.#frame === undefined) {
        while (this.#lengthFilled < LENGTH_BYTES && at < filled)
          this.#length[this.#lengthFilled++] = this.#scratch[at++] ?? 0;
        if (this.#lengthFilled < LENGTH_BYTES) break;
        const length = this.#length.readInt32BE(0);
        if (length < LENGTH_BYTES || length > this.#frameBytesMax) return { frames, nonsense: this.#length };
        this.#lengthFilled = 0;
        this.#frame = Buffer.from(this.#memory.take(length), 0, length);
        this.#frameFilled = 0;
      }
      const part = Math.min(filled - at, this.#frame.length - this.#frameFilled);
      this.#scratch.copy(this.#frame, this.#frameFilled, at, at + part);
      this.#frameFilled += part;
      at += part;
      const whole = this.#takeWhole();
      if (whole !== undefined) frames.push(whole);
    }
    return { frames };
  }

  #takeWhole(): Buffer | undefined {
    const frame = this.#frame;
    if (frame === undefined || this.#frameFilled < frame.length) return undefined;
    this.#frame = undefined;
    return frame;
  }
}
