import { RAW, type RawFields } from '../row/raw-rows.ts';
import type { SourceColumn } from '../row/row.ts';

/** Different names of fields in one file. Data whose names are values would fill the memory. */
const COLUMNS_MAX = 5000;

const BLANK = 32;
const QUOTE = 34;
const PLUS = 43;
const COMMA = 44;
const MINUS = 45;
const POINT = 46;
const ZERO = 48;
const NINE = 57;
const COLON = 58;
const OPEN_LIST = 91;
const BACKSLASH = 92;
const CLOSE_LIST = 93;
const LOWER_E = 101;
const LETTER_U = 117;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;
/** Makes a capital letter small. */
const SMALL = 32;

const WORDS = [
  { bytes: Buffer.from('null'), kind: RAW.null },
  { bytes: Buffer.from('true'), kind: RAW.true },
  { bytes: Buffer.from('false'), kind: RAW.false },
];
/** What may follow a backslash, but for `u`. */
const ESCAPED = new Set(Buffer.from('"\\/bfnrt'));

/** What is wrong with a line, when it is more than JSON's own parser could say. */
class LineFault extends Error {}

/** A name that was seen: as it stands between its quotes. */
interface KnownName {
  readonly bytes: Buffer;
  readonly text: string;
}

/**
 * Reads objects, one at a time, into rows over the columns that were seen so far. Hot: lines mostly have the same names
 * in the same order, which costs one comparison a name; texts, numbers and structures are found and left where they stand.
 */
export class JsonLineReader {
  readonly #places = new Map<string, number>();
  readonly #names: KnownName[] = [];
  #columns: readonly SourceColumn[] = [];
  #bytes: Buffer = Buffer.alloc(0);
  #stop = 0;
  #at = 0;
  /** Whether the text that was just passed over has escapes. */
  #isEscaped = false;

  /** A new array when a line brought a new name. */
  get columns(): readonly SourceColumn[] {
    return this.#columns;
  }

  /** Adds the fields of the object that stands from `start` to `stop`. `empty`: only blanks are there; else what is wrong. */
  read(bytes: Buffer, start: number, stop: number, fields: RawFields): 'row' | 'empty' | { readonly reason: string } {
    this.#bytes = bytes;
    this.#at = start;
    this.#stop = stop;
    this.#skipBlanks();
    if (this.#at >= stop) return 'empty';
    try {
      this.#object(fields);
      this.#skipBlanks();
      if (this.#at < stop) throw new LineFault('something follows the object');
      fields.endRow();
      return 'row';
    } catch (fault) {
      fields.dropRow();
      return { reason: reasonOf(bytes.toString('utf8', start, stop), fault) };
    }
  }

  #object(fields: RawFields): void {
    if (this.#code() !== OPEN_OBJECT) throw new LineFault('not an object');
    this.#at++;
    this.#skipBlanks();
    if (this.#code() === CLOSE_OBJECT) {
      this.#at++;
      return;
    }
    for (let expected = 0; ; expected++) {
      const place = this.#name(expected);
      if (fields.kindAt(place) !== RAW.missing) {
        throw new LineFault(`the field "${this.#names[place]?.text}" is there twice`);
      }
      this.#skipBlanks();
      if (this.#code() !== COLON) throw new LineFault('a colon is missing');
      this.#at++;
      this.#skipBlanks();
      this.#value(place, fields);
      this.#skipBlanks();
      const code = this.#code();
      this.#at++;
      if (code === CLOSE_OBJECT) return;
      if (code !== COMMA) throw new LineFault('a comma is missing');
      this.#skipBlanks();
    }
  }

  /** The column that the name at this place stands for; usually the one after the last. */
  #name(expected: number): number {
    if (this.#code() !== QUOTE) throw new LineFault('a name is missing');
    const likely = this.#names[expected];
    if (likely !== undefined && this.#isAt(likely.bytes, this.#at + 1)) {
      const end = this.#at + 1 + likely.bytes.length;
      if (this.#bytes[end] === QUOTE && end < this.#stop) {
        this.#at = end + 1;
        return expected;
      }
    }
    const start = this.#at + 1;
    this.#skipText();
    const bytes = this.#bytes.subarray(start, this.#at - 1);
    const text = this.#isEscaped ? String(JSON.parse(`"${bytes.toString()}"`)) : bytes.toString();
    return this.#places.get(text) ?? this.#newName(text, bytes);
  }

  #newName(text: string, bytes: Buffer): number {
    if (this.#names.length >= COLUMNS_MAX) throw new LineFault(`more than ${COLUMNS_MAX} different names of fields`);
    const place = this.#names.length;
    this.#places.set(text, place);
    this.#names.push({ bytes: Buffer.from(bytes), text });
    this.#columns = this.#names.map((name) => ({ name: name.text }));
    return place;
  }

  #value(place: number, fields: RawFields): void {
    const start = this.#at;
    const code = this.#code();
    if (code === QUOTE) {
      this.#skipText();
      fields.put(place, this.#isEscaped ? RAW.jsonText : RAW.text, start + 1, this.#at - 1);
    } else if (code === MINUS || (code >= ZERO && code <= NINE)) {
      const kind = this.#skipNumber();
      fields.put(place, kind, start, this.#at);
    } else if (code === OPEN_OBJECT || code === OPEN_LIST) {
      this.#skipDocument();
      fields.put(place, RAW.document, start, this.#at);
    } else fields.put(place, this.#word(), start, this.#at);
  }

  #word(): number {
    for (const { bytes, kind } of WORDS) {
      if (this.#at + bytes.length > this.#stop || !this.#isAt(bytes, this.#at)) continue;
      this.#at += bytes.length;
      return kind;
    }
    throw new LineFault('not a value');
  }

  /** Passes over a text, from one quote to the other. */
  #skipText(): void {
    const bytes = this.#bytes;
    const stop = this.#stop;
    this.#isEscaped = false;
    for (let at = this.#at + 1; at < stop; at++) {
      const byte = bytes[at] ?? 0;
      if (byte === QUOTE) {
        this.#at = at + 1;
        return;
      }
      if (byte < BLANK) throw new LineFault('a control character in a text');
      if (byte !== BACKSLASH) continue;
      this.#isEscaped = true;
      at++;
      const escaped = bytes[at] ?? 0;
      if (escaped === LETTER_U) this.#checkHex(at + 1);
      else if (!ESCAPED.has(escaped)) throw new LineFault('a backslash before a character that needs none');
    }
    throw new LineFault('a text is not closed');
  }

  #checkHex(start: number): void {
    for (let at = start; at < start + 4; at++) {
      const byte = this.#bytes[at] ?? 0;
      const letter = byte | SMALL;
      const isHex = (byte >= ZERO && byte <= NINE) || (letter >= 97 && letter <= 102);
      if (!isHex || at >= this.#stop) throw new LineFault('four hexadecimal digits are missing');
    }
  }

  /** Passes over a number; gives its kind. */
  #skipNumber(): number {
    const start = this.#at;
    if (this.#code() === MINUS) this.#at++;
    const isZero = this.#code() === ZERO;
    const digits = this.#skipDigits();
    if (digits === 0 || (isZero && digits > 1)) throw new LineFault('not a number');
    let isWhole = true;
    if (this.#code() === POINT) {
      isWhole = false;
      this.#at++;
      if (this.#skipDigits() === 0) throw new LineFault('not a number');
    }
    if ((this.#code() | SMALL) === LOWER_E) {
      isWhole = false;
      this.#at++;
      if (this.#code() === PLUS || this.#code() === MINUS) this.#at++;
      if (this.#skipDigits() === 0) throw new LineFault('not a number');
    }
    // A zero with a sign has a sign that no whole number has.
    const isSignedZero = isZero && digits === 1 && this.#bytes[start] === MINUS;
    return isWhole && !isSignedZero ? RAW.integer : RAW.decimal;
  }

  #skipDigits(): number {
    const start = this.#at;
    for (let code = this.#code(); code >= ZERO && code <= NINE; code = this.#code()) this.#at++;
    return this.#at - start;
  }

  #skipDocument(): void {
    const start = this.#at;
    for (let depth = 0; this.#at < this.#stop;) {
      const code = this.#code();
      if (code === QUOTE) {
        this.#skipText();
        continue;
      }
      this.#at++;
      if (code === OPEN_OBJECT || code === OPEN_LIST) depth++;
      else if ((code === CLOSE_OBJECT || code === CLOSE_LIST) && --depth === 0) {
        JSON.parse(this.#bytes.toString('utf8', start, this.#at));
        return;
      }
    }
    throw new LineFault('an object or array is not closed');
  }

  #isAt(wanted: Buffer, at: number): boolean {
    const bytes = this.#bytes;
    for (let i = 0; i < wanted.length; i++) if (bytes[at + i] !== wanted[i]) return false;
    return true;
  }

  #code(): number {
    return this.#at < this.#stop ? (this.#bytes[this.#at] ?? 0) : 0;
  }

  #skipBlanks(): void {
    for (; this.#at < this.#stop; this.#at++) {
      const code = this.#bytes[this.#at];
      if (code !== BLANK && code !== 9 && code !== 13) return;
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
