import { copyBytes } from '../runtime/copy-bytes.ts';
import type { RecycledMemory } from '../runtime/recycled-memory.ts';

const PIECE_BYTES = 1024 * 1024;

/** Gathers the bytes of an object in pieces of recycled memory: they are copied once, and cut wherever a piece ends. */
export class SegmentBody {
  readonly #memory: RecycledMemory;
  readonly #chunks: Uint8Array[] = [];
  /** What is free of the last piece. */
  #room: Uint8Array = new Uint8Array(0);
  #sizeBytes = 0;

  constructor(memory: RecycledMemory) {
    this.#memory = memory;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Copies the bytes to the end. */
  append(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      if (this.#room.length === 0) this.#addPiece();
      const part = bytes.subarray(at, at + this.#room.length);
      copyBytes(part, this.#room, 0);
      this.#room = this.#room.subarray(part.length);
      at += part.length;
    }
    this.#sizeBytes += bytes.length;
  }

  /** All that was appended, not copied. */
  chunks(): Uint8Array[] {
    const last = this.#chunks.at(-1);
    if (last === undefined) return [];
    return [...this.#chunks.slice(0, -1), last.subarray(0, last.length - this.#room.length)];
  }

  /** Gives the memory back: nobody may look at the chunks any more. */
  discard(): void {
    for (const { buffer } of this.#chunks.splice(0)) this.#memory.give(buffer);
    this.#room = new Uint8Array(0);
  }

  #addPiece(): void {
    this.#room = new Uint8Array(this.#memory.take(PIECE_BYTES), 0, PIECE_BYTES);
    this.#chunks.push(this.#room);
  }
}
