import type { JsonStyle } from '../json/json-text.ts';
import type { CustomFormat } from './custom-format.ts';
import type { Db2Format } from './db2-format.ts';
import type { DebeziumFormat } from './debezium-format.ts';
import type { GoldenGateFormat } from './golden-gate-format.ts';
import type { V2Format } from './v2-format.ts';

/** What messages look like. All formats know how their JSON is written. */
export type MessageFormat = (Db2Format | GoldenGateFormat | DebeziumFormat | V2Format | CustomFormat) & {
  readonly jsonStyle: JsonStyle;
};

/** Formats, by the names that mapping files use. */
export type FormatName = MessageFormat['type'];

/** A row whose values are JSON texts already. */
export interface RowTexts {
  /** The row as an object, the fields in the mapping's order. */
  readonly object: string;
  /** The primary key's fields as an object, in the order of the key. */
  readonly keyObject: string;
  /** The primary key's values. */
  readonly keyValues: readonly string[];
  /** All values, parallel to `MessageContext.fields`; undefined ones are left out of the object. */
  readonly values: readonly (string | undefined)[];
}

/** What a message says besides the row. */
export interface MessageContext {
  /** As the source names it; '' when it does not. */
  readonly table: string;
  readonly topic: string;
  /** Names of the fields, in order. */
  readonly fields: readonly string[];
  /** When the load began: so a load that is resumed writes what it would have written. */
  readonly tsMs: number;
}

/** Key and value of a message, as text that is written in UTF-8. */
export interface Message {
  readonly key: string;
  readonly value: string;
}

/** Makes messages of rows; `position` counts the rows of the load from 0. */
export type MessageWriter = (row: RowTexts, position: number) => Message;

/** The text that a JSON value stands for: of a string what is between its quotes, of others the JSON itself. */
export function textOfJson(json: string): string {
  return json.startsWith('"') ? String(JSON.parse(json)) : json;
}
