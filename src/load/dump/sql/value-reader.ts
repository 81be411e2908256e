import type { RowValue } from '../../row/row.ts';
import { type BinaryText, bytesOf, type Decode } from './binary-text.ts';
import { mysqlUnescaped, postgresUnescaped } from './sql-escapes.ts';

const QUOTE = 39;
const OPEN = 40;
const CLOSE = 41;
const PLUS = 43;
const COMMA = 44;
const MINUS = 45;
const POINT = 46;
const ZERO = 48;
const BACKSLASH = 92;

/** Whole numbers of so many digits are exact in a double. */
const SAFE_DIGITS = 15;
const NUMBER = /[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?/y;
const INTEGER = /^-?\d+$/;
const WORD = /[A-Za-z_]\w*/y;
const HEX = /0x([0-9A-Fa-f]*)/y;
const INTRODUCER = /^_(?:utf8|utf8mb3|utf8mb4)$/i;

/** How the values of a table's rows are to be read. */
export interface ValueRules {
  /** Whether a backslash takes the meaning from what follows it in a text without a prefix; undefined: nobody knows. */
  readonly escapes: boolean | undefined;
  readonly decode: Decode;
  readonly isMysql: boolean;
  /** By place: true for a column of bytes, whose texts are bytes written raw. */
  readonly binary: readonly boolean[];
  /** By place: true for a column that the database computes, of which DEFAULT says that the dump does not have it. */
  readonly generated: readonly boolean[];
}

/** What is at a place: a row that ends before `next`, one that cannot be read, or less than a row. */
export type TupleOutcome =
  | { readonly kind: 'row'; readonly values: RowValue[] }
  | { readonly kind: 'bad'; readonly reason: string }
  | 'incomplete';

/** Nothing tells whether a backslash in a text means itself. */
export class AmbiguousBackslash extends Error {}

class Incomplete extends Error {}
class BadValue extends Error {}
const INCOMPLETE = new Incomplete();

/** Reads the rows of INSERT statements: `(1, 'text', NULL)`. Hot: one search for each text, none for each character. */
export class ValueReader {
  #text: BinaryText = '';
  #at = 0;
  #isLast = false;
  #rules: ValueRules;
  /** Place of the first backslash at or after `#at`, or the text's length; searched again only once it is passed. */
  #backslash = -1;
  /** After the row that was read. */
  next = 0;

  constructor(rules: ValueRules) {
    this.#rules = rules;
  }

  /** Takes another text, of which what came before is gone. */
  begin(text: BinaryText, isLast: boolean): void {
    this.#text = text;
    this.#isLast = isLast;
    this.#backslash = -1;
  }

  /** The row whose parenthesis opens at `start`. @throws AmbiguousBackslash */
  row(start: number): TupleOutcome {
    this.#at = start;
    try {
      const values = this.#tuple();
      this.next = this.#at;
      return { kind: 'row', values };
    } catch (error) {
      if (error === INCOMPLETE) return 'incomplete';
      if (!(error instanceof BadValue)) throw error;
      const end = this.#tupleEnd(start);
      if (end === undefined) return 'incomplete';
      this.next = end;
      return { kind: 'bad', reason: error.message };
    }
  }

  #tuple(): RowValue[] {
    const values: RowValue[] = [];
    this.#at++;
    this.#skipSpace();
    if (this.#code() === CLOSE) {
      this.#at++;
      return values;
    }
    for (;;) {
      values.push(this.#value(values.length));
      this.#skipSpace();
      const code = this.#code();
      this.#at++;
      if (code === CLOSE) return values;
      if (code !== COMMA) throw new BadValue(`value ${values.length} is not a single value, but an expression`);
      this.#skipSpace();
    }
  }

  #value(place: number): RowValue {
    const code = this.#code();
    if (code === QUOTE) return this.#string(place, this.#rules.escapes);
    if (isDigit(code) || code === MINUS || code === POINT || code === PLUS) return this.#number();
    return this.#wordValue(place);
  }

  /** Most numbers are told by one look at their digits. */
  #number(): RowValue {
    const text = this.#text;
    const start = this.#at;
    let at = text.charCodeAt(start) === MINUS ? start + 1 : start;
    const firstDigit = at;
    let whole = 0;
    let code = text.charCodeAt(at);
    for (; isDigit(code); code = text.charCodeAt(++at)) whole = whole * 10 + (code - ZERO);
    if (at === firstDigit || isNameCode(code)) return this.#otherNumber();
    if (code === POINT) {
      const firstFraction = at + 1;
      do code = text.charCodeAt(++at);
      while (isDigit(code));
      if (at === firstFraction || isNameCode(code)) return this.#otherNumber();
      return { kind: 'decimal', text: this.#taken(at) };
    }
    const literal = this.#taken(at);
    return at - firstDigit > SAFE_DIGITS ? BigInt(literal) : BigInt(firstDigit > start ? -whole : whole);
  }

  /** What ends at a place, which is known only once something follows. */
  #taken(end: number): string {
    if (end >= this.#text.length && !this.#isLast) throw INCOMPLETE;
    const taken = this.#text.slice(this.#at, end);
    this.#at = end;
    return taken;
  }

  /** `1e10`, `.5`, `+1`, `0x1f`. */
  #otherNumber(): RowValue {
    const isHex = this.#rules.isMysql && this.#code() === ZERO && (this.#text.charCodeAt(this.#at + 1) | 32) === 120;
    if (isHex) return hexBytes((this.#match(HEX) ?? '').slice(2));
    const literal = this.#match(NUMBER);
    if (literal === undefined) throw new BadValue(`"${this.#near()}" is not a number`);
    return INTEGER.test(literal) ? BigInt(literal) : { kind: 'decimal', text: plainDecimal(literal) };
  }

  #wordValue(place: number): RowValue {
    const after = this.#text.charCodeAt(this.#at + 4);
    if ((after === COMMA || after === CLOSE) && this.#text.startsWith('NULL', this.#at)) {
      this.#at += 4;
      return null;
    }
    const word = this.#match(WORD);
    if (word === undefined) throw new BadValue(`"${this.#near()}" is not a value`);
    if (this.#code() === QUOTE) return this.#prefixed(word, place);
    const upper = word.toUpperCase();
    if (upper === 'NULL') return null;
    if (upper === 'TRUE') return true;
    if (upper === 'FALSE') return false;
    if (upper === 'DEFAULT' && this.#rules.generated[place] === true) return undefined;
    // MySQL: a blank may stand after an introducer.
    if (upper === '_BINARY' || INTRODUCER.test(word)) {
      this.#skipSpace();
      if (this.#code() === QUOTE) return this.#prefixed(word, place);
      const hex = this.#match(HEX);
      if (hex !== undefined) return hexBytes(hex.slice(2));
    }
    throw new BadValue(`"${word}" is not a value`);
  }

  /** A text with something before its quote. */
  #prefixed(prefix: string, place: number): RowValue {
    const upper = prefix.toUpperCase();
    const { isMysql, escapes } = this.#rules;
    if (upper === '_BINARY') return bytesOf(this.#binaryString(escapes));
    if (INTRODUCER.test(prefix) || upper === 'N') return this.#string(place, escapes);
    if (upper === 'E') return this.#decoded(this.#postgresString(this.#rawString(true)));
    if (upper === 'B') return isMysql ? bitBytes(this.#rawString(false)) : this.#rawString(false);
    if (upper === 'X') return isMysql ? hexBytes(this.#rawString(false)) : this.#hexBits();
    throw new BadValue(`${prefix}'...' is not a value that is known`);
  }

  /** PostgreSQL: a bit string in hexadecimal digits. */
  #hexBits(): string {
    const digits = this.#rawString(false);
    if (!/^[0-9A-Fa-f]*$/.test(digits)) throw new BadValue('not hexadecimal');
    return Array.from(digits, (digit) => Number.parseInt(digit, 16).toString(2).padStart(4, '0')).join('');
  }

  #string(place: number, escapes: boolean | undefined): RowValue {
    const binary = this.#binaryString(escapes);
    return this.#rules.binary[place] === true ? bytesOf(binary) : this.#decoded(binary);
  }

  #decoded(binary: BinaryText): string {
    const text = this.#rules.decode(binary);
    if (text === undefined) throw new BadValue('a text is not in the encoding of the dump');
    return text;
  }

  /** What a quoted text means. */
  #binaryString(escapes: boolean | undefined): BinaryText {
    const start = this.#at;
    const raw = this.#rawString(escapes === true);
    if (escapes === false || this.#firstBackslash(start) >= this.#at) return raw;
    if (escapes === undefined) throw new AmbiguousBackslash();
    return this.#rules.isMysql ? mysqlUnescaped(raw) : this.#postgresString(raw);
  }

  #postgresString(raw: BinaryText): BinaryText {
    const text = postgresUnescaped(raw);
    if (text === undefined) throw new BadValue('a text has an escape that is not known');
    return text;
  }

  /** What stands between quotes, doubled ones made one; goes on after the closing quote. */
  #rawString(escapes: boolean): BinaryText {
    const text = this.#text;
    const start = this.#at + 1;
    let end = text.indexOf("'", start);
    if (escapes && this.#firstBackslash(start) < end) end = this.#quoteAfterEscapes(start);
    let result: string | undefined;
    for (let from = start; ;) {
      if (end < 0) throw this.#isLast ? new BadValue('a text is not closed') : INCOMPLETE;
      if (end + 1 >= text.length && !this.#isLast) throw INCOMPLETE;
      const part = text.slice(from, end);
      result = result === undefined ? part : `${result}'${part}`;
      this.#at = end + 1;
      if (text.charCodeAt(end + 1) !== QUOTE) return result;
      from = end + 2;
      end = escapes ? this.#quoteAfterEscapes(from) : text.indexOf("'", from);
    }
  }

  /** The next quote that no backslash takes the meaning from; -1 when there is none. */
  #quoteAfterEscapes(from: number): number {
    const text = this.#text;
    for (let at = from; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === BACKSLASH) at++;
      else if (code === QUOTE) return at;
    }
    return -1;
  }

  #firstBackslash(from: number): number {
    if (this.#backslash < from) {
      const found = this.#text.indexOf('\\', from);
      this.#backslash = found < 0 ? this.#text.length : found;
    }
    return this.#backslash;
  }

  /** After the parenthesis that closes the row; undefined when it is not there yet, or never comes. */
  #tupleEnd(start: number): number | undefined {
    const escapes = this.#rules.escapes === true;
    let depth = 0;
    for (let at = start; at < this.#text.length; at++) {
      const code = this.#text.charCodeAt(at);
      if (code === QUOTE) {
        const end = escapes ? this.#quoteAfterEscapes(at + 1) : this.#text.indexOf("'", at + 1);
        if (end < 0) break;
        at = end;
      } else if (code === OPEN) depth++;
      else if (code === CLOSE && --depth === 0) return at + 1;
    }
    return this.#isLast ? this.#text.length : undefined;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found === undefined) return undefined;
    if (this.#at + found.length >= this.#text.length && !this.#isLast) throw INCOMPLETE;
    this.#at += found.length;
    return found;
  }

  #code(): number {
    if (this.#at < this.#text.length) return this.#text.charCodeAt(this.#at);
    throw this.#isLast ? new BadValue('the row is not closed') : INCOMPLETE;
  }

  #skipSpace(): void {
    for (let code = this.#code(); code === 32 || (code >= 9 && code <= 13); code = this.#code()) this.#at++;
  }

  #near(): string {
    return this.#text.slice(this.#at, this.#at + 20).replace(/[\s,)].*$/s, '');
  }
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= 57;
}

/** True for a letter, which would make something else of a number. */
function isNameCode(code: number): boolean {
  return (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95;
}

function hexBytes(digits: string): Uint8Array {
  if (!/^[0-9A-Fa-f]*$/.test(digits)) throw new BadValue('not hexadecimal');
  return Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex');
}

function bitBytes(bits: string): Uint8Array {
  if (!/^[01]*$/.test(bits)) throw new BadValue('not bits');
  const hex = bits === '' ? '' : BigInt(`0b${bits}`).toString(16);
  return hexBytes(hex.padStart(Math.ceil(bits.length / 8) * 2, '0'));
}

/** `.5` and `+5.` are numbers to a database, but not to others. */
function plainDecimal(literal: string): string {
  return literal
    .replace(/^\+/, '')
    .replace(/^(-?)\./, '$10.')
    .replace(/\.(?=$|[eE])/, '');
}
