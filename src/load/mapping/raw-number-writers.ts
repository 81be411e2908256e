import type { JsonStyle } from '../json/json-text.ts';
import { RAW } from '../row/raw-rows.ts';
import type { ColumnMapping } from './load-mapping.ts';
import type { RawWriter } from './raw-writer.ts';

const MINUS = 45;
const POINT = 46;
const ZERO = 48;
const NINE = 57;

/** So many digits are within the type, whatever they are. */
const DIGITS_MAX = { int16: 4, int32: 9, int64: 18 } as const;

/** Digits that are the JSON number as they stand. See `RawWriter`. */
export function rawIntegerWriter(type: keyof typeof DIGITS_MAX): RawWriter {
  const digitsMax = DIGITS_MAX[type];
  return ({ bytes, fields }, at, out) => {
    const kind = fields[at];
    if (kind !== RAW.text && kind !== RAW.integer) return false;
    const start = fields[at + 1] ?? 0;
    const end = fields[at + 2] ?? 0;
    const first = bytes[start] === MINUS ? start + 1 : start;
    const digits = end - first;
    if (digits < 1 || digits > digitsMax || (bytes[first] === ZERO && end - start > 1)) return false;
    if (digitsEnd(bytes, first, end) !== end) return false;
    out.copy(bytes, start, end);
    return true;
  };
}

/** A decimal that is written as it stands: no zeros before it, and as many digits after the point as the scale says. */
export function rawDecimalWriter({ as = 'string', precision, scale }: ColumnMapping): RawWriter | undefined {
  if (precision !== undefined || as === 'base64') return undefined;
  return ({ bytes, fields }, at, out) => {
    const start = fields[at + 1] ?? 0;
    const end = fields[at + 2] ?? 0;
    const point = isNumeric(fields[at]) ? plainDecimal(bytes, start, end) : -1;
    if (point < 0 || (scale !== undefined && scale !== Math.max(0, end - point - 1))) return false;
    if (as === 'string') out.quoted(bytes, start, end);
    else out.copy(bytes, start, end);
    return true;
  };
}

/** More significant digits may not be those that a double is written with. */
const DOUBLE_DIGITS_MAX = 15;
/** From here on Java writes exponents, JavaScript much later. */
const JAVA_WHOLE_DIGITS_MAX = 7;
/** Zeros after the point of a number below one, before both write exponents. */
const ZEROS_MAX = 2;

/** Digits that a double is written with: few, and no zero at their end. */
export function rawDoubleWriter(style: JsonStyle): RawWriter {
  return ({ bytes, fields }, at, out) => {
    const start = fields[at + 1] ?? 0;
    const end = fields[at + 2] ?? 0;
    const point = isNumeric(fields[at]) ? plainDecimal(bytes, start, end) : -1;
    if (point < 0 || end - start > DOUBLE_DIGITS_MAX) return false;
    const first = bytes[start] === MINUS ? start + 1 : start;
    if (point < end && bytes[end - 1] === ZERO) return false;
    if (bytes[first] === ZERO && point < end) {
      let zeros = point + 1;
      while (bytes[zeros] === ZERO) zeros++;
      if (zeros - point - 1 > ZEROS_MAX) return false;
    }
    if (style === 'java' && point - first > JAVA_WHOLE_DIGITS_MAX) return false;
    out.copy(bytes, start, end);
    if (style === 'java' && point === end) {
      out.bytes[out.at++] = POINT;
      out.bytes[out.at++] = ZERO;
    }
    return true;
  };
}

/** A field that may be a number with a point. */
function isNumeric(kind: number | undefined): boolean {
  return kind === RAW.text || kind === RAW.integer || kind === RAW.decimal;
}

/**
 * Where the point is of a decimal without zeros before it (`end` when it has none); -1 when it is no such decimal. Zero
 * has no sign.
 */
function plainDecimal(bytes: Uint8Array, start: number, end: number): number {
  const isNegative = bytes[start] === MINUS;
  const first = isNegative ? start + 1 : start;
  const point = digitsEnd(bytes, first, end);
  if (point === first || (bytes[first] === ZERO && (isNegative || point > first + 1))) return -1;
  if (point === end) return point;
  if (bytes[point] !== POINT || point + 1 === end) return -1;
  return digitsEnd(bytes, point + 1, end) === end ? point : -1;
}

/** After the digits that begin there. */
function digitsEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  for (; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte < ZERO || byte > NINE) break;
  }
  return at;
}
