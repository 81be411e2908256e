import { jsonString, type JsonStyle } from '../json/json-text.ts';
import type { MessageContext } from './message-format.ts';
import type { MessageFrame } from './message-frame.ts';

/** Values that `source` may hold besides what is worked out. */
export type SourceFields = Readonly<Record<string, string | number | boolean | null>>;

/** Debezium, JSON converters without schemas. */
export interface DebeziumFormat {
  readonly type: 'debezium';
  /** `r`: read by a snapshot; `c`: inserted. */
  readonly op: 'r' | 'c';
  /** Constant fields of `source`, in order: connector, name, db, schema, table... */
  readonly source: SourceFields;
  /** `source.snapshot`. */
  readonly snapshot: string;
  /** Whether `"transaction":null` is written, as Debezium does unless told otherwise. */
  readonly transaction: boolean;
}

/** Key: an object of the primary key's fields. Fields of the value in Debezium's order. */
export function debeziumFrame(format: DebeziumFormat, context: MessageContext, style: JsonStyle): MessageFrame {
  const { op, snapshot, transaction } = format;
  const { tsMs } = context;
  const source = sourceJson(
    { ...format.source, ...unless(format.source, { snapshot, ts_ms: tsMs }), ...named(format, context) },
    style,
  );
  const head = '{"before":null,"after":';
  const tail = `,"source":${source}${transaction ? ',"transaction":null' : ''},"op":"${op}","ts_ms":${tsMs}}`;
  return { key: 'object', head, tail };
}

/** Connectors whose tables are in a database, without schemas: what goes before a table's name is `db`. */
const CONNECTORS_WITHOUT_SCHEMAS: readonly unknown[] = ['mysql', 'mariadb'];

/** Schema (or database) and table as the dump names them, unless the mapping does. */
function named({ source }: DebeziumFormat, { table }: MessageContext): SourceFields {
  if (table === '') return {};
  const dot = table.lastIndexOf('.');
  const field = CONNECTORS_WITHOUT_SCHEMAS.includes(source['connector']) ? 'db' : 'schema';
  const place = dot > 0 ? { [field]: table.slice(0, dot) } : {};
  return unless(source, { ...place, table: table.slice(dot + 1) });
}

/** Those of the fields that are not given. */
export function unless(given: SourceFields, fields: SourceFields): SourceFields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !Object.hasOwn(given, name)));
}

/** A flat object as JSON. */
export function sourceJson(fields: SourceFields, style: JsonStyle): string {
  const members = Object.entries(fields).map(([name, value]) => {
    const json = typeof value === 'string' ? jsonString(value, style) : JSON.stringify(value);
    return `${jsonString(name, style)}:${json}`;
  });
  return `{${members.join(',')}}`;
}
