import type { RowValue } from '../../row/row.ts';
import type { BinaryText } from './binary-text.ts';
import type { RowsStart } from './data-statement.ts';
import type { RowsOf, SqlTables } from './sql-tables.ts';

/** A row of a dump, or why it could not be read. */
export type SqlRow =
  | { readonly line: number; readonly values: readonly RowValue[] }
  | { readonly line: number; readonly bad: string; readonly excerpt: string };

/** Rows of one table, one after the other. */
export interface SqlRows extends RowsOf {
  readonly rows: SqlRow[];
}

const EXCERPT_MAX = 1000;

/** Rows as they are found, by table. */
export class CollectedRows {
  readonly #tables: SqlTables;
  #found: SqlRows[] = [];

  constructor(tables: SqlTables) {
    this.#tables = tables;
  }

  /** Those since the last call. */
  take(): readonly SqlRows[] {
    const found = this.#found;
    this.#found = [];
    return found;
  }

  /** `raw` gives the row as it stands in the dump, for messages. */
  add(start: RowsStart, line: number, values: readonly RowValue[], raw: () => BinaryText): void {
    const columns = (start.columns ??= this.#tables.numbered(start.table, values.length));
    if (values.length === columns.length) {
      this.#group(start).push({ line, values });
      return;
    }
    this.addBad(start, line, `${values.length} values where ${columns.length} are expected`, raw());
  }

  addBad(start: RowsStart, line: number, bad: string, raw: BinaryText): void {
    const excerpt = Buffer.from(raw.slice(0, EXCERPT_MAX), 'latin1').toString('utf8');
    this.#group(start).push({ line, bad, excerpt });
  }

  #group({ table, columns = [] }: RowsStart): SqlRow[] {
    const last = this.#found.at(-1);
    if (last?.table === table && last.columns === columns) return last.rows;
    const group: SqlRows = { table, columns, rows: [] };
    this.#found.push(group);
    return group.rows;
  }
}
