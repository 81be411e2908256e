import type { MessageFrame } from '../format/message-frame.ts';
import { ByteSink } from '../json/byte-sink.ts';
import type { RawRowWriter } from '../mapping/raw-row-writer.ts';
import type { RowFault } from '../mapping/row-fault.ts';
import type { RawRows } from '../row/raw-rows.ts';

/** The row alone under its primary key, for checks. */
export const BARE_FRAME: MessageFrame = { key: 'object', head: '', tail: '' };

/** Room before the value, for the key: longer ones move the value. */
const KEY_BYTES_FIRST = 256;

/**
 * Makes messages of rows as they stand in a text, one after another in the same memory: key and value, with nothing in
 * between. Hot.
 */
export class RawMessages {
  readonly #rows: RawRowWriter;
  readonly #key: MessageFrame['key'];
  readonly #position: MessageFrame['position'];
  readonly #head: Buffer;
  readonly #tail: Buffer;
  readonly #out = new ByteSink();
  readonly #keyOut = new ByteSink();
  #valueAt = KEY_BYTES_FIRST;
  #keyStart = 0;

  constructor(rows: RawRowWriter, { key, head, position, tail }: MessageFrame) {
    this.#rows = rows;
    this.#key = key;
    this.#position = position;
    this.#head = Buffer.from(head);
    this.#tail = Buffer.from(tail);
  }

  /** Holds the message that was written last, until the next one is. */
  get bytes(): Buffer {
    return this.#out.bytes;
  }

  get keyStart(): number {
    return this.#keyStart;
  }

  /** The key ends here. */
  get valueStart(): number {
    return this.#valueAt;
  }

  get valueEnd(): number {
    return this.#out.at;
  }

  /**
   * Writes the message of a row; `position` counts the rows of the load from 0. Gives why there is none; `unusual` when only
   * the row's converter can make it.
   */
  write(raw: RawRows, row: number, position: number): RowFault | 'unusual' | undefined {
    const out = this.#out;
    out.at = this.#valueAt;
    out.reserve(this.#head.length);
    out.copy(this.#head, 0, this.#head.length);
    if (this.#position !== undefined) out.text(`${this.#position.start + position}${this.#position.after}`);
    const fault = this.#rows.writeObject(raw, row, out);
    if (fault !== undefined) return fault;
    out.reserve(this.#tail.length);
    out.copy(this.#tail, 0, this.#tail.length);
    return this.#writeKey() ? undefined : 'unusual';
  }

  #writeKey(): boolean {
    const key = this.#keyOut;
    const out = this.#out;
    key.at = 0;
    if (this.#key === 'object') this.#rows.writeKeyObject(out, key);
    else if (this.#key === 'values' && !this.#rows.writeKeyTexts(out, key)) return false;
    if (key.at > this.#valueAt) this.#moveValue(key.at);
    this.#keyStart = this.#valueAt - key.at;
    for (let i = 0, at = this.#keyStart; i < key.at; i++) out.bytes[at++] = key.bytes[i] ?? 0;
    return true;
  }

  /** The next values, too, begin that far from the beginning. */
  #moveValue(valueAt: number): void {
    const out = this.#out;
    const added = valueAt - this.#valueAt;
    out.reserve(added);
    out.bytes.copyWithin(valueAt, this.#valueAt, out.at);
    out.at += added;
    this.#valueAt = valueAt;
  }
}
