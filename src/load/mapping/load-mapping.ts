import type { MessageFormat } from '../format/message-format.ts';
import type { CsvOptions } from '../text/csv-options.ts';

/** What a dump is and what it becomes: the mapping file, checked. */
export interface LoadMapping {
  readonly input: InputOptions;
  readonly tables: readonly TableMapping[];
  /** SHA-256 of the file's text, hexadecimal: a load is resumed with the mapping that it was begun with. */
  readonly fingerprint: string;
}

/** How the dump is to be read. */
export interface InputOptions {
  /** Absent: told by the name and the first bytes. */
  readonly format?: InputFormat | undefined;
  readonly csv: CsvOptions;
}

/** Kinds of dumps. */
export type InputFormat = 'csv' | 'jsonl' | 'sql' | 'bson' | 'parquet';

/** What becomes of the rows of one table. */
export interface TableMapping {
  /** As the source names it. Undefined: the rows of every source that names no table, or only this one. */
  readonly table: string | undefined;
  readonly topic: string;
  readonly format: MessageFormat;
  /** Source names of the primary key's columns, in order. Never empty. */
  readonly key: readonly string[];
  /** In the order of the message's fields. */
  readonly columns: readonly ColumnMapping[];
  /** What becomes of source columns that are not named: refused, left out, or copied as they are. */
  readonly rest: 'refuse' | 'omit' | 'copy';
  readonly partition: Partitioning;
  /** The same for every record. */
  readonly headers: readonly { readonly name: string; readonly value: string }[];
}

/** Which partition a record goes to: by its key's bytes as Kafka's Java producer or librdkafka do, or always one. */
export type Partitioning = 'murmur2' | 'crc32' | { readonly fixed: number };

/** What the value of a column is in the message. */
export type ColumnType =
  | 'string'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'double'
  | 'decimal'
  | 'boolean'
  | 'bytes'
  | 'date'
  | 'time'
  | 'timestamp'
  | 'timestamptz'
  | 'json'
  | 'uuid'
  | 'any';

/** What becomes of one column. */
export interface ColumnMapping {
  readonly from: string;
  /** Name of the message's field; undefined: the column is left out. */
  readonly to: string | undefined;
  readonly type: ColumnType;
  /** How a value is written, where the type can be written in several ways (`string`, `base64`, `micros`...). */
  readonly as: string | undefined;
  /** `keep`: null stays null. `refuse`: the row is. `omit`: the field is left out. */
  readonly nulls: 'keep' | 'refuse' | 'omit';
  /** A field that the row does not have at all. `null`: it becomes null. */
  readonly missing: 'omit' | 'refuse' | 'null';
  /** Texts that mean null. */
  readonly nullTexts: readonly string[];
  readonly trueTexts: readonly string[];
  readonly falseTexts: readonly string[];
  /** Blanks at the ends of a text are taken away. */
  readonly trim: boolean;
  readonly lengthMax: number | undefined;
  readonly precision: number | undefined;
  readonly scale: number | undefined;
  /** Digits that do not fit are rounded away (double, decimal) or cut (dates and times), instead of refused. */
  readonly lossy: boolean;
  /** How a date or time is written in text; undefined: ISO 8601. */
  readonly pattern: string | undefined;
  /** Offset from UTC, in minutes, of points in time whose text has none. */
  readonly offsetMinutes: number | undefined;
  /** How bytes are written in text. */
  readonly encoding: 'hex' | 'base64' | 'escaped-hex' | 'utf-8' | undefined;
}
