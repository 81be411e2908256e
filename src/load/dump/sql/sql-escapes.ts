import type { BinaryText } from './binary-text.ts';

const MYSQL = /\\([^])/g;
const MYSQL_LETTERS: Readonly<Record<string, string>> = {
  0: '\0',
  b: '\b',
  n: '\n',
  r: '\r',
  t: '\t',
  Z: '\u001a',
  // They mean something to LIKE alone, and keep their backslash.
  '%': '\\%',
  _: '\\_',
};

/** What a text of MySQL means. */
export function mysqlUnescaped(raw: BinaryText): BinaryText {
  return raw.replace(MYSQL, (_, character: string) => MYSQL_LETTERS[character] ?? character);
}

const POSTGRES = /\\(x[0-9A-Fa-f]{1,2}|[0-7]{1,3}|[^])/g;
const POSTGRES_LETTERS: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** What a text of PostgreSQL with the prefix E means; undefined when it has code points by number, which no dump does. */
export function postgresUnescaped(raw: BinaryText): BinaryText | undefined {
  let isKnown = true;
  const text = raw.replace(POSTGRES, (_, escape: string) => {
    const letter = POSTGRES_LETTERS[escape];
    if (letter !== undefined) return letter;
    if (escape.toLowerCase() === 'u') isKnown = false;
    if (/^[0-7]/.test(escape)) return String.fromCharCode(Number.parseInt(escape, 8) & 255);
    return escape.length === 1 ? escape : String.fromCharCode(Number.parseInt(escape.slice(1), 16));
  });
  return isKnown ? text : undefined;
}
