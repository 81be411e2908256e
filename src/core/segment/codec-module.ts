import { readFileSync } from 'node:fs';
import { AppError } from '../errors.ts';

const CODEC_FILE = new URL('./wasm/build/codec.wasm', import.meta.url);

/** What the compiled codec (wasm/codec.ts) offers. Addresses are numbers, offsets and timestamps bigints. */
export interface CodecExports {
  readonly memory: WebAssembly.Memory;
  areasStart(): number;
  /** As an int32. */
  crc32c(at: number, end: number, previous: number): number;

  openEncoder(partition: number): void;
  openBatch(
    body: number,
    end: number,
    count: number,
    baseOffset: bigint,
    lastOffset: bigint,
    timestampMs: bigint,
    logAppendTime: number,
    from: bigint,
    to: bigint,
  ): void;
  encode(out: number, wanted: number, end: number): number;
  encodeOutput(): number;
  encodeExpected(): bigint;
  encodeErrorAt(): number;
  encodeRecords(): number;
  encodeFirst(): bigint;
  encodeLast(): bigint;
  encodeMin(): bigint;
  encodeMax(): bigint;
  resetFrame(): void;
  gapsAt(): number;
  takeGaps(): number;

  openDecoder(from: bigint, to: bigint, timeFrom: bigint, timeTo: bigint): void;
  resetBatch(): void;
  decode(
    at: number,
    end: number,
    batchStart: number,
    out: number,
    outEnd: number,
    sizeMax: number,
    countMax: number,
  ): number;
  noteLine(offset: bigint, timestampMs: bigint): number;
  countLine(offset: bigint): void;
  countRecord(offset: bigint, timestampMs: bigint): void;
  decodeCursor(): number;
  decodeOutput(): number;
  decodeLines(): number;
  decodeCount(): number;
  decodeFirst(): bigint;
  decodeLast(): bigint;
  decodeBase(): bigint;
  decodeMin(): bigint;
  decodeMax(): bigint;
  decodePrevious(): bigint;
}

let compiled: WebAssembly.Module | undefined;

/**
 * A codec with memory of its own. The module is compiled once in a thread; instances are cheap.
 * @throws SETUP_FAILED when it has not been built.
 */
export function newCodec(): CodecExports {
  compiled ??= new WebAssembly.Module(readCodec());
  // The one cast: the names and types above are those of wasm/codec.ts, which the compiler cannot see.
  return new WebAssembly.Instance(compiled, { env: { abort } }).exports as unknown as CodecExports;
}

function abort(): never {
  throw new Error('the segment codec broke off');
}

function readCodec(): Uint8Array<ArrayBuffer> {
  try {
    return readFileSync(CODEC_FILE);
  } catch (cause) {
    throw new AppError('SETUP_FAILED', 'cannot load the segment codec: it has not been compiled', {
      subject: CODEC_FILE.pathname,
      hint: 'Run: node scripts/build-wasm.mjs',
      cause,
    });
  }
}

const PAGE_BYTES = 64 * 1024;
/** Behind every area, for reads and writes of whole blocks that begin in it. */
export const AREA_SLACK_BYTES = 256;

/** A codec's memory as bytes, which must be asked for anew after it has grown. */
export class CodecMemory {
  readonly #memory: WebAssembly.Memory;
  #bytes: Uint8Array<ArrayBuffer>;

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory;
    this.#bytes = this.#view();
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes;
  }

  /** Makes addresses up to `end` usable. @throws RangeError beyond 4 GiB. */
  ensure(end: number): void {
    if (end <= this.#bytes.length) return;
    this.#memory.grow(Math.ceil((end - this.#bytes.length) / PAGE_BYTES));
    this.#bytes = this.#view();
  }

  #view(): Uint8Array<ArrayBuffer> {
    const buffer = this.#memory.buffer;
    if (!(buffer instanceof ArrayBuffer)) throw new TypeError('the codec has shared memory');
    return new Uint8Array(buffer);
  }
}
