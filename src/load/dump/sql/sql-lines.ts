import type { BinaryText } from './binary-text.ts';

/** Counts lines of a text that comes in pieces. Places only ever go up. */
export class LineCounter {
  #line = 1;
  #from = 0;
  /** Place of the first line break at or after `#from`, the text's length when there is none, -1 when not looked for. */
  #break = -1;

  /** The line, from 1, that a place is in. */
  at(text: BinaryText, place: number): number {
    if (this.#break < this.#from) this.#break = nextBreak(text, this.#from);
    while (this.#break < place) {
      this.#line++;
      this.#break = nextBreak(text, this.#break + 1);
    }
    this.#from = place;
    return this.#line;
  }

  /** The text will go on without what is before a place. */
  drop(text: BinaryText, place: number): void {
    this.at(text, place);
    this.#from = 0;
    this.#break = -1;
  }
}

function nextBreak(text: BinaryText, from: number): number {
  const found = text.indexOf('\n', from);
  return found < 0 ? text.length : found;
}
