import type { RowValue } from '../row/row.ts';
import type { ColumnMapping } from './load-mapping.ts';
import { type Converted, Refusal, wrongKind } from './refusal.ts';

/** Ways to write a decimal: Debezium's `decimal.handling.mode` `string` and `precise`, and a JSON number of all digits. */
export const DECIMAL_FORMS = ['string', 'number', 'base64'] as const;

const PLAIN = /^([+-]?)(\d*)(?:\.(\d*))?$/;
const SCIENTIFIC = /^([+-]?\d*\.?\d*)[eE]([+-]?\d{1,4})$/;
/** Exponents that may be written out: more would be a text of thousands of zeros. */
const EXPONENT_MAX = 1000;

interface Decimal {
  readonly negative: boolean;
  /** Without leading zeros, but for a single one. */
  readonly whole: string;
  readonly fraction: string;
}

/**
 * Decimals, digit by digit. With a `scale`, zeros are added, and only zeros taken away, unless the mapping allows
 * rounding (half away from zero). Without one, the digits stay as they are.
 */
export function decimalConverter(column: ColumnMapping): (value: RowValue) => Converted {
  const { as = 'string', scale, precision, lossy } = column;
  const finish = (text: string): Converted => {
    const parsed = parseDecimal(text);
    if (parsed === undefined) return new Refusal('not a decimal');
    const scaled = scale === undefined ? parsed : toScale(parsed, scale, lossy);
    if (scaled instanceof Refusal) return scaled;
    const { whole, fraction } = scaled;
    const digitCount = (whole === '0' ? '' : whole).length + fraction.length;
    if (precision !== undefined && digitCount > precision) return new Refusal(`more than ${precision} digits`);
    const isZero = /^0*$/.test(whole + fraction);
    const sign = scaled.negative && !isZero ? '-' : '';
    if (as === 'base64') return `"${unscaledBytes(BigInt(sign + whole + fraction)).toString('base64')}"`;
    const plain = `${sign}${whole}${fraction === '' ? '' : `.${fraction}`}`;
    return as === 'number' ? plain : `"${plain}"`;
  };
  const isAsIt = precision === undefined && as === 'string';
  return (value) => {
    if (typeof value === 'string') {
      return isAsIt && isPlainDecimal(value, scale) ? `"${value}"` : finish(value);
    }
    if (typeof value === 'bigint') return finish(value.toString());
    if (typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'decimal') {
      return finish(value.text);
    }
    return wrongKind(value, 'decimal');
  };
}

/**
 * True for a decimal that is written as it stands: above zero, no zeros before it, and as many digits after the point as
 * the scale says. Hot: most are.
 */
function isPlainDecimal(text: string, scale: number | undefined): boolean {
  const { length } = text;
  const first = text.charCodeAt(0);
  // `0.5` goes the long way, so that `0.00` and `00.5` need no thought.
  if (!(first >= 49 && first <= 57)) return false;
  let point = -1;
  for (let i = 1; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code === 46 && point < 0) point = i;
    else if (code < 48 || code > 57) return false;
  }
  if (point === length - 1) return false;
  return scale === undefined || scale === (point < 0 ? 0 : length - point - 1);
}

function parseDecimal(text: string): Decimal | undefined {
  const match = PLAIN.exec(text) ?? PLAIN.exec(writtenOut(text) ?? '-');
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = ''] = match;
  if (whole === '' && fraction === '') return undefined;
  return { negative: sign === '-', whole: whole.replace(/^0+(?=\d)/, '') || '0', fraction };
}

/** `1.5E3` as `1500`. */
function writtenOut(text: string): string | undefined {
  const match = SCIENTIFIC.exec(text);
  const [, mantissa = '', exponentText = ''] = match ?? [];
  const parts = PLAIN.exec(mantissa);
  const exponent = Number(exponentText);
  if (match === null || parts === null || Math.abs(exponent) > EXPONENT_MAX) return undefined;
  const [, sign = '', whole = '', fraction = ''] = parts;
  if (whole === '' && fraction === '') return undefined;
  const point = whole.length + exponent;
  const digits = whole + fraction;
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  if (point >= digits.length) return `${sign}${digits}${'0'.repeat(point - digits.length)}`;
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

function toScale(decimal: Decimal, scale: number, lossy: boolean): Decimal | Refusal {
  const { fraction, whole, negative } = decimal;
  if (fraction.length <= scale) return { ...decimal, fraction: fraction.padEnd(scale, '0') };
  const dropped = fraction.slice(scale);
  const kept = { ...decimal, fraction: fraction.slice(0, scale) };
  if (/^0*$/.test(dropped)) return kept;
  if (!lossy) return new Refusal(`more than ${scale} digits after the point (\`lossy: true\` rounds them)`);
  if (dropped < '5') return kept;
  const raised = String(BigInt(whole + kept.fraction) + 1n).padStart(scale + 1, '0');
  return { negative, whole: raised.slice(0, raised.length - scale), fraction: raised.slice(raised.length - scale) };
}

/** Two's complement, big-endian, as short as can be (Java's `BigInteger.toByteArray`, which Connect's Decimal uses). */
function unscaledBytes(unscaled: bigint): Buffer {
  let byteCount = 1;
  while (BigInt.asIntN(byteCount * 8, unscaled) !== unscaled) byteCount++;
  const hex = BigInt.asUintN(byteCount * 8, unscaled)
    .toString(16)
    .padStart(byteCount * 2, '0');
  return Buffer.from(hex, 'hex');
}
