import type { RowSource, SourceColumn } from '../row/row.ts';
import type { ByteInput } from '../source/byte-input.ts';
import { JsonLineReader } from './json-line.ts';
import { type TextRow, type TextRowParser, textSource } from './text-source.ts';

/** A line may not be longer: it is held in memory. */
const LINE_CHARS_MAX = 64 * 1024 * 1024;
const EXCERPT_MAX = 1000;

/**
 * Rows of a file that has one JSON object on each line; empty lines are not rows. Numbers keep all their digits: whole
 * ones are `bigint`, others `DecimalValue`; objects and arrays are `DocumentValue` with their own text.
 */
export function openJsonLines(input: ByteInput, table?: string): RowSource {
  return textSource({ input, encoding: 'utf-8', table, columnsVary: true, newParser: () => new JsonLinesParser() });
}

class JsonLinesParser implements TextRowParser {
  readonly #reader = new JsonLineReader();
  #rest = '';
  #line = 1;
  #isSkipping = false;

  get columns(): readonly SourceColumn[] {
    return this.#reader.columns;
  }

  push(added: string, isLast: boolean): TextRow[] {
    const text = this.#rest === '' ? added : this.#rest + added;
    const rows: TextRow[] = [];
    let at = 0;
    while (at < text.length) {
      const end = text.indexOf('\n', at);
      if (end < 0 && !isLast) break;
      const stop = end < 0 ? text.length : end;
      if (this.#isSkipping) this.#isSkipping = false;
      else this.#add(rows, text, at, stop);
      this.#line++;
      at = stop + 1;
    }
    this.#rest = text.slice(at);
    if (this.#rest.length > LINE_CHARS_MAX) {
      const excerpt = this.#rest.slice(0, EXCERPT_MAX);
      if (!this.#isSkipping) rows.push({ line: this.#line, bad: `longer than ${LINE_CHARS_MAX} characters`, excerpt });
      this.#isSkipping = true;
      this.#rest = '';
    }
    return rows;
  }

  #add(rows: TextRow[], text: string, start: number, stop: number): void {
    const values = this.#reader.read(text, start, stop);
    if (values === 'empty') return;
    if (typeof values !== 'string') rows.push({ line: this.#line, values });
    else rows.push({ line: this.#line, bad: values, excerpt: text.slice(start, Math.min(stop, start + EXCERPT_MAX)) });
  }
}
