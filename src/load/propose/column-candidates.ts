import type { FormatName } from '../format/message-format.ts';
import { parseIsoDate, parseIsoDateTime, parseIsoTime } from '../mapping/moment-pattern.ts';
import type { ColumnFile } from '../mapping/mapping-schema.ts';
import type { RowValue } from '../row/row.ts';

/** A way to map a column, and which values make it likely. */
export interface Candidate {
  readonly column: ColumnFile;
  readonly fits: (value: RowValue) => boolean;
}

const WHOLE = /^(?:0|-?[1-9]\d{0,18})$/;
const DECIMAL = /^-?(?:0|[1-9]\d*)\.(\d+)$/;
const UUID = /^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/;

/** The ways to map values whose source does not say their type, the most special first. */
export function candidates(values: readonly RowValue[], format: FormatName): Candidate[] {
  const isDebezium = format === 'debezium';
  const scales = new Set(values.map((value) => (typeof value === 'string' ? DECIMAL.exec(value)?.[1]?.length : 0)));
  const [scale] = scales;
  return [
    { column: { type: 'int64' }, fits: (value) => typeof value === 'bigint' || text((t) => WHOLE.test(t))(value) },
    {
      column: scales.size === 1 && scale !== undefined ? { type: 'decimal', scale } : { type: 'decimal' },
      fits: text((t) => DECIMAL.test(t) || WHOLE.test(t)),
    },
    { column: { type: 'double' }, fits: isNumber },
    { column: { type: 'decimal', as: 'number' }, fits: isNumber },
    {
      column: { type: 'boolean' },
      fits: (value) => typeof value === 'boolean' || value === 'true' || value === 'false',
    },
    {
      column: { type: 'boolean', trueTexts: ['t'], falseTexts: ['f'] },
      fits: (value) => value === 't' || value === 'f',
    },
    {
      column: { type: 'date', ...(isDebezium && { as: 'epoch-days' }) },
      fits: (value) => isKind(value, 'date') || text((t) => parseIsoDate(t) !== undefined)(value),
    },
    { column: timeColumn('time', isDebezium), fits: (value) => isKind(value, 'time') || text(isTime)(value) },
    {
      column: timeColumn('timestamp', isDebezium),
      fits: (value) => isKind(value, 'timestamp') || text((t) => isDateTime(t, false))(value),
    },
    {
      column: { type: 'timestamptz' },
      fits: (value) => isKind(value, 'instant') || text((t) => isDateTime(t, true))(value),
    },
    { column: { type: 'uuid' }, fits: text((t) => UUID.test(t)) },
    { column: { type: 'bytes' }, fits: (value) => value instanceof Uint8Array },
    { column: { type: 'bytes', encoding: 'escaped-hex' }, fits: text((t) => /^\\x(?:[0-9a-f]{2})*$/.test(t)) },
    { column: { type: 'json' }, fits: text((t) => /^[[{]/.test(t)) },
    {
      column: { type: 'json', as: isDebezium ? 'text' : 'value' },
      fits: (value) => isKind(value, 'document'),
    },
    { column: { type: 'string' }, fits: (value) => typeof value === 'string' },
    { column: { type: 'any' }, fits: () => true },
    // Dates, and texts that are none.
    { column: { type: 'string' }, fits: () => true },
  ];
}

/** What a type in a source's own words asks for; undefined when it is not known, and the values must tell. */
export function candidateOfType(type: string, format: FormatName): Candidate | undefined {
  const words = type.toLowerCase();
  const isDebezium = format === 'debezium';
  const [, precision, scale] = /^(?:numeric|decimal)\((\d+)(?:, *(\d+))?\)/.exec(words) ?? [];
  const column = ((): ColumnFile | undefined => {
    if (precision !== undefined) return { type: 'decimal', scale: Number(scale ?? 0) };
    if (/^(?:numeric|decimal)/.test(words)) return { type: 'decimal' };
    if (/^(?:character|(?:n?var|bp)?char|(?:tiny|medium|long)?text|enum|set\b|citext|name$|string)/.test(words)) {
      return { type: 'string' };
    }
    const isUnsigned = words.includes('unsigned');
    if (/^(?:bigint|int8|bigserial|int64)/.test(words)) return isUnsigned ? undefined : { type: 'int64' };
    if (/^(?:int\b|int\(|int4|integer|serial|mediumint|int32)/.test(words))
      return { type: isUnsigned ? 'int64' : 'int32' };
    if (/^(?:smallint|int2|tinyint|smallserial|int16)/.test(words)) return { type: isUnsigned ? 'int32' : 'int16' };
    if (/^(?:real|float|double)/.test(words)) return { type: 'double' };
    if (/^timestamp.*with time zone|^timestamptz/.test(words)) return { type: 'timestamptz' };
    // MySQL's: points in time, which dumps write in UTC without saying so. (DuckDB's are in capitals, and have no zone.)
    if (/^timestamp(?:\(\d\))?$/.test(type)) return { type: 'timestamptz', zone: 'Z' };
    if (/^(?:timestamp|datetime)/.test(words)) return timeColumn('timestamp', isDebezium);
    if (/^time\b/.test(words)) return timeColumn('time', isDebezium);
    if (words === 'date') return { type: 'date', ...(isDebezium && { as: 'epoch-days' }) };
    if (words.startsWith('json')) return { type: 'json', as: isDebezium ? 'text' : 'value' };
    if (words === 'bit(1)') return { type: 'boolean' };
    return words === 'uuid' ? { type: 'uuid' } : undefined;
  })();
  if (column === undefined) return undefined;
  return { column, fits: (value) => column.zone === undefined || typeof value === 'string' };
}

/** As Debezium writes them unless told otherwise: microseconds. */
function timeColumn(type: 'time' | 'timestamp', isDebezium: boolean): ColumnFile {
  return { type, ...(isDebezium && { as: 'micros' }) };
}

function text(test: (value: string) => boolean): (value: RowValue) => boolean {
  return (value) => typeof value === 'string' && test(value);
}

function isNumber(value: RowValue): boolean {
  return typeof value === 'number' || typeof value === 'bigint' || isKind(value, 'decimal');
}

function isTime(text: string): boolean {
  return parseIsoTime(text)?.isCut === false;
}

function isDateTime(text: string, hasZone: boolean): boolean {
  const parsed = parseIsoDateTime(text);
  return parsed !== undefined && !parsed.isCut && (parsed.offsetMinutes !== undefined) === hasZone;
}

function isKind(value: RowValue, kind: string): boolean {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind;
}
