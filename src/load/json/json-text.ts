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

const SURROGATE = /[\ud800-\udfff]/g;
const SMALL_HEX = /\\u00[0-9a-f]{2}/g;

/** A JSON string. The text must be well-formed Unicode. */
export function jsonString(text: string, style: JsonStyle): string {
  if (isPlain(text)) return `"${text}"`;
  const json = JSON.stringify(text);
  if (style === 'plain') return json;
  // A backslash of the text itself is doubled, so `\u00` after an odd number of them is an escape.
  const escaped = json.includes('\\u00')
    ? json.replace(/\\(?:\\|u00[0-9a-f]{2})/g, (escape) =>
        escape.replace(SMALL_HEX, (small) => `\\u${small.slice(2).toUpperCase()}`),
      )
    : json;
  return escaped.replace(SURROGATE, (half) => `\\u${half.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** True when a JSON text can hold the text as it is, in every style. A loop: texts are short, and there are many. */
function isPlain(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 32 || code === 34 || code === 92 || (code >= 0xd800 && code <= 0xdfff)) return false;
  }
  return true;
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
