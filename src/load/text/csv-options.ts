import { AppError } from '../../core/errors.ts';
import type { TextEncoding } from './decode-text.ts';

/** How a CSV file is written. What is absent is as RFC 4180 says. */
export interface CsvOptions {
  /** One character. Default `,`. */
  readonly delimiter?: string | undefined;
  /** One character, or '' when fields are never quoted. Default `"`. */
  readonly quote?: string | undefined;
  /**
   * The character that takes the meaning from the one after it. Default: the quote, which is doubled within quotes. Another
   * one, such as a backslash, also counts in fields without quotes.
   */
  readonly escape?: string | undefined;
  /** What an unquoted field that means null looks like. Default '': an unquoted empty field is null, a quoted one is not. */
  readonly nullText?: string | false | undefined;
  /** Whether the first row names the columns. Default true. */
  readonly header?: boolean | undefined;
  /** Names of the columns, when there is no header, or instead of it. */
  readonly columns?: readonly string[] | undefined;
  /** Default `utf-8`. */
  readonly encoding?: TextEncoding | undefined;
}

/** The same, complete and checked. */
export interface CsvDialect {
  readonly delimiter: string;
  /** '' when there is none. */
  readonly quote: string;
  /** '' when there is none. */
  readonly escape: string;
  readonly nullText: string | undefined;
  readonly header: boolean;
  readonly columns: readonly string[] | undefined;
  readonly encoding: TextEncoding;
}

/** @throws LOAD_MAPPING_INVALID when the characters cannot be told apart. */
export function csvDialect(options: CsvOptions): CsvDialect {
  const { delimiter = ',', quote = '"', escape = quote, header = true, columns, encoding = 'utf-8' } = options;
  const nullText = options.nullText ?? '';
  const wrong =
    delimiter.length !== 1 || /[\r\n]/.test(delimiter)
      ? 'the delimiter must be one character'
      : quote.length > 1 || escape.length > 1 || /[\r\n]/.test(quote + escape)
        ? 'quote and escape must be one character each, or empty'
        : delimiter === quote || delimiter === escape
          ? 'the delimiter cannot be the quote or the escape character'
          : undefined;
  if (wrong !== undefined) {
    throw new AppError('LOAD_MAPPING_INVALID', `the CSV options cannot be used: ${wrong}`, { subject: 'input.csv' });
  }
  return {
    delimiter,
    quote,
    escape,
    nullText: nullText === false ? undefined : nullText,
    header,
    columns,
    encoding,
  };
}
