import { AppError } from '../../core/errors.ts';
import { RAW_STRIDE, RawFields, rawRow } from '../row/raw-rows.ts';
import type { RowSource, RowValue, SourceColumn } from '../row/row.ts';
import type { ByteInput } from '../source/byte-input.ts';
import { type CsvDialect, csvDialect, type CsvOptions } from './csv-options.ts';
import { CsvRows } from './csv-rows.ts';
import type { BadTextRow, TextRows } from './text-rows.ts';
import { type TextRowParser, textSource } from './text-source.ts';

/** A row may not be longer: it is held in memory. */
const ROW_BYTES_MAX = 64 * 1024 * 1024;

/**
 * Rows of a CSV file: every value is a text, or null (`CsvOptions.nullText`). A row with another number of fields than there
 * are columns, or with quotes that make no sense, is a bad row.
 * @throws LOAD_MAPPING_INVALID when the options make no sense; reading throws LOAD_INPUT_UNREADABLE.
 */
export function openCsv(input: ByteInput, options: CsvOptions = {}, table?: string): RowSource {
  const dialect = csvDialect(options);
  const newParser = (): TextRowParser => new CsvParser(dialect, input.name);
  return textSource({ input, encoding: dialect.encoding, table, newParser });
}

class CsvParser implements TextRowParser {
  readonly #rows: CsvRows;
  readonly #dialect: CsvDialect;
  readonly #name: string;
  #columns: readonly SourceColumn[] | undefined;
  #isHeaderRead: boolean;

  constructor(dialect: CsvDialect, name: string) {
    this.#rows = new CsvRows(dialect, ROW_BYTES_MAX);
    this.#dialect = dialect;
    this.#name = name;
    this.#columns = dialect.columns?.map((column) => ({ name: column }));
    this.#isHeaderRead = !dialect.header;
  }

  get columns(): readonly SourceColumn[] {
    return this.#columns ?? [];
  }

  push(piece: Buffer, isLast: boolean): TextRows {
    const found = this.#rows.push(piece, isLast);
    const first = firstOf(found);
    if (first === undefined) return found;
    const hasHeader = !this.#isHeaderRead;
    if (hasHeader) {
      this.#isHeaderRead = true;
      this.#columns ??= this.#headerOf(first);
    }
    const columns = (this.#columns ??= numbered(first));
    const isEven = found.lines.every((_, row) => fieldCount(found, row) === columns.length);
    return isEven && !hasHeader ? found : checked(found, columns.length, hasHeader);
  }

  #headerOf(row: readonly RowValue[] | BadTextRow): SourceColumn[] {
    const names = 'reason' in row ? [] : row.map(textOf);
    const twice = names.find((name, index) => names.indexOf(name) < index);
    // A quoted name may have more than one line. Of the lines of an old Mac the first would be all that there is.
    if (names.some((name) => /\r(?!\n)/.test(name))) throw this.#carriageReturns();
    const wrong =
      'reason' in row
        ? row.reason
        : names.includes('')
          ? `column ${names.indexOf('') + 1} has no name`
          : twice === undefined
            ? undefined
            : `the column "${twice}" is there twice`;
    if (wrong === undefined) return names.map((name) => ({ name }));
    throw new AppError('LOAD_INPUT_UNREADABLE', `cannot read the header of ${this.#name}: ${wrong}`, {
      subject: this.#name,
      hint: this.#dialect.header
        ? 'Name its columns (`input.csv.columns`); when the file has no header, say so too (`input.csv.header: false`).'
        : undefined,
    });
  }

  #carriageReturns(): AppError {
    const message = `cannot read the header of ${this.#name}: its lines end with carriage returns alone`;
    return new AppError('LOAD_INPUT_UNREADABLE', message, {
      subject: this.#name,
      hint: "Make line feeds of them on the way: tr '\\r' '\\n' < FILE | bss load - --input-format csv ...",
    });
  }
}

function firstOf({ raw, lines, bad }: TextRows): readonly RowValue[] | BadTextRow | undefined {
  if (bad[0]?.before === 0) return bad[0];
  return lines.length === 0 ? undefined : rawRow(raw, 0);
}

function numbered(row: readonly RowValue[] | BadTextRow): SourceColumn[] {
  return 'reason' in row ? [] : row.map((_, index) => ({ name: `column${index + 1}` }));
}

function fieldCount({ raw }: TextRows, row: number): number {
  return ((raw.starts[row + 1] ?? 0) - (raw.starts[row] ?? 0)) / RAW_STRIDE;
}

/** All fields of CSV are texts or null. */
function textOf(field: RowValue): string {
  return typeof field === 'string' ? field : '';
}

const EXCERPT_MAX = 1000;

/** The rows without the header, and without those that have another number of fields, which are bad rows. */
function checked(found: TextRows, columnCount: number, hasHeader: boolean): TextRows {
  const { raw, lines } = found;
  const bad = [...found.bad];
  if (hasHeader && bad[0]?.before === 0) bad.shift();
  const firstRow = hasHeader && bad.length === found.bad.length ? 1 : 0;
  const fields = new RawFields(raw.fields.length / RAW_STRIDE);
  const result: { lines: number[]; bad: BadTextRow[] } = { lines: [], bad: [] };
  for (let row = firstRow; row < lines.length; row++) {
    const before = result.lines.length;
    for (let next = bad[0]; next !== undefined && next.before <= row; next = bad[0]) {
      result.bad.push({ ...next, before });
      bad.shift();
    }
    const line = lines[row] ?? 0;
    const count = fieldCount(found, row);
    if (count === columnCount) {
      for (let at = raw.starts[row] ?? 0; at < (raw.starts[row + 1] ?? 0); at += RAW_STRIDE) {
        fields.add(raw.fields[at] ?? 0, raw.fields[at + 1] ?? 0, raw.fields[at + 2] ?? 0);
      }
      fields.endRow();
      result.lines.push(line);
    } else {
      const reason = `${count} fields where ${columnCount} are expected`;
      result.bad.push({ before, line, reason, excerpt: rawRow(raw, row).map(textOf).join(',').slice(0, EXCERPT_MAX) });
    }
  }
  for (const row of bad) result.bad.push({ ...row, before: result.lines.length });
  return { raw: { ...raw, fields: fields.fields, starts: fields.starts }, ...result };
}
