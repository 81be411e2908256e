import { AppError } from '../../core/errors.ts';
import type { RowSource, SourceColumn } from '../row/row.ts';
import type { ByteInput } from '../source/byte-input.ts';
import { type CsvDialect, csvDialect, type CsvOptions } from './csv-options.ts';
import { type CsvRow, CsvRows } from './csv-rows.ts';
import { type TextRow, type TextRowParser, textSource } from './text-source.ts';

/** A row may not be longer: it is held in memory. */
const ROW_CHARS_MAX = 64 * 1024 * 1024;

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
    this.#rows = new CsvRows(dialect, ROW_CHARS_MAX);
    this.#dialect = dialect;
    this.#name = name;
    this.#columns = dialect.columns?.map((column) => ({ name: column }));
    this.#isHeaderRead = !dialect.header;
  }

  get columns(): readonly SourceColumn[] {
    return this.#columns ?? [];
  }

  push(text: string, isLast: boolean): TextRow[] {
    const found = this.#rows.push(text, isLast);
    const first = found[0];
    if (first === undefined) return [];
    if (!this.#isHeaderRead) {
      this.#isHeaderRead = true;
      this.#columns ??= this.#headerOf(first);
      found.shift();
    }
    const columns = (this.#columns ??= numbered(first));
    return found.map((row) => checked(row, columns.length));
  }

  #headerOf(row: CsvRow): SourceColumn[] {
    const names = 'values' in row ? row.values.map((field) => field ?? '') : [];
    const twice = names.find((name, index) => names.indexOf(name) < index);
    const wrong =
      'bad' in row
        ? row.bad
        : names.includes('')
          ? `column ${names.indexOf('') + 1} has no name`
          : twice === undefined
            ? undefined
            : `the column "${twice}" is there twice`;
    if (wrong === undefined) return names.map((name) => ({ name }));
    throw new AppError('LOAD_INPUT_UNREADABLE', `cannot read the header of ${this.#name}: ${wrong}`, {
      subject: this.#name,
      hint: this.#dialect.header
        ? 'When the file has no header, say so (`input.csv.header: false`) and name its columns (`input.csv.columns`).'
        : undefined,
    });
  }
}

function numbered(row: CsvRow): SourceColumn[] {
  return 'values' in row ? row.values.map((_, index) => ({ name: `column${index + 1}` })) : [];
}

const EXCERPT_MAX = 1000;

function checked(row: CsvRow, columnCount: number): TextRow {
  if ('bad' in row) return row;
  if (row.values.length === columnCount) return row;
  const bad = `${row.values.length} fields where ${columnCount} are expected`;
  return { line: row.line, bad, excerpt: row.values.join(String.fromCharCode(44)).slice(0, EXCERPT_MAX) };
}
