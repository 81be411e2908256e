import type { BinaryText, Decode } from './binary-text.ts';

const TAB = 9;
const BACKSLASH = 92;
const ESCAPE = /\\(x[0-9A-Fa-f]{1,2}|[0-7]{1,3}|[^])/g;
const LETTERS: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

/**
 * The fields of a line of COPY in PostgreSQL's text format: text, or null for `\N`. Undefined when it is no text in the
 * dump's encoding.
 */
export function copyFields(line: BinaryText, decode: Decode): (string | null)[] | undefined {
  if (!line.includes('\\')) return decode(line)?.split('\t');
  const fields: (string | null)[] = [];
  for (let start = 0; start <= line.length;) {
    const end = fieldEnd(line, start);
    const field = unescaped(line.slice(start, end), decode);
    if (field === undefined) return undefined;
    fields.push(field);
    start = end + 1;
  }
  return fields;
}

/** True when a line break at its end belongs to the row: its backslash says so, as dumps of old wrote it. */
export function goesOn(line: BinaryText): boolean {
  let count = 0;
  while (line.charCodeAt(line.length - 1 - count) === BACKSLASH) count++;
  return count % 2 === 1;
}

/** The place of the next tab that no backslash takes the meaning from. */
function fieldEnd(line: BinaryText, start: number): number {
  const tab = line.indexOf('\t', start);
  const end = tab < 0 ? line.length : tab;
  const backslash = line.indexOf('\\', start);
  if (backslash < 0 || backslash > end) return end;
  for (let at = backslash; at < line.length; at++) {
    const code = line.charCodeAt(at);
    if (code === BACKSLASH) at++;
    else if (code === TAB) return at;
  }
  return line.length;
}

function unescaped(field: BinaryText, decode: Decode): string | null | undefined {
  if (field === '\\N') return null;
  return decode(field.includes('\\') ? field.replace(ESCAPE, (_, escape: string) => meaning(escape)) : field);
}

/** Octal and hexadecimal ones are bytes, not characters. */
function meaning(escape: string): BinaryText {
  const letter = LETTERS[escape];
  if (letter !== undefined) return letter;
  if (escape.length > 1 && escape.startsWith('x')) return String.fromCharCode(Number.parseInt(escape.slice(1), 16));
  if (/^[0-7]/.test(escape)) return String.fromCharCode(Number.parseInt(escape, 8) & 255);
  return escape;
}
