/**
 * How JSON is written. All of them mean the same to a parser; but the bytes of a key decide its partition, so they must
 * be those that the live CDC writes.
 * - `plain`: as JavaScript, Rust's serde and most others do
 * - `java`: as Jackson does, and so Kafka Connect: characters beyond U+FFFF as two `\uXXXX`, capital hexadecimal digits,
 *   doubles as Java writes them (`1.0`, `1.0E10`)
 */
export type JsonStyle = 'plain' | 'java';

/** Every style. */
export const JSON_STYLES: readonly JsonStyle[] = ['plain', 'java'];

// What a JSON text cannot hold as it is, and what Jackson writes otherwise.
// eslint-disable-next-line no-control-regex
const SPECIAL = /["\\\u0000-\u001f\ud800-\udfff]/;
const SURROGATE = /[\ud800-\udfff]/g;
const SMALL_HEX = /\\u00[0-9a-f]{2}/g;

/** A JSON string. The text must be well-formed Unicode. */
export function jsonString(text: string, style: JsonStyle): string {
  if (!SPECIAL.test(text)) return `"${text}"`;
  const json = JSON.stringify(text);
  if (style === 'plain') return json;
  // A backslash of the text itself is doubled, so `\u00` after an odd number of them is an escape.
  return json
    .replace(/\\(?:\\|u00[0-9a-f]{2})/g, (escape) =>
      escape.replace(SMALL_HEX, (small) => `\\u${small.slice(2).toUpperCase()}`),
    )
    .replace(SURROGATE, (half) => `\\u${half.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** A finite double as JSON, in the shortest digits that give it back. */
export function jsonDouble(value: number, style: JsonStyle): string {
  if (style === 'plain') return JSON.stringify(value);
  if (Object.is(value, -0)) return '-0.0';
  const size = Math.abs(value);
  if (value === 0 || (size >= 1e-3 && size < 1e7)) {
    const text = String(value);
    return text.includes('.') ? text : `${text}.0`;
  }
  const [digits = '', exponent = ''] = value.toExponential().split('e');
  return `${digits.includes('.') ? digits : `${digits}.0`}E${exponent.replace('+', '')}`;
}
