import type { RowValue, SourceColumn } from '../row/row.ts';

/** Different names of fields in one file. Data whose names are values would fill the memory. */
const COLUMNS_MAX = 5000;

const QUOTE = 34;
const COMMA = 44;
const MINUS = 45;
const ZERO = 48;
const NINE = 57;
const COLON = 58;
const BACKSLASH = 92;
const OPEN_LIST = 91;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;

// Characters that JSON wants escaped.
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0008\u000a-\u001f]|\t/;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

/** What is wrong with a line, when it is more than JSON's own parser could say. */
class LineFault extends Error {}

/**
 * Reads objects, one at a time, into rows over the columns that were seen so far. Hot: lines mostly have the same names
 * in the same order, which costs one comparison a name; numbers and structures are taken as they are written.
 */
export class JsonLineReader {
  readonly #places = new Map<string, number>();
  #columns: readonly SourceColumn[] = [];
  #names: string[] = [];
  #text = '';
  #stop = 0;
  #at = 0;

  /** A new array when a line brought a new name. */
  get columns(): readonly SourceColumn[] {
    return this.#columns;
  }

  /** The values of the object in `text` from `start` to `stop`; `empty` when only blanks are there, or what is wrong. */
  read(text: string, start: number, stop: number): RowValue[] | string {
    this.#text = text;
    this.#at = start;
    this.#stop = stop;
    this.#skipBlanks();
    if (this.#at >= stop) return 'empty';
    try {
      const row = this.#object();
      this.#skipBlanks();
      if (this.#at < stop) throw new LineFault('something follows the object');
      return row;
    } catch (fault) {
      return reasonOf(text.slice(start, stop), fault);
    }
  }

  #object(): RowValue[] {
    const row: RowValue[] = Array.from<RowValue>({ length: this.#names.length }).fill(undefined);
    if (this.#code() !== OPEN_OBJECT) throw new LineFault('not an object');
    this.#at++;
    this.#skipBlanks();
    if (this.#code() === CLOSE_OBJECT) {
      this.#at++;
      return row;
    }
    for (let expected = 0; ; expected++) {
      const place = this.#name(expected);
      if (row[place] !== undefined) throw new LineFault(`the field "${this.#names[place]}" is there twice`);
      this.#skipBlanks();
      if (this.#code() !== COLON) throw new LineFault('a colon is missing');
      this.#at++;
      this.#skipBlanks();
      while (row.length <= place) row.push(undefined);
      row[place] = this.#value();
      this.#skipBlanks();
      const code = this.#code();
      this.#at++;
      if (code === CLOSE_OBJECT) return row;
      if (code !== COMMA) throw new LineFault('a comma is missing');
      this.#skipBlanks();
    }
  }

  /** The column that the name at this place stands for; usually the one after the last. */
  #name(expected: number): number {
    const text = this.#text;
    if (this.#code() !== QUOTE) throw new LineFault('a name is missing');
    const likely = this.#names[expected];
    if (likely !== undefined) {
      const end = this.#at + 1 + likely.length;
      if (text.charCodeAt(end) === QUOTE && text.startsWith(likely, this.#at + 1) && !likely.includes('\\')) {
        this.#at = end + 1;
        return expected;
      }
    }
    const name = this.#string();
    const known = this.#places.get(name);
    if (known !== undefined) return known;
    if (this.#names.length >= COLUMNS_MAX) throw new LineFault(`more than ${COLUMNS_MAX} different names of fields`);
    const place = this.#names.length;
    this.#places.set(name, place);
    this.#names.push(name);
    this.#columns = this.#names.map((column) => ({ name: column }));
    return place;
  }

  #value(): RowValue {
    const code = this.#code();
    if (code === QUOTE) return this.#string();
    if (code === MINUS || (code >= ZERO && code <= NINE)) return this.#number();
    if (code === OPEN_OBJECT || code === OPEN_LIST) return this.#document();
    if (this.#word('null')) return null;
    if (this.#word('true')) return true;
    if (this.#word('false')) return false;
    throw new LineFault('not a value');
  }

  #word(word: string): boolean {
    if (!this.#text.startsWith(word, this.#at)) return false;
    this.#at += word.length;
    return true;
  }

  #string(): string {
    const start = this.#at;
    const end = this.#stringEnd(start);
    this.#at = end;
    const raw = this.#text.slice(start + 1, end - 1);
    if (CONTROL.test(raw)) throw new LineFault('a control character in a text');
    if (!raw.includes('\\')) return raw;
    return String(JSON.parse(`"${raw}"`));
  }

  /** The place after the closing quote of the text that begins at `start`. */
  #stringEnd(start: number): number {
    const text = this.#text;
    for (let from = start + 1; ;) {
      const quote = text.indexOf('"', from);
      if (quote < 0 || quote >= this.#stop) throw new LineFault('a text is not closed');
      let backslashes = 0;
      while (text.charCodeAt(quote - 1 - backslashes) === BACKSLASH) backslashes++;
      if (backslashes % 2 === 0) return quote + 1;
      from = quote + 1;
    }
  }

  #number(): RowValue {
    NUMBER.lastIndex = this.#at;
    const literal = NUMBER.exec(this.#text)?.[0];
    if (literal === undefined) throw new LineFault('not a number');
    this.#at += literal.length;
    return /^-?\d+$/.test(literal) && literal !== '-0' ? BigInt(literal) : { kind: 'decimal', text: literal };
  }

  #document(): RowValue {
    const text = this.#text;
    const start = this.#at;
    let depth = 0;
    for (let at = start; at < this.#stop; at++) {
      const code = text.charCodeAt(at);
      if (code === QUOTE) at = this.#stringEnd(at) - 1;
      else if (code === OPEN_OBJECT || code === OPEN_LIST) depth++;
      else if ((code === CLOSE_OBJECT || code === 93) && --depth === 0) {
        const json = text.slice(start, at + 1);
        JSON.parse(json);
        this.#at = at + 1;
        return { kind: 'document', json };
      }
    }
    throw new LineFault('an object or array is not closed');
  }

  #code(): number {
    return this.#at < this.#stop ? this.#text.charCodeAt(this.#at) : 0;
  }

  #skipBlanks(): void {
    for (; this.#at < this.#stop; this.#at++) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 32 && code !== 9 && code !== 13) return;
    }
  }
}

/** JSON's own parser says better what is wrong with the syntax; of what is not wrong to it, the fault says what. */
function reasonOf(line: string, fault: unknown): string {
  try {
    JSON.parse(line);
  } catch (error) {
    return `not JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
  if (fault instanceof LineFault) return fault.message;
  throw fault;
}
