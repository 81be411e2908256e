import type { CsvDialect } from './csv-options.ts';

/** A row of a CSV file, or what stands where one should be. */
export type CsvRow =
  | { readonly line: number; readonly values: readonly (string | null)[] }
  | { readonly line: number; readonly bad: string; readonly excerpt: string };

const NEWLINE = 10;
const RETURN = 13;
const EXCERPT_MAX = 1000;

/** How far a row was understood: it ends before `next`, or is not all there yet, or something is wrong at `at`. */
type Outcome = 'row' | 'incomplete' | { readonly reason: string; readonly at: number };

/**
 * Rows from text that comes in pieces. Hot: one pass over the characters, and a piece that ends within a row costs that
 * row once more. After a row that cannot be read it goes on at the next line.
 */
export class CsvRows {
  readonly #dialect: CsvDialect;
  readonly #rowCharsMax: number;
  /** True when a backslash or the like counts outside quotes too. */
  readonly #escapesAnywhere: boolean;
  #text = '';
  #at = 0;
  #line = 1;
  /** Within a row that was given up as too long: everything up to the next line is passed over. */
  #isSkipping = false;
  #fields: (string | null)[] = [];
  #next = 0;
  /** Line breaks within the row. */
  #breaks = 0;

  constructor(dialect: CsvDialect, rowCharsMax: number) {
    this.#dialect = dialect;
    this.#rowCharsMax = rowCharsMax;
    this.#escapesAnywhere = !Number.isNaN(dialect.escape) && dialect.escape !== dialect.quote;
  }

  /** The rows that are complete now. Empty lines are not rows. `isLast`: there is no more text. */
  push(text: string, isLast: boolean): CsvRow[] {
    this.#text = this.#at < this.#text.length ? this.#text.slice(this.#at) + text : text;
    this.#at = 0;
    const rows: CsvRow[] = [];
    while (this.#at < this.#text.length) {
      if (this.#isSkipping ? !this.#skipLine() : this.#skipEmptyLine()) continue;
      if (this.#isSkipping || this.#at >= this.#text.length) break;
      const outcome = this.#row(isLast);
      if (outcome === 'row') {
        rows.push({ line: this.#line, values: this.#fields });
        this.#line += 1 + this.#breaks;
        this.#at = this.#next;
      } else if (outcome !== 'incomplete') {
        if (!this.#giveUp(rows, outcome.reason, outcome.at, isLast)) break;
      } else if (isLast) {
        this.#giveUp(rows, 'a quote is opened and never closed', this.#at, isLast);
      } else if (this.#text.length - this.#at > this.#rowCharsMax) {
        const reason = `longer than ${this.#rowCharsMax} characters, or a quote is never closed`;
        this.#giveUp(rows, reason, this.#at, true);
      } else break;
    }
    return rows;
  }

  /** True when an empty line was passed over. */
  #skipEmptyLine(): boolean {
    const text = this.#text;
    const start = this.#at;
    const end = text.charCodeAt(start) === RETURN ? start + 1 : start;
    if (text.charCodeAt(end) !== NEWLINE) return false;
    this.#at = end + 1;
    this.#line++;
    return true;
  }

  /** Passes over the rest of a line. True when its end is not in the text yet. */
  #skipLine(): boolean {
    const end = this.#text.indexOf('\n', this.#at);
    this.#isSkipping = end < 0;
    this.#at = end < 0 ? this.#text.length : end + 1;
    if (end >= 0) this.#line++;
    return this.#isSkipping;
  }

  /** Records a row that cannot be read, and goes on after the line in which the fault is. False: it is not all there. */
  #giveUp(rows: CsvRow[], bad: string, faultAt: number, isFinal: boolean): boolean {
    const end = this.#text.indexOf('\n', faultAt);
    if (end < 0 && !isFinal) return false;
    const stop = end < 0 ? this.#text.length : end;
    const raw = this.#text.slice(this.#at, Math.min(stop, this.#at + EXCERPT_MAX));
    rows.push({ line: this.#line, bad, excerpt: raw });
    this.#line += countBreaks(this.#text, this.#at, stop);
    this.#at = stop;
    this.#isSkipping = true;
    return true;
  }

  /** Reads the fields of the row at `#at`. */
  #row(isLast: boolean): Outcome {
    const text = this.#text;
    const { delimiter, quote, nullText } = this.#dialect;
    const fields: (string | null)[] = [];
    this.#fields = fields;
    this.#breaks = 0;
    let position = this.#at;
    for (;;) {
      if (text.charCodeAt(position) === quote) {
        const outcome = this.#quoted(position, isLast);
        if (outcome !== 'row') return outcome;
        position = this.#next;
      } else {
        const end = this.#fieldEnd(position);
        if (end >= text.length && !isLast) return 'incomplete';
        if (text.charCodeAt(end) === quote)
          return { reason: 'a quote within a field that does not begin with one', at: end };
        const code = text.charCodeAt(end);
        const isRowEnd = code !== delimiter;
        const stop = isRowEnd && text.charCodeAt(end - 1) === RETURN && end > position ? end - 1 : end;
        const field = text.slice(position, stop);
        fields.push(field === nullText ? null : this.#escapesAnywhere ? this.#unescape(field) : field);
        position = end;
      }
      // At a delimiter, a line's end, or the end of everything.
      const code = text.charCodeAt(position);
      if (code !== delimiter) {
        this.#next = position + 1;
        return 'row';
      }
      position++;
    }
  }

  /** Where a field without quotes ends: at a delimiter, a line break, a quote, or the end of the text. */
  #fieldEnd(start: number): number {
    const text = this.#text;
    const { delimiter, quote, escape } = this.#dialect;
    const { length } = text;
    const escapes = this.#escapesAnywhere;
    let end = start;
    for (; end < length; end++) {
      const code = text.charCodeAt(end);
      if (code === delimiter || code === NEWLINE || code === quote) return end;
      if (escapes && code === escape) end++;
    }
    return end;
  }

  /** Reads a quoted field; `#next` is then at the delimiter or line break after it. */
  #quoted(start: number, isLast: boolean): Outcome {
    const text = this.#text;
    const { delimiter } = this.#dialect;
    const close = this.#closingQuote(start + 1);
    // Without the character after it, it is not known whether the quote is doubled.
    if (close < 0 || (close + 1 >= text.length && !isLast)) return 'incomplete';
    let after = close + 1;
    if (text.charCodeAt(after) === RETURN) {
      if (after + 1 >= text.length && !isLast) return 'incomplete';
      if (text.charCodeAt(after + 1) === NEWLINE || after + 1 >= text.length) after++;
    }
    const code = text.charCodeAt(after);
    if (after < text.length && code !== delimiter && code !== NEWLINE) {
      return { reason: 'text after the closing quote of a field', at: after };
    }
    const inner = text.slice(start + 1, close);
    if (inner.includes('\n')) this.#breaks += countBreaks(inner, 0, inner.length);
    this.#fields.push(this.#unescape(inner));
    this.#next = after;
    return 'row';
  }

  #closingQuote(from: number): number {
    const text = this.#text;
    const { quote, escape } = this.#dialect;
    if (this.#escapesAnywhere) {
      for (let at = from; at < text.length; at++) {
        const code = text.charCodeAt(at);
        if (code === escape) at++;
        else if (code === quote) return at;
      }
      return -1;
    }
    const character = String.fromCharCode(quote);
    let at = text.indexOf(character, from);
    if (Number.isNaN(escape)) return at;
    while (at >= 0 && text.charCodeAt(at + 1) === quote) at = text.indexOf(character, at + 2);
    return at;
  }

  #unescape(field: string): string {
    const { escape } = this.#dialect;
    if (Number.isNaN(escape)) return field;
    let at = field.indexOf(String.fromCharCode(escape));
    if (at < 0) return field;
    let result = '';
    let from = 0;
    while (at >= 0 && at + 1 < field.length) {
      result += field.slice(from, at) + field.charAt(at + 1);
      from = at + 2;
      at = field.indexOf(String.fromCharCode(escape), from);
    }
    return result + field.slice(from);
  }
}

function countBreaks(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf('\n', from); at >= 0 && at < to; at = text.indexOf('\n', at + 1)) count++;
  return count;
}
