import type { RawRows } from './raw-rows.ts';

/**
 * A value of a row, exactly as its source gives it: nothing is rounded, trimmed or guessed. What it becomes in a message
 * is the mapping's decision (`src/load/mapping`).
 *
 * - `undefined`: the row has no such field at all (document stores, JSON lines), which is not the same as null
 * - `null`: the source says so (SQL NULL, JSON null, an unquoted empty CSV field when the mapping says that it means null)
 * - `string`: text, and everything of a source that knows only text (CSV, COPY)
 * - `bigint`: integers; `number`: IEEE doubles; `DecimalValue`: decimals whose digits count
 * - `Uint8Array`: bytes
 * - `InstantValue`, `TimestampValue`, `DateValue`, `TimeValue`: with and without a zone
 * - `DocumentValue`: JSON-like structure (JSON columns, BSON documents, arrays)
 */
export type RowValue =
  | undefined
  | null
  | string
  | boolean
  | bigint
  | number
  | Uint8Array
  | DecimalValue
  | InstantValue
  | TimestampValue
  | DateValue
  | TimeValue
  | DocumentValue;

/** A decimal as its source writes it: `-12.50`. */
export interface DecimalValue {
  readonly kind: 'decimal';
  readonly text: string;
}

/** A point in time: microseconds since 1970-01-01 UTC. */
export interface InstantValue {
  readonly kind: 'instant';
  readonly epochUs: bigint;
}

/** A date and time without a zone: microseconds since 1970-01-01 00:00 of that unknown zone. */
export interface TimestampValue {
  readonly kind: 'timestamp';
  readonly epochUs: bigint;
}

/** A calendar day: days since 1970-01-01. */
export interface DateValue {
  readonly kind: 'date';
  readonly epochDay: number;
}

/** A time of day: microseconds since midnight. */
export interface TimeValue {
  readonly kind: 'time';
  readonly us: bigint;
}

/** Structure: `json` is JSON text as the source has it, or as it is defined for BSON (relaxed extended JSON). */
export interface DocumentValue {
  readonly kind: 'document';
  readonly json: string;
}

/** Where a row stands, for checkpoints, error files and messages. */
export interface RowPosition {
  /** The file, object or table, as a person would name it. */
  readonly source: string;
  /** Counts rows of the source from 0. A reader opened at row n gives the same rows as one that has read n rows. */
  readonly row: number;
  /** Line in the file, from 1, where that means something. */
  readonly line?: number | undefined;
}

/** A row that cannot be read; the ones after it can. */
export interface BadRow {
  readonly position: RowPosition;
  readonly reason: string;
  /** The raw text, cut to 1,000 characters. */
  readonly excerpt: string;
}

/** A database that rows are in, or were dumped from. */
export interface RowDatabase {
  /** In the words by which Debezium names its connectors. */
  readonly kind: 'mariadb' | 'mysql' | 'postgresql';
  /** Where it is known, and the names of tables do not begin with it. */
  readonly name?: string | undefined;
}

/**
 * Some rows of one table, in order, as columns of values: `rows[i][j]` belongs to `columns[j]`. `columns` is the same
 * array for all batches of a table unless the source changes its columns (a document store may).
 */
export interface RowBatch {
  /** The table or collection, as the source names it (`public.orders`); undefined when the source does not say (CSV). */
  readonly table: string | undefined;
  /** What the table is in, where the source is that database or a dump of it. */
  readonly database?: RowDatabase | undefined;
  readonly columns: readonly SourceColumn[];
  /**
   * True when rows have fields, as documents do, and not columns: a field that is not in `columns` may come yet, and a
   * row may be shorter than `columns`. Otherwise a mapping that names another column is refused.
   */
  readonly columnsVary?: boolean | undefined;
  readonly rows: readonly (readonly RowValue[])[];
  /** The same rows as they stand in a text, from row `first` of it on; then `rows` are made when somebody asks for them. */
  readonly raw?: { readonly rows: RawRows; readonly first: number } | undefined;
  /** Of the first row. Rows of a batch are consecutive in the source. */
  readonly first: RowPosition;
  /** Numbers of the rows (`RowPosition.row`), parallel to them; absent: consecutive from `first.row`, bad ones last. */
  readonly rowNumbers?: readonly number[] | undefined;
  /** Lines of the rows, parallel to them, for sources that have lines. */
  readonly lines?: readonly number[] | undefined;
  /** Rows between these that could not be read: they count as rows of the source, but are not in `rows`. */
  readonly bad: readonly BadRow[];
  /** Rows of the source that this batch covers: `rows` and `bad` together. */
  readonly rowCount: number;
}

/** A column as its source describes it. */
export interface SourceColumn {
  readonly name: string;
  /** The type in the source's own words (`numeric(10,2)`, `bson:int`); undefined when it has none. */
  readonly type?: string | undefined;
  readonly nullable?: boolean | undefined;
  /** Part of the primary key, at this place from 0, when the source says so. */
  readonly keyOrdinal?: number | undefined;
}

/** A source of rows that can be opened at any row again. */
export interface RowSource {
  /** As a person would name it. */
  readonly name: string;
  /** Bytes to be read, when known; for progress. */
  readonly sizeBytes: number | undefined;
  /** True when it can be read but once, and only from its beginning to its end (a pipe): `read` skips up to `fromRow`. */
  readonly readOnce?: boolean | undefined;
  /** Bytes read so far by the latest `read`. */
  readonly readBytes: number;
  /**
   * Rows from row `fromRow` of each table on, in batches of at most a few thousand rows.
   * `fromRow` counts the rows of the whole source, over its tables.
   */
  read(fromRow: number, signal: AbortSignal): AsyncIterable<RowBatch>;
}
