import { usOf } from '../mapping/moment.ts';
import { parseIsoDate, parseIsoDateTime, parseIsoTime } from '../mapping/moment-pattern.ts';
import type { RowValue } from '../row/row.ts';

/** Makes a value of the text that PostgreSQL writes for it. */
export type TextReader = (text: string) => RowValue;

const TRUE = 't';

/** By OID of the type (pg_type.dat); those of enums, `text`, `uuid`, `inet`, `interval`... are texts and stay it. */
const READERS: ReadonlyMap<number | 'array', TextReader> = new Map<number | 'array', TextReader>([
  [16, (text) => text === TRUE],
  [17, (text) => (text.startsWith('\\x') ? Buffer.from(text.slice(2), 'hex') : text)],
  [20, BigInt],
  [21, BigInt],
  [23, BigInt],
  [26, BigInt],
  [700, Number],
  [701, Number],
  [1700, (text) => ({ kind: 'decimal', text })],
  [114, (json) => ({ kind: 'document', json })],
  [3802, (json) => ({ kind: 'document', json })],
  ['array', (json) => ({ kind: 'document', json })],
  [1082, readDate],
  [1083, readTime],
  [1114, readTimestamp],
  [1184, readInstant],
]);

/**
 * How values of a type are read. What its kind cannot hold (`infinity`, years before Christ or beyond 9999, 24:00:00)
 * stays a text, which a mapping refuses unless it says what to do with it.
 */
export function postgresReader(type: number | 'array'): TextReader {
  return READERS.get(type) ?? ((text) => text);
}

function readDate(text: string): RowValue {
  const moment = parseIsoDate(text);
  return moment === undefined ? text : { kind: 'date', epochDay: moment.day };
}

function readTime(text: string): RowValue {
  const moment = parseIsoTime(text);
  return moment === undefined ? text : { kind: 'time', us: BigInt(moment.us) };
}

function readTimestamp(text: string): RowValue {
  const moment = parseIsoDateTime(text);
  return moment === undefined ? text : { kind: 'timestamp', epochUs: usOf(moment) };
}

/** The session's time zone is UTC, so every text ends in `+00`. */
function readInstant(text: string): RowValue {
  const moment = parseIsoDateTime(text);
  return moment?.offsetMinutes === 0 ? { kind: 'instant', epochUs: usOf(moment) } : text;
}
