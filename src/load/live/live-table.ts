import type { RowDatabase, RowValue, SourceColumn } from '../row/row.ts';

/** A key's values as texts, from which its table can be read on: what a text is, is the table's own business. */
export type KeyTexts = readonly string[];

/** Rows in the order of the table's key. */
export interface TablePage {
  readonly columns: readonly SourceColumn[];
  readonly rows: readonly (readonly RowValue[])[];
  /** Of the last row. */
  readonly lastKey: KeyTexts;
}

/** A table or collection of a database that is running, as of one moment where the database can do that. */
export interface LiveTable {
  /** As the database names it: `public.orders`. */
  readonly table: string;
  /** Undefined for collections. */
  readonly database?: RowDatabase | undefined;
  /** True for collections: fields may come that no page had yet. */
  readonly columnsVary: boolean;
  /**
   * Pages of at most a few thousand rows, none empty, from the row after `after` on.
   * @throws LOAD_DATABASE_UNAVAILABLE, LOAD_INPUT_UNREADABLE
   */
  pages(after: KeyTexts | undefined): AsyncIterable<TablePage>;
}
