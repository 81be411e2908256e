import type { BinaryText } from './binary-text.ts';
import { learnFromSet, setMysql, type SqlSettings } from './sql-settings.ts';
import type { SqlTables } from './sql-tables.ts';
import { sqlTokens } from './sql-tokens.ts';
import { tableDefinition } from './table-definition.ts';

const DEFINES_TABLE = /^(?:CREATE\s+(?:\w+\s+)*?TABLE|ALTER\s+TABLE)\b/i;
const SET = /^SET\b/i;
const USE = /^USE\s+(?:`((?:[^`]|``)+)`|(\w+))/i;
/** They change rows, or bring rows from elsewhere. PostgreSQL's own catalog is its own business. */
const CHANGES_ROWS = /^(?:UPDATE|DELETE\s+FROM|MERGE|LOAD\s+(?:DATA|XML))\b(?!\s+(?:ONLY\s+)?pg_catalog\.)/i;
const META_WITH_ROWS = /^\\(?:i|ir|include|include_relative|copy|gexec|lo_import)\b/;
const FUNCTION_WITH_BODY = /^CREATE\s+(?:OR\s+REPLACE\s+)?(?:FUNCTION|PROCEDURE)\b.*\bBEGIN\s+ATOMIC\b/is;
const BODY_END = /\nEND\s*$/i;

/**
 * Takes over what a statement says that is none of data: about tables, and about what follows. Most say nothing.
 * @returns what is wrong, when it would change rows or cannot be followed
 */
export function learnFromStatement(
  statement: BinaryText,
  settings: SqlSettings,
  tables: SqlTables,
): string | undefined {
  if (SET.test(statement)) return learnFromSet(settings, statement.replace(/\s*\*\/\s*$/, '').trim());
  const [, quotedDatabase, database] = USE.exec(statement) ?? [];
  const used = quotedDatabase?.replaceAll('``', '`') ?? database;
  if (used !== undefined) {
    setMysql(settings);
    settings.database = settings.decode(used) ?? used;
    return undefined;
  }
  if (CHANGES_ROWS.test(statement)) {
    return `"${statement.slice(0, 40)}" changes rows, or brings rows from elsewhere: that cannot be followed`;
  }
  if (!DEFINES_TABLE.test(statement)) return undefined;
  if (statement.includes('`')) setMysql(settings);
  const text = settings.decode(statement);
  const tokens = text === undefined ? undefined : sqlTokens(text, settings.escapes === true);
  if (text === undefined || tokens === undefined) return 'the definition of a table cannot be read';
  const definition = tableDefinition(text, tokens, settings.kind);
  if (definition !== undefined) {
    const { table } = definition;
    const isBare = settings.database !== undefined && !definition.isQualified;
    tables.learn(isBare ? { ...definition, table: `${settings.database}.${table}` } : definition);
  }
  return undefined;
}

/** What is wrong with a command of psql: one that brings rows from elsewhere. */
export function metaProblem(line: BinaryText): string | undefined {
  if (!META_WITH_ROWS.test(line)) return undefined;
  return `"${line.trim().slice(0, 40)}" brings rows from elsewhere: that cannot be followed`;
}

/** True when a statement that seems to end is the beginning of a function whose body is of statements. */
export function isWithinBody(statement: BinaryText): boolean {
  return FUNCTION_WITH_BODY.test(statement) && !BODY_END.test(statement);
}
