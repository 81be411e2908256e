import { usOf } from '../mapping/moment.ts';
import { parseIsoDate, parseIsoDateTime, parseIsoTime } from '../mapping/moment-pattern.ts';
import type { RowValue } from '../row/row.ts';

/** Makes a value of the bytes that the server sends for it, which is text for all but bytes. */
export type BytesReader = (bytes: Buffer) => RowValue;

const FLOAT_DIGITS_MIN = 6;
const FLOAT_DIGITS_MAX = 9;

/** By the type's name in `information_schema`; all others are text. */
const READERS: Readonly<Record<string, BytesReader>> = {
  tinyint: readInteger,
  smallint: readInteger,
  mediumint: readInteger,
  int: readInteger,
  bigint: readInteger,
  year: readInteger,
  float: readFloat,
  double: (bytes) => Number(bytes.toString('latin1')),
  decimal: (bytes) => ({ kind: 'decimal', text: bytes.toString('latin1') }),
  json: (bytes) => ({ kind: 'document', json: bytes.toString('utf8') }),
  date: readDate,
  time: readTime,
  datetime: (bytes) => readMoment(bytes, 'timestamp'),
  timestamp: (bytes) => readMoment(bytes, 'instant'),
  binary: (bytes) => bytes,
  varbinary: (bytes) => bytes,
  tinyblob: (bytes) => bytes,
  blob: (bytes) => bytes,
  mediumblob: (bytes) => bytes,
  longblob: (bytes) => bytes,
  geometry: (bytes) => bytes,
};

/**
 * How values of a type are read. What its kind cannot hold (`0000-00-00`, a time of more than a day) stays a text, which a
 * mapping refuses unless it says what to do with it. A single bit is a boolean, several are bytes.
 */
export function mysqlReader(dataType: string, columnType: string): BytesReader {
  if (dataType === 'bit') return columnType === 'bit(1)' ? (bytes) => bytes[0] === 1 : (bytes) => bytes;
  return READERS[dataType] ?? ((bytes) => bytes.toString('utf8'));
}

function readInteger(bytes: Buffer): RowValue {
  return BigInt(bytes.toString('latin1'));
}

/** Asked for as a double, since the server rounds a float's text to six digits: the shortest text of that float. */
function readFloat(bytes: Buffer): RowValue {
  const exact = Number(bytes.toString('latin1'));
  for (let digits = FLOAT_DIGITS_MIN; digits < FLOAT_DIGITS_MAX; digits++) {
    const short = Number(exact.toPrecision(digits));
    if (Math.fround(short) === Math.fround(exact)) return short;
  }
  return Number(exact.toPrecision(FLOAT_DIGITS_MAX));
}

function readDate(bytes: Buffer): RowValue {
  const text = bytes.toString('latin1');
  const moment = parseIsoDate(text);
  return moment === undefined ? text : { kind: 'date', epochDay: moment.day };
}

function readTime(bytes: Buffer): RowValue {
  const text = bytes.toString('latin1');
  const moment = parseIsoTime(text);
  return moment === undefined ? text : { kind: 'time', us: BigInt(moment.us) };
}

/** The session's time zone is UTC. */
function readMoment(bytes: Buffer, kind: 'timestamp' | 'instant'): RowValue {
  const text = bytes.toString('latin1');
  const moment = parseIsoDateTime(text);
  return moment === undefined ? text : { kind, epochUs: usOf(moment) };
}
