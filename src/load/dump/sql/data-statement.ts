import type { SourceColumn } from '../../row/row.ts';
import type { BinaryText } from './binary-text.ts';
import { setMysql, type SqlSettings } from './sql-settings.ts';
import type { SqlTables } from './sql-tables.ts';

/** The beginning of a statement with rows. */
export interface RowsStart {
  readonly table: string;
  /** Undefined until the first row, when nothing names them. */
  columns: readonly SourceColumn[] | undefined;
  /** Where its rows begin. */
  readonly end: number;
  /** `DEFAULT VALUES` stands where rows should: one, of the defaults that the table has. */
  readonly isDefault: boolean;
}

const PART = '(?:"(?:[^"]|"")*"|`(?:[^`]|``)*`|[A-Za-z_$\\u0080-\\u00ff][\\w$\\u0080-\\u00ff]*)';
const NAME = `(${PART}(?:\\s*\\.\\s*${PART})*)`;
const LIST = `(\\(\\s*(?:${PART}(?:\\s*,\\s*${PART})*\\s*)?\\))?`;
const INSERT_WORDS = '(?:(?:LOW_PRIORITY|DELAYED|HIGH_PRIORITY|IGNORE)\\s+)*(?:INTO\\s+)?';
const INSERT = new RegExp(
  `(?:INSERT|REPLACE)\\s+${INSERT_WORDS}${NAME}\\s*${LIST}\\s*(?:OVERRIDING\\s+\\w+\\s+VALUE\\s+)?(?:VALUES?\\s*(?=\\()|(DEFAULT)\\s+VALUES)`,
  'iy',
);
const COPY = new RegExp(`COPY\\s+${NAME}\\s*${LIST}\\s*FROM\\s+STDIN\\s*;[ \\t]*\\r?\\n`, 'iy');
const PARTS = new RegExp(PART, 'g');
const HARMLESS_TAIL = /^(?:\*\/|\s|ON\s+CONFLICT(?:\s*\([^()]*\))?\s+DO\s+NOTHING)*$/i;

/** Reads `INSERT INTO table (columns) VALUES`; undefined when that is not what stands there, or not whole. */
export function insertStart(
  text: BinaryText,
  at: number,
  settings: SqlSettings,
  tables: SqlTables,
): RowsStart | undefined {
  INSERT.lastIndex = at;
  return startOf(INSERT.exec(text), at, settings, tables);
}

/** Reads the line `COPY table (columns) FROM stdin;`; undefined when that is not what stands there, or not whole. */
export function copyStart(
  text: BinaryText,
  at: number,
  settings: SqlSettings,
  tables: SqlTables,
): RowsStart | undefined {
  COPY.lastIndex = at;
  return startOf(COPY.exec(text), at, settings, tables);
}

/** What is wrong with what follows the rows of an INSERT: most of what can stand there would change them. */
export function insertTailProblem(tail: BinaryText): string | undefined {
  if (HARMLESS_TAIL.test(tail)) return undefined;
  return `after the rows of an INSERT stands "${tail.slice(0, 40)}", whose meaning is not known`;
}

function startOf(
  match: RegExpExecArray | null,
  at: number,
  settings: SqlSettings,
  tables: SqlTables,
): RowsStart | undefined {
  const [whole, name, list, defaults] = match ?? [];
  if (whole === undefined || name === undefined) return undefined;
  if (name.startsWith('`')) setMysql(settings);
  const parts = namesIn(name, settings);
  if (parts.length === 1 && settings.database !== undefined) parts.unshift(settings.database);
  const table = parts.join('.');
  const names = list === undefined ? undefined : namesIn(list, settings);
  return { table, columns: tables.columnsOf(table, names), end: at + whole.length, isDefault: defaults !== undefined };
}

/** Names between dots or commas, without their quotes. */
function namesIn(list: BinaryText, { kind, decode }: SqlSettings): string[] {
  return Array.from(list.matchAll(PARTS), ([part]) => {
    const quote = part.charAt(0);
    if (quote === '"' || quote === '`') {
      const inner = part.slice(1, -1).replaceAll(quote + quote, quote);
      return decode(inner) ?? inner;
    }
    const name = decode(part) ?? part;
    return kind === 'postgres' ? name.toLowerCase() : name;
  });
}
