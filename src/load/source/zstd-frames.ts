/** A file of Zstandard is any number of frames, one after the other: RFC 8878, section 3.1. */
import { createZstdDecompress } from 'node:zlib';
import { through } from './through.ts';

const ZSTD_MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const NOTHING = new Uint8Array(0);

/**
 * The bytes of all frames. Node's decompressor silently stops after the first one, and after one without data, so each
 * gets its own.
 * @throws Error with code `Z_BUF_ERROR` when the bytes end within a frame.
 */
export async function* zstdFrames(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const bytes = new PieceReader(pieces);
  try {
    while (!(await bytes.isAtEnd())) {
      const magicBytes = await bytes.take(4);
      const magic = magicBytes.readUInt32LE();
      if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC) {
        for await (const _ of bytes.next((await bytes.take(4)).readUInt32LE()));
      } else if (magic === ZSTD_MAGIC) {
        yield* through(dataFrame(magicBytes, bytes), createZstdDecompress());
      } else throw new Error('what follows a frame is none');
    }
  } finally {
    await bytes.close();
  }
}

/** The bytes of one frame, still compressed. Its blocks say where it ends. */
async function* dataFrame(magic: Buffer, bytes: PieceReader): AsyncGenerator<Uint8Array> {
  const descriptor = (await bytes.take(1)).readUInt8();
  const isSingle = (descriptor & 32) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const sizeFlag = descriptor >> 6;
  const sizeFieldBytes = sizeFlag === 0 ? (isSingle ? 1 : 0) : 2 ** sizeFlag;
  const header = await bytes.take((isSingle ? 0 : 1) + dictionaryBytes + sizeFieldBytes);
  yield Buffer.concat([magic, Buffer.of(descriptor), header]);
  for (let isLast = false; !isLast;) {
    const blockHeader = await bytes.take(3);
    yield blockHeader;
    const bits = blockHeader.readUIntLE(0, 3);
    const isRepeated = ((bits >> 1) & 3) === 1;
    yield* bytes.next(isRepeated ? 1 : bits >> 3);
    isLast = (bits & 1) === 1;
  }
  if ((descriptor & 4) !== 0) yield await bytes.take(4);
}

/** Bytes that come in pieces, taken by number. */
class PieceReader {
  readonly #iterator: AsyncIterator<Uint8Array>;
  #piece: Uint8Array = NOTHING;

  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.#iterator = pieces[Symbol.asyncIterator]();
  }

  async isAtEnd(): Promise<boolean> {
    while (this.#piece.length === 0) {
      const next = await this.#iterator.next();
      if (next.done === true) return true;
      this.#piece = next.value;
    }
    return false;
  }

  /** A few bytes in one. */
  async take(count: number): Promise<Buffer> {
    const parts: Uint8Array[] = [];
    for await (const part of this.next(count)) parts.push(part);
    return Buffer.concat(parts);
  }

  /** The next so many bytes, as they come. */
  async *next(count: number): AsyncGenerator<Uint8Array> {
    for (let left = count; left > 0;) {
      if (await this.isAtEnd()) throw Object.assign(new Error('unexpected end of file'), { code: 'Z_BUF_ERROR' });
      const part = this.#piece.subarray(0, left);
      this.#piece = this.#piece.subarray(part.length);
      left -= part.length;
      yield part;
    }
  }

  async close(): Promise<void> {
    await this.#iterator.return?.();
  }
}
