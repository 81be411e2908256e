import { ByteQueue } from '../../core/segment/byte-queue.ts';
import { unreadable } from '../source/unreadable.ts';

const LENGTH_BYTES = 4;
/** An empty document. */
const DOCUMENT_BYTES_MIN = 5;
/** MongoDB allows 16 MB, and a little more for its own. */
const DOCUMENT_BYTES_MAX = 64 * 1024 * 1024;
const TERMINATOR = -1;

/** A whole document and where it begins, or the mark of four bytes 0xFF that ends a part of an archive. */
export type BsonPiece = { readonly bytes: Uint8Array; readonly position: number } | 'terminator';

/** Cuts the bytes of a dump into documents. */
export class BsonPieces {
  readonly #name: string;
  readonly #hasTerminators: boolean;
  readonly #queue = new ByteQueue();
  #position: number;

  /** `position`: of the first byte that is pushed. */
  constructor(
    name: string,
    { hasTerminators, position }: { readonly hasTerminators: boolean; readonly position: number },
  ) {
    this.#name = name;
    this.#hasTerminators = hasTerminators;
    this.#position = position;
  }

  /** What is whole now; its bytes are views that hold until the next push. @throws LOAD_INPUT_UNREADABLE */
  *push(chunk: Uint8Array): Generator<BsonPiece> {
    this.#queue.push(chunk);
    for (;;) {
      const bytes = this.#queue.peek();
      if (bytes.length < LENGTH_BYTES) return;
      const length = bytes.readInt32LE();
      if (length === TERMINATOR && this.#hasTerminators) {
        this.#drop(LENGTH_BYTES);
        yield 'terminator';
        continue;
      }
      if (length < DOCUMENT_BYTES_MIN || length > DOCUMENT_BYTES_MAX) this.#fail('no document begins there');
      if (bytes.length < length) return;
      if (bytes[length - 1] !== 0) this.#fail('a document begins there that does not end where it says');
      const position = this.#position;
      this.#drop(length);
      yield { bytes: bytes.subarray(0, length), position };
    }
  }

  /** There is no more. @throws LOAD_INPUT_UNREADABLE when it ends within a document */
  end(): void {
    if (this.#queue.length > 0) this.#fail('it ends within a document that begins there: it is not whole');
  }

  #drop(count: number): void {
    this.#queue.drop(count);
    this.#position += count;
  }

  #fail(reason: string): never {
    throw unreadable(this.#name, `at byte ${this.#position}: ${reason}`);
  }
}
