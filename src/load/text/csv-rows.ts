import { RAW, RawFields } from '../row/raw-rows.ts';
import type { CsvDialect } from './csv-options.ts';
import type { BadTextRow, TextRows } from './text-rows.ts';

const NEWLINE = 10;
const RETURN = 13;
const EXCERPT_MAX = 1000;
/** A character of an excerpt takes no more bytes. */
const UTF8_BYTES_MAX = 4;
const NOTHING = Buffer.alloc(0);

/** How far a row was understood: it ends before `next`, or is not all there yet, or something is wrong at `at`. */
type Outcome = 'row' | 'incomplete' | { readonly reason: string; readonly at: number };

/**
 * Rows from UTF-8 that comes in pieces. Hot: one pass over the bytes, and a piece that ends within a row costs that row once
 * more. After a row that cannot be read it goes on at the next line.
 */
export class CsvRows {
  readonly #dialect: CsvDialect;
  readonly #rowBytesMax: number;
  readonly #delimiter: Buffer;
  readonly #quote: Buffer;
  readonly #escape: Buffer;
  readonly #nullText: Buffer | undefined;
  /** True when delimiter, quote or escape takes more than one byte. */
  readonly #isWide: boolean;
  /** True when a backslash or the like counts outside quotes too. */
  readonly #escapesAnywhere: boolean;
  /** By byte: 1 for those that may end a field without quotes, or take the meaning from the next character. */
  readonly #isSpecial = new Uint8Array(256);
  #bytes: Buffer = NOTHING;
  #at = 0;
  #line = 1;
  /** Within a row that was given up: everything up to the next line is passed over. */
  #isSkipping = false;
  #fields = new RawFields(1);
  #lines: number[] = [];
  #bad: BadTextRow[] = [];
  #next = 0;
  /** Line breaks within the row. */
  #breaks = 0;

  constructor(dialect: CsvDialect, rowBytesMax: number) {
    const { delimiter, quote, escape, nullText } = dialect;
    this.#dialect = dialect;
    this.#rowBytesMax = rowBytesMax;
    this.#delimiter = Buffer.from(delimiter);
    this.#quote = Buffer.from(quote);
    this.#escape = Buffer.from(escape);
    this.#nullText = nullText === undefined ? undefined : Buffer.from(nullText);
    this.#isWide = [delimiter, quote, escape].some((text) => Buffer.byteLength(text) > 1);
    this.#escapesAnywhere = escape !== '' && escape !== quote;
    for (const text of [delimiter, quote, escape, '\n'])
      if (text !== '') this.#isSpecial[Buffer.from(text)[0] ?? 0] = 1;
  }

  /** The rows that are complete now. Empty lines are not rows. `isLast`: there is no more text. */
  push(piece: Buffer, isLast: boolean): TextRows {
    this.#bytes = this.#at < this.#bytes.length ? Buffer.concat([this.#bytes.subarray(this.#at), piece]) : piece;
    this.#at = 0;
    this.#fields = new RawFields(this.#fields.total);
    this.#lines = [];
    this.#bad = [];
    while (this.#at < this.#bytes.length) {
      if (this.#isSkipping ? !this.#skipLine() : this.#skipEmptyLine()) continue;
      if (this.#isSkipping || !this.#takeRow(isLast)) break;
    }
    const { escape } = this.#dialect;
    const escapeByte = this.#escape.length === 1 ? (this.#escape[0] ?? -1) : -1;
    const { fields, starts } = this.#fields;
    return { raw: { bytes: this.#bytes, fields, starts, escape, escapeByte }, lines: this.#lines, bad: this.#bad };
  }

  /** False when more text is needed. */
  #takeRow(isLast: boolean): boolean {
    const outcome = this.#row(isLast);
    if (outcome === 'row') {
      this.#fields.endRow();
      this.#lines.push(this.#line);
      this.#line += 1 + this.#breaks;
      this.#at = this.#next;
      return true;
    }
    this.#fields.dropRow();
    const isTooLong = this.#bytes.length - this.#at > this.#rowBytesMax;
    if (outcome !== 'incomplete') return this.#giveUp(outcome.reason, outcome.at, isLast || isTooLong);
    if (isLast) return this.#giveUp('a quote is opened and never closed', this.#at, true);
    if (!isTooLong) return false;
    return this.#giveUp(`longer than ${this.#rowBytesMax} bytes, or a quote is never closed`, this.#at, true);
  }

  /** True when an empty line was passed over. */
  #skipEmptyLine(): boolean {
    const start = this.#at;
    const end = this.#bytes[start] === RETURN ? start + 1 : start;
    if (this.#bytes[end] !== NEWLINE) return false;
    this.#at = end + 1;
    this.#line++;
    return true;
  }

  /** Passes over the rest of a line. True when its end is not in the text yet. */
  #skipLine(): boolean {
    const end = this.#bytes.indexOf(NEWLINE, this.#at);
    this.#isSkipping = end < 0;
    this.#at = end < 0 ? this.#bytes.length : end + 1;
    if (end >= 0) this.#line++;
    return this.#isSkipping;
  }

  /** Records a row that cannot be read, and goes on after the line in which the fault is. False: it is not all there. */
  #giveUp(reason: string, faultAt: number, isFinal: boolean): boolean {
    const end = this.#bytes.indexOf(NEWLINE, faultAt);
    if (end < 0 && !isFinal) return false;
    const stop = end < 0 ? this.#bytes.length : end;
    const excerptEnd = Math.min(stop, this.#at + EXCERPT_MAX * UTF8_BYTES_MAX);
    const excerpt = this.#bytes.toString('utf8', this.#at, excerptEnd).slice(0, EXCERPT_MAX);
    this.#bad.push({ before: this.#lines.length, line: this.#line, reason, excerpt });
    this.#line += countBreaks(this.#bytes, this.#at, stop);
    this.#at = stop;
    this.#isSkipping = true;
    return true;
  }

  /** Reads the fields of the row at `#at`. */
  #row(isLast: boolean): Outcome {
    this.#breaks = 0;
    for (let position = this.#at; ;) {
      const isQuoted = this.#isAt(position, this.#quote);
      const outcome = isQuoted ? this.#quoted(position, isLast) : this.#plain(position, isLast);
      if (outcome !== 'row') return outcome;
      // At a delimiter, a line's end, or the end of everything.
      if (!this.#isAt(this.#next, this.#delimiter)) {
        this.#next++;
        return 'row';
      }
      position = this.#next + this.#delimiter.length;
    }
  }

  /** True when `wanted`, which is nothing or one character, stands at that place. */
  #isAt(at: number, wanted: Buffer): boolean {
    const bytes = this.#bytes;
    if (at >= bytes.length || bytes[at] !== wanted[0]) return false;
    return !this.#isWide || hasAt(bytes, at, wanted);
  }

  /** Reads a field without quotes; `#next` is then at the delimiter or line break after it. */
  #plain(start: number, isLast: boolean): Outcome {
    const bytes = this.#bytes;
    const isSpecial = this.#isSpecial;
    const { length } = bytes;
    let end = start;
    let kind: number = RAW.text;
    for (; end < length; end++) {
      const byte = bytes[end] ?? 0;
      if (isSpecial[byte] !== 1) continue;
      if (byte === NEWLINE || this.#isAt(end, this.#delimiter)) break;
      if (this.#isAt(end, this.#quote)) {
        return { reason: 'a quote within a field that does not begin with one', at: end };
      }
      if (this.#escapesAnywhere && this.#isAt(end, this.#escape)) {
        kind = RAW.csvText;
        end += this.#escape.length;
        if (bytes[end] === NEWLINE) this.#breaks++;
        end += characterBytes(bytes[end]) - 1;
      }
    }
    if (end >= length && !isLast) return 'incomplete';
    end = Math.min(end, length);
    const isRowEnd = end === length || bytes[end] === NEWLINE;
    const stop = isRowEnd && end > start && bytes[end - 1] === RETURN ? end - 1 : end;
    this.#fields.add(this.#isNull(start, stop) ? RAW.null : kind, start, stop);
    this.#next = end;
    return 'row';
  }

  #isNull(start: number, end: number): boolean {
    const text = this.#nullText;
    if (text === undefined || text.length !== end - start) return false;
    return start === end || hasAt(this.#bytes, start, text);
  }

  /** Reads a quoted field; `#next` is then at the delimiter or line break after it. */
  #quoted(start: number, isLast: boolean): Outcome {
    const bytes = this.#bytes;
    const isSpecial = this.#isSpecial;
    const { length } = bytes;
    const size = this.#quote.length;
    const escape = this.#escape;
    let kind: number = RAW.text;
    let close = start + size;
    for (; close < length; close++) {
      const byte = bytes[close] ?? 0;
      if (isSpecial[byte] !== 1) continue;
      if (byte === NEWLINE) this.#breaks++;
      else if (this.#escapesAnywhere && this.#isAt(close, escape)) {
        kind = RAW.csvText;
        close += escape.length;
        if (bytes[close] === NEWLINE) this.#breaks++;
        close += characterBytes(bytes[close]) - 1;
      } else if (this.#isAt(close, this.#quote)) {
        if (this.#escapesAnywhere || escape.length === 0 || !this.#isAt(close + size, escape)) break;
        kind = RAW.csvText;
        close += size + size - 1;
      }
    }
    // Without the bytes after it, it is not known whether the quote is doubled.
    if (close >= length || (close + size + size > length && !isLast)) return 'incomplete';
    let after = close + size;
    if (bytes[after] === RETURN) {
      if (after + 1 >= length && !isLast) return 'incomplete';
      if (bytes[after + 1] === NEWLINE || after + 1 >= length) after++;
    }
    if (after < length && bytes[after] !== NEWLINE && !this.#isAt(after, this.#delimiter)) {
      return { reason: 'text after the closing quote of a field', at: after };
    }
    this.#fields.add(kind, start + size, close);
    this.#next = after;
    return 'row';
  }
}

/** True when the bytes have all of `wanted` at that place. */
function hasAt(bytes: Buffer, at: number, wanted: Buffer): boolean {
  for (let i = 0; i < wanted.length; i++) if (bytes[at + i] !== wanted[i]) return false;
  return true;
}

/** Bytes of the character that begins with the byte. */
function characterBytes(first = 0): number {
  return first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

function countBreaks(bytes: Buffer, from: number, to: number): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE, from); at >= 0 && at < to; at = bytes.indexOf(NEWLINE, at + 1)) count++;
  return count;
}
