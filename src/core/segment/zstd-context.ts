import zlib, { type ZstdCompress } from 'node:zlib';
import { assert } from '../assert.ts';

/** Of `zlib.constants.ZSTD_c_*`. */
export type ZstdParams = Readonly<Record<number, number>>;

/** What is behind a compressing stream of Node; not in its documentation (docs/decisions/0006-reused-zstd-context.md). */
interface Binding {
  writeSync(
    flush: number,
    input: Uint8Array,
    inputAt: number,
    inputBytes: number,
    output: Uint8Array,
    outputAt: number,
    outputBytes: number,
  ): void;
  /** After `writeSync`: bytes of the output that are free, bytes of the input that were not read. */
  readonly left: Uint32Array;
}

/** A longer output gets memory of its own: it is rare, and its memory would lie idle for ever. */
const OUTPUT_BYTES_MAX = 4 * 1024 * 1024;

/**
 * Makes frames with one context of zstd. Node's `zstdCompressSync` makes a context, a stream and memory for the output
 * anew at each call, which with the garbage that they are takes a tenth of the time that a frame of 1 MiB takes.
 */
export class ZstdContext {
  readonly #params: ZstdParams;
  #stream: ZstdCompress;
  #binding: Binding | undefined;
  #output = new Uint8Array(0);

  constructor(params: ZstdParams) {
    this.#params = params;
    this.#stream = openStream(params);
    this.#binding = bindingOf(this.#stream);
  }

  /** False where this Node keeps it to itself: frames are made all the same, slower. */
  get isReused(): boolean {
    return this.#binding !== undefined;
  }

  /**
   * One frame, with the length of its content in its header. What is given is read over by the next call.
   *
   * The output has room for the worst case, so zstd compresses straight into it; else it would copy all of the input.
   * @throws Error of `node:zlib` when there is no memory; the next call begins afresh.
   */
  compress(bytes: Uint8Array<ArrayBuffer>): Uint8Array {
    const bound = compressBound(bytes.length);
    if (this.#binding === undefined || bound > OUTPUT_BYTES_MAX) {
      return zlib.zstdCompressSync(bytes, { chunkSize: bound, params: this.#params });
    }
    if (this.#output.length < bound) this.#output = new Uint8Array(bound);
    const output = this.#output;
    this.#binding.writeSync(zlib.constants.ZSTD_e_end, bytes, 0, bytes.length, output, 0, output.length);
    const { errored } = this.#stream;
    if (errored !== null) {
      this.#stream = openStream(this.#params);
      this.#binding = bindingOf(this.#stream);
      throw errored;
    }
    const [free = 0, unread = 0] = this.#binding.left;
    assert(unread === 0 && free > 0, 'a frame fits into its bound');
    return output.subarray(0, output.length - free);
  }
}

function openStream(params: ZstdParams): ZstdCompress {
  const stream = zlib.createZstdCompress({ params });
  // Thrown by `compress`; nobody else listens.
  return stream.on('error', () => undefined);
}

function bindingOf(stream: object): Binding | undefined {
  const handle: unknown = '_handle' in stream ? stream._handle : undefined;
  const left: unknown = '_writeState' in stream ? stream._writeState : undefined;
  if (typeof handle !== 'object' || handle === null || !('writeSync' in handle)) return undefined;
  const { writeSync } = handle;
  if (typeof writeSync !== 'function' || !(left instanceof Uint32Array)) return undefined;
  return { writeSync: (...args) => void writeSync.apply(handle, args), left };
}

/** At least ZSTD_compressBound (zstd.h): length, a 256th of it, and a margin for small ones. */
function compressBound(length: number): number {
  return length + (length >> 8) + 1024;
}
