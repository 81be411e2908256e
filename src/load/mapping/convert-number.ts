import type { RowValue } from '../row/row.ts';
import { jsonDouble, type JsonStyle } from '../json/json-text.ts';
import type { ColumnMapping } from './load-mapping.ts';
import { type Converted, Refusal, wrongKind } from './refusal.ts';

const INTEGER_BITS = { int16: 16, int32: 32, int64: 64 } as const;
const INTEGER = /^[+-]?\d{1,40}$/;
/** Texts so short are exact as doubles, and within int64. */
const SAFE_DIGITS = 15;

/** Whole numbers, within the type's range; from text, only digits with a sign. */
export function integerConverter(type: keyof typeof INTEGER_BITS): (value: RowValue) => Converted {
  const limit = 2n ** BigInt(INTEGER_BITS[type] - 1);
  const small = Number(limit < 10n ** 15n ? limit : 10n ** 15n);
  const large = (value: bigint): Converted =>
    value >= -limit && value < limit ? value.toString() : new Refusal(`${value} is not within ${type}`);
  return (value) => {
    if (typeof value === 'bigint') return large(value);
    if (typeof value === 'string') {
      if (type === 'int64' && isShortWhole(value)) return value;
      if (!INTEGER.test(value)) return new Refusal('not a whole number');
      if (value.length > SAFE_DIGITS) return large(BigInt(value.startsWith('+') ? value.slice(1) : value));
      const number = Number(value);
      // `String` leaves leading zeros and a plus out; negative zero is zero.
      return number >= -small && number < small ? String(number) : new Refusal(`${value} is not within ${type}`);
    }
    if (typeof value === 'number' && Number.isSafeInteger(value)) return large(BigInt(value));
    return wrongKind(value, type);
  };
}

/** True for digits that are the JSON number as they stand. Hot: most values of most dumps are such. */
function isShortWhole(text: string): boolean {
  const { length } = text;
  if (length === 0 || length > SAFE_DIGITS || (length > 1 && text.charCodeAt(0) === 48)) return false;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code < 48 || code > 57) return false;
  }
  return true;
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?$/;

/** Doubles. A text with more digits than a double holds is refused, unless the mapping allows rounding. */
export function doubleConverter({ lossy }: ColumnMapping, style: JsonStyle): (value: RowValue) => Converted {
  const fromText = (text: string): Converted => {
    if (!NUMBER.test(text)) return new Refusal('not a number');
    const number = Number(text);
    if (!Number.isFinite(number)) return new Refusal('too large for a double');
    if (!lossy && text.length > SAFE_DIGITS && digitsOf(text) !== digitsOf(String(number))) {
      return new Refusal(`a double does not hold all its digits (the nearest is ${number}; \`lossy: true\` takes it)`);
    }
    return jsonDouble(number, style);
  };
  return (value) => {
    if (typeof value === 'number') {
      return Number.isFinite(value) ? jsonDouble(value, style) : new Refusal(`JSON has no ${value}`);
    }
    if (typeof value === 'string') return fromText(value);
    if (typeof value === 'bigint') return fromText(value.toString());
    if (typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'decimal') {
      return fromText(value.text);
    }
    return wrongKind(value, 'double');
  };
}

/** The number as `<digits without zeros at the ends>e<exponent>`: equal for equal numbers. */
function digitsOf(text: string): string {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().replace(/^\+/, '').split('e');
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.');
  const all = (whole + fraction).replace(/^0+/, '');
  const digits = all.replace(/0+$/, '');
  if (digits === '') return '0';
  const sign = mantissa.startsWith('-') ? '-' : '';
  return `${sign}${digits}e${Number(exponent) - fraction.length + (all.length - digits.length)}`;
}
