import { RawFields } from '../row/raw-rows.ts';
import type { RowSource, SourceColumn } from '../row/row.ts';
import type { ByteInput } from '../source/byte-input.ts';
import { JsonLineReader } from './json-line.ts';
import type { BadTextRow, TextRows } from './text-rows.ts';
import { type TextRowParser, textSource } from './text-source.ts';

/** A line may not be longer: it is held in memory. */
const LINE_BYTES_MAX = 64 * 1024 * 1024;
const EXCERPT_MAX = 1000;
/** A character of an excerpt takes no more bytes. */
const UTF8_BYTES_MAX = 4;
const NEWLINE = 10;
const NOTHING = Buffer.alloc(0);

/**
 * Rows of a file that has one JSON object on each line; empty lines are not rows. Numbers keep all their digits: whole
 * ones are `bigint`, others `DecimalValue`; objects and arrays are `DocumentValue` with their own text.
 */
export function openJsonLines(input: ByteInput, table?: string): RowSource {
  return textSource({ input, encoding: 'utf-8', table, columnsVary: true, newParser: () => new JsonLinesParser() });
}

class JsonLinesParser implements TextRowParser {
  readonly #reader = new JsonLineReader();
  #rest: Buffer = NOTHING;
  #line = 1;
  #isSkipping = false;
  #fieldsExpected = 1;

  get columns(): readonly SourceColumn[] {
    return this.#reader.columns;
  }

  push(added: Buffer, isLast: boolean): TextRows {
    const bytes = this.#rest.length === 0 ? added : Buffer.concat([this.#rest, added]);
    const fields = new RawFields(this.#fieldsExpected);
    const lines: number[] = [];
    const bad: BadTextRow[] = [];
    let at = 0;
    while (at < bytes.length) {
      const end = bytes.indexOf(NEWLINE, at);
      if (end < 0 && !isLast) break;
      const stop = end < 0 ? bytes.length : end;
      if (this.#isSkipping) this.#isSkipping = false;
      else {
        const outcome = this.#reader.read(bytes, at, stop, fields);
        if (outcome === 'row') lines.push(this.#line);
        else if (outcome !== 'empty') bad.push(this.#badRow(lines.length, outcome.reason, bytes.subarray(at, stop)));
      }
      this.#line++;
      at = stop + 1;
    }
    this.#rest = bytes.subarray(at);
    if (this.#rest.length > LINE_BYTES_MAX) {
      const reason = `longer than ${LINE_BYTES_MAX} bytes`;
      if (!this.#isSkipping) bad.push(this.#badRow(lines.length, reason, this.#rest));
      this.#isSkipping = true;
      this.#rest = NOTHING;
    }
    this.#fieldsExpected = fields.total;
    const raw = { bytes, fields: fields.fields, starts: fields.starts, escape: '', escapeByte: -1 };
    return { raw, lines, bad };
  }

  #badRow(before: number, reason: string, line: Buffer): BadTextRow {
    const excerpt = line.toString('utf8', 0, EXCERPT_MAX * UTF8_BYTES_MAX).slice(0, EXCERPT_MAX);
    return { before, line: this.#line, reason, excerpt };
  }
}
