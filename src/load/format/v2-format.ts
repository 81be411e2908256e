import type { JsonStyle } from '../json/json-text.ts';
import { type SourceFields, sourceJson, unless } from './debezium-format.ts';
import type { MessageContext } from './message-format.ts';
import type { MessageFrame } from './message-frame.ts';

/** Fast Data Engine v2, which Mongezium writes and Kango reads. */
export interface V2Format {
  readonly type: 'v2';
  readonly op: 'r' | 'c';
  /** Constant fields of `source`, in order: db, collection or table... */
  readonly source: SourceFields;
  /** Whether fields that a snapshot has nothing for are written as null, or not at all. */
  readonly empty: 'absent' | 'null';
}

/** Key: an object of the primary key's fields. Value: `op`, `after`, `source`, `ts_ms`. */
export function v2Frame(format: V2Format, { table, tsMs }: MessageContext, style: JsonStyle): MessageFrame {
  const { op, empty } = format;
  const hasPlace = ['collection', 'table'].some((name) => Object.hasOwn(format.source, name));
  const place: SourceFields = table === '' || hasPlace ? {} : { collection: table.slice(table.lastIndexOf('.') + 1) };
  const source = sourceJson({ ...format.source, ...place, ...unless(format.source, { ts_ms: tsMs }) }, style);
  const head = `{"op":"${op}",${empty === 'null' ? '"before":null,' : ''}"after":`;
  const tail = `,"source":${source},"ts_ms":${tsMs}${empty === 'null' ? ',"updateDescription":null' : ''}}`;
  return { key: 'object', head, tail };
}
