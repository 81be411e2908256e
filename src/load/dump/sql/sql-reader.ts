import type { RowDatabase } from '../../row/row.ts';
import { unreadable } from '../../source/unreadable.ts';
import type { BinaryText } from './binary-text.ts';
import { CollectedRows, type SqlRows } from './collected-rows.ts';
import { copyFields, goesOn } from './copy-line.ts';
import { copyStart, insertStart, insertTailProblem, type RowsStart } from './data-statement.ts';
import { commentAt, type SqlComment } from './sql-comment.ts';
import { LineCounter } from './sql-lines.ts';
import {
  dumpedDatabase,
  learnFromComment,
  newSettings,
  setMysql,
  setPostgres,
  type SqlSettings,
} from './sql-settings.ts';
import { isWithinBody, learnFromStatement, metaProblem } from './sql-statement.ts';
import { binaryColumns, SqlTables } from './sql-tables.ts';
import { statementEnd } from './statement-end.ts';
import { AmbiguousBackslash, ValueReader } from './value-reader.ts';

/** A row, or a statement that is none of data, may not be longer: it is held in memory. */
const PIECE_CHARS_MAX = 256 * 1024 * 1024;
/** What comes before the rows of a statement may not be longer. */
const START_CHARS_MAX = 1024 * 1024;
const WORD = /[A-Za-z]+/y;
const BACKSLASH = 92;
const DATA_END = '\\.';

/** How a dump is read. */
export interface SqlReaderOptions {
  /** For messages. */
  readonly name: string;
  /** Primary keys that are known before. */
  readonly keys?: ReadonlyMap<string, readonly string[]> | undefined;
}

/** In the middle of which rows the reader is. */
type Place = { readonly kind: 'statements' } | { readonly kind: 'copy'; readonly start: RowsStart } | ValuesPlace;

interface ValuesPlace {
  readonly kind: 'values';
  readonly start: RowsStart;
  readonly reader: ValueReader;
  isRowNext: boolean;
}

const STATEMENTS: Place = { kind: 'statements' };
const UTF8_MARK = '\u00ef\u00bb\u00bf';
const UTF16_MARK = /^(?:\u00ff\u00fe|\u00fe\u00ff)/;

/**
 * Rows from the SQL of a dump that comes in pieces. Memory is bounded by the longest row, not by statements. What it does not
 * know it passes over, except what would change rows or bring others: that ends it, as does an end that comes too early.
 */
export class SqlReader {
  readonly #name: string;
  readonly #settings: SqlSettings = newSettings();
  readonly #tables: SqlTables;
  readonly #rows: CollectedRows;
  readonly #lines = new LineCounter();
  #text: BinaryText = '';
  #at = 0;
  #isLast = false;
  /** Less text than this does not help: what begins at `#at` was looked at and is not whole. */
  #needed = 0;
  #delimiter = ';';
  #place: Place = STATEMENTS;
  #isBegun = false;

  constructor({ name, keys }: SqlReaderOptions) {
    this.#name = name;
    this.#tables = new SqlTables(keys);
    this.#rows = new CollectedRows(this.#tables);
  }

  /** Columns of primary keys by table, as far as they have been told. */
  get keys(): ReadonlyMap<string, readonly string[]> {
    return this.#tables.keys;
  }

  /** What the dump is of, as far as it has told. */
  get database(): RowDatabase | undefined {
    return dumpedDatabase(this.#settings);
  }

  /** The rows that are complete now. `isLast`: there is no more text. @throws LOAD_INPUT_UNREADABLE with the line. */
  push(added: BinaryText, isLast: boolean): readonly SqlRows[] {
    this.#text += added;
    this.#isLast = isLast;
    if (this.#text.length < this.#needed && !isLast) return [];
    if (!this.#isBegun) this.#begin();
    if (this.#place.kind === 'values') this.#place.reader.begin(this.#text, isLast);
    while (this.#step());
    this.#lines.drop(this.#text, this.#at);
    this.#text = this.#text.slice(this.#at);
    this.#at = 0;
    if (this.#text.length > PIECE_CHARS_MAX) this.#fail(`a row or statement is longer than ${PIECE_CHARS_MAX} bytes`);
    this.#needed = this.#text.length * 2;
    if (isLast) this.#end();
    return this.#rows.take();
  }

  #begin(): void {
    this.#isBegun = true;
    if (this.#text.startsWith(UTF8_MARK)) this.#at = UTF8_MARK.length;
    if (!UTF16_MARK.test(this.#text)) return;
    this.#fail(
      'it is UTF-16, as PowerShell writes what is sent to a file with `>`',
      'Let the tool write it: pg_dump -f.',
    );
  }

  /** True when it got on. */
  #step(): boolean {
    switch (this.#place.kind) {
      case 'statements':
        return this.#statement();
      case 'copy':
        return this.#copyLine(this.#place.start);
      case 'values':
        return this.#place.isRowNext ? this.#tuple(this.#place) : this.#separator(this.#place);
    }
  }

  #statement(): boolean {
    this.#skipSpace();
    if (this.#at >= this.#text.length) return false;
    const comment = commentAt(this.#text, this.#at, this.#isLast, this.#settings.kind);
    if (comment === 'incomplete') return this.#incomplete('within a comment');
    if (comment !== undefined) return this.#passComment(comment);
    if (this.#takes(this.#delimiter)) return true;
    if (this.#text[this.#at] === '\\') return this.#metaLine();
    WORD.lastIndex = this.#at;
    const word = WORD.exec(this.#text)?.[0].toUpperCase() ?? '';
    if (this.#at + word.length >= this.#text.length && !this.#isLast) return false;
    if (word === 'DELIMITER') return this.#delimiterLine();
    if (word === 'COPY') return this.#beginCopy();
    if (word === 'INSERT' || word === 'REPLACE') return this.#beginValues();
    return this.#passStatement();
  }

  #passComment({ end, isRun }: SqlComment): boolean {
    if (isRun) setMysql(this.#settings);
    const comment = this.#text.slice(this.#at, end);
    if (comment.startsWith('/*M!')) this.#settings.isMariadb = true;
    const problem = comment.startsWith('-') ? learnFromComment(this.#settings, comment.trimEnd()) : undefined;
    if (problem !== undefined) this.#fail(problem);
    this.#at = end;
    return true;
  }

  /** A command of psql, such as `\connect`. */
  #metaLine(): boolean {
    const line = this.#wholeLine();
    if (line === undefined) return false;
    const problem = metaProblem(line);
    if (problem !== undefined) this.#fail(problem);
    this.#at += line.length;
    return true;
  }

  /** A command of MySQL's client: another text ends statements from here on. */
  #delimiterLine(): boolean {
    const line = this.#wholeLine();
    if (line === undefined) return false;
    this.#delimiter = /^\w+\s+(\S+)/.exec(line)?.[1] ?? ';';
    setMysql(this.#settings);
    this.#at += line.length;
    return true;
  }

  #passStatement(): boolean {
    let end = statementEnd(this.#text, this.#at, this.#delimiter, this.#settings);
    // The body of a function of standard SQL has statements in it.
    while (end >= 0 && isWithinBody(this.#text.slice(this.#at, end))) {
      end = statementEnd(this.#text, end + 1, this.#delimiter, this.#settings);
    }
    if (end < 0) return this.#incomplete('within a statement');
    const statement = this.#text.slice(this.#at, end);
    const problem = learnFromStatement(statement, this.#settings, this.#tables);
    if (problem !== undefined) this.#fail(problem);
    this.#at = end + this.#delimiter.length;
    return true;
  }

  #beginCopy(): boolean {
    const start = copyStart(this.#text, this.#at, this.#settings, this.#tables);
    if (start === undefined) return this.#unknownStart('COPY can only be read as `COPY table (columns) FROM stdin;`');
    setPostgres(this.#settings);
    this.#at = start.end;
    this.#place = { kind: 'copy', start };
    return true;
  }

  #beginValues(): boolean {
    const start = insertStart(this.#text, this.#at, this.#settings, this.#tables);
    if (start === undefined)
      return this.#unknownStart('INSERT can only be read as `INSERT INTO table (columns) VALUES ...`');
    this.#at = start.end;
    const { decode, kind, escapes } = this.#settings;
    const isMysql = kind === 'mysql';
    const binary = isMysql ? binaryColumns(start.columns ?? []) : [];
    const reader = new ValueReader({ escapes, decode, isMysql, binary, generated: this.#tables.generated(start) });
    reader.begin(this.#text, this.#isLast);
    if (start.isDefault) this.#addDefaults(start);
    this.#place = { kind: 'values', start, reader, isRowNext: !start.isDefault };
    return true;
  }

  /** Of a table without columns there can be a row all the same. */
  #addDefaults(start: RowsStart): void {
    const line = this.#lines.at(this.#text, this.#at);
    if (start.columns?.length === 0) this.#rows.add(start, line, [], () => '');
    else this.#rows.addBad(start, line, 'DEFAULT VALUES stands for values that the dump does not tell', '');
  }

  #unknownStart(problem: string): boolean {
    if (this.#text.length - this.#at < START_CHARS_MAX && !this.#isLast) return false;
    return this.#fail(problem);
  }

  #copyLine(start: RowsStart): boolean {
    let end = this.#text.indexOf('\n', this.#at);
    while (end > 0 && this.#text.charCodeAt(end - 1) === BACKSLASH && goesOn(this.#text.slice(this.#at, end))) {
      end = this.#text.indexOf('\n', end + 1);
    }
    if (end < 0) {
      if (!this.#isLast || this.#text.slice(this.#at) !== DATA_END) {
        return this.#incomplete(`within the rows of ${start.table}`);
      }
      end = this.#text.length;
    }
    const isReturn = this.#text.charCodeAt(end - 1) === 13 && end > this.#at;
    const line = this.#text.slice(this.#at, isReturn ? end - 1 : end);
    if (line === DATA_END) this.#place = STATEMENTS;
    else this.#addCopied(start, line);
    this.#at = Math.min(end + 1, this.#text.length);
    return true;
  }

  #addCopied(start: RowsStart, line: BinaryText): void {
    const fields = copyFields(line, this.#settings.decode);
    const lineNumber = this.#lines.at(this.#text, this.#at);
    if (fields === undefined) this.#rows.addBad(start, lineNumber, 'it is not in the encoding of the dump', line);
    else this.#rows.add(start, lineNumber, line === '' && start.columns?.length === 0 ? [] : fields, () => line);
  }

  #tuple(place: ValuesPlace): boolean {
    const { reader, start } = place;
    this.#skipSpace();
    if (this.#at >= this.#text.length) return this.#incomplete(`within the rows of ${start.table}`);
    if (this.#text[this.#at] !== '(') this.#fail('a row is missing after a comma or VALUES');
    const outcome = this.#read(reader);
    if (outcome === 'incomplete') return false;
    const line = this.#lines.at(this.#text, this.#at);
    const raw = (): BinaryText => this.#text.slice(this.#at, reader.next);
    if (outcome.kind === 'row') this.#rows.add(start, line, outcome.values, raw);
    else this.#rows.addBad(start, line, outcome.reason, raw());
    this.#at = reader.next;
    place.isRowNext = false;
    return true;
  }

  #read(reader: ValueReader): ReturnType<ValueReader['row']> {
    try {
      return reader.row(this.#at);
    } catch (error) {
      if (!(error instanceof AmbiguousBackslash)) throw error;
      const hint =
        'Put a line in front of it: `SET standard_conforming_strings = on;` (PostgreSQL) or `SET NAMES utf8mb4;` (MySQL).';
      return this.#fail('nothing tells whether it is the SQL of PostgreSQL or MySQL, where backslashes differ', hint);
    }
  }

  #separator(place: ValuesPlace): boolean {
    this.#skipSpace();
    if (this.#takes(',')) {
      place.isRowNext = true;
      return true;
    }
    const end = statementEnd(this.#text, this.#at, this.#delimiter, this.#settings);
    if (end < 0) return this.#incomplete(`within the rows of ${place.start.table}`);
    const problem = insertTailProblem(this.#text.slice(this.#at, end));
    if (problem !== undefined) this.#fail(problem);
    this.#at = end + this.#delimiter.length;
    this.#place = STATEMENTS;
    return true;
  }

  #skipSpace(): void {
    for (; this.#at < this.#text.length; this.#at++) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 32 && (code < 9 || code > 13)) return;
    }
  }

  #takes(mark: string): boolean {
    if (!this.#text.startsWith(mark, this.#at)) return false;
    this.#at += mark.length;
    return true;
  }

  /** The line that begins here, with its end; undefined when it is not whole yet. */
  #wholeLine(): BinaryText | undefined {
    const end = this.#text.indexOf('\n', this.#at);
    if (end < 0) return this.#isLast ? this.#text.slice(this.#at) : undefined;
    return this.#text.slice(this.#at, end + 1);
  }

  #incomplete(where: string): boolean {
    return this.#isLast ? this.#fail(`it ends ${where}: it is not whole`) : false;
  }

  #end(): void {
    const { awaitedEnd } = this.#settings;
    if (awaitedEnd === undefined) return;
    this.#fail(`it does not end with "${awaitedEnd}": it is not whole`, 'Get the whole dump, or join its parts.');
  }

  #fail(reason: string, hint?: string): never {
    throw unreadable(this.#name, `line ${this.#lines.at(this.#text, this.#at)}: ${reason}`, { hint });
  }
}
