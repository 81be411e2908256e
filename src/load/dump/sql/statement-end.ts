import type { BinaryText } from './binary-text.ts';
import type { SqlSettings } from './sql-settings.ts';

const DOLLAR_QUOTE = /\$(?:[A-Za-z_\u0080-\u00ff][\w\u0080-\u00ff]*)?\$/y;
/** Everything else in a statement is passed over at once. */
const MARK = /['"`$\-/#;]|\\/g;

/**
 * Where the delimiter stands that ends the statement at `start`: none within texts, names in quotes, comments and dollar
 * quotes counts. -1 when it is not there (yet).
 */
export function statementEnd(text: BinaryText, start: number, delimiter: string, settings: SqlSettings): number {
  const isOther = delimiter !== ';';
  const marks = isOther ? otherMarks(delimiter) : MARK;
  for (let at = start; at >= 0 && at < text.length;) {
    marks.lastIndex = at;
    const mark = marks.exec(text);
    if (mark === null) return -1;
    at = mark.index;
    if (text.startsWith(delimiter, at)) return at;
    at = afterMark(text, at, settings);
  }
  return -1;
}

/** The place after what begins with a mark; -1 when it does not end in the text. */
function afterMark(text: BinaryText, at: number, settings: SqlSettings): number {
  const isMysql = settings.kind === 'mysql';
  switch (text[at]) {
    case "'":
      return afterQuote(text, at, "'", settings.escapes === true || isEscapeText(text, at));
    case '"':
      return afterQuote(text, at, '"', isMysql && settings.escapes === true);
    case '`':
      return afterQuote(text, at, '`', false);
    case '-':
      return text.startsWith('--', at) ? after(text, '\n', at) : at + 1;
    case '#':
      return isMysql ? after(text, '\n', at) : at + 1;
    case '/':
      return isPlainComment(text, at) ? after(text, '*/', at + 2) : at + 1;
    case '$':
      return isMysql ? at + 1 : afterDollarQuote(text, at);
    default:
      return at + 1;
  }
}

/** True for a comment that MySQL does not run as a part of the statement. */
export function isPlainComment(text: BinaryText, at: number): boolean {
  if (!text.startsWith('/*', at)) return false;
  // MariaDB's sandbox mark is meant for versions that there will never be.
  return !/^\/\*M?!(?!999999)/.test(text.slice(at, at + 10));
}

/** PostgreSQL: `E'...'`. */
function isEscapeText(text: BinaryText, at: number): boolean {
  return /[Ee]/.test(text.charAt(at - 1)) && !/\w/.test(text.charAt(at - 2));
}

function afterQuote(text: BinaryText, start: number, quote: string, escapes: boolean): number {
  for (let at = start + 1; ;) {
    const end = text.indexOf(quote, at);
    if (end < 0) return -1;
    if (escapes && endsWithEscape(text, start + 1, end)) at = end + 1;
    else if (text[end + 1] === quote) at = end + 2;
    else return end + 1;
  }
}

/** True when a backslash takes the meaning from the quote at `end`. */
function endsWithEscape(text: BinaryText, start: number, end: number): boolean {
  let count = 0;
  while (end - 1 - count >= start && text[end - 1 - count] === '\\') count++;
  return count % 2 === 1;
}

function afterDollarQuote(text: BinaryText, at: number): number {
  DOLLAR_QUOTE.lastIndex = at;
  const tag = /[\w\u0080-\u00ff]/.test(text.charAt(at - 1)) ? undefined : DOLLAR_QUOTE.exec(text)?.[0];
  return tag === undefined ? at + 1 : after(text, tag, at + tag.length);
}

function after(text: BinaryText, what: string, from: number): number {
  const at = text.indexOf(what, from);
  return at < 0 ? -1 : at + what.length;
}

function otherMarks(delimiter: string): RegExp {
  return new RegExp(`${MARK.source}|${delimiter.replace(/[^\w]/g, '\\$&')}`, 'g');
}
