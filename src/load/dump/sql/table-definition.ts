import type { SourceColumn } from '../../row/row.ts';
import { isWord, type SqlToken, TokenReader } from './sql-tokens.ts';

/** Whose SQL it is; undefined as long as nothing tells. */
export type SqlKind = 'postgres' | 'mysql' | undefined;

/** What a statement says about a table. */
export interface TableDefinition {
  /** `public.orders`, each part without its quotes. */
  readonly table: string;
  /** False when the name says nothing but the table. */
  readonly isQualified: boolean;
  /** Of CREATE TABLE, when it lists any. */
  readonly columns?: readonly SourceColumn[] | undefined;
  /** Names of columns that the database computes: dumps say DEFAULT of them, or nothing. */
  readonly generated?: readonly string[] | undefined;
  /** Names of the primary key's columns, in order. */
  readonly key?: readonly string[] | undefined;
}

const CONSTRAINT_WORDS = new Set(['CONSTRAINT', 'PRIMARY', 'UNIQUE', 'FOREIGN', 'CHECK', 'LIKE']);
/** In PostgreSQL a column may have such a name without quotes. */
const MYSQL_CONSTRAINT_WORDS = new Set(['KEY', 'INDEX', 'FULLTEXT', 'SPATIAL', 'PERIOD']);
const AFTER_TYPE = new Set(
  'NOT NULL DEFAULT CONSTRAINT PRIMARY UNIQUE COLLATE CHARSET GENERATED AS AUTO_INCREMENT COMMENT ON CHECK REFERENCES'
    .concat(' STORAGE COMPRESSION INVISIBLE VISIBLE KEY VIRTUAL STORED PERSISTENT SRID')
    .split(' '),
);

/** Reads CREATE TABLE and ALTER TABLE ... ADD PRIMARY KEY; undefined for everything else. */
export function tableDefinition(
  statement: string,
  tokens: readonly SqlToken[],
  kind: SqlKind,
): TableDefinition | undefined {
  const reader = new TokenReader(tokens);
  if (reader.takeWords('CREATE')) return createTable(statement, reader, kind);
  if (reader.takeWords('ALTER', 'TABLE')) return alterTable(reader, kind);
  return undefined;
}

/** The name that the parts make: PostgreSQL has names without quotes in small letters. */
function nameOf(parts: readonly SqlToken[], kind: SqlKind): string {
  return parts
    .map(({ kind: partKind, text }) => (partKind === 'word' && kind === 'postgres' ? text.toLowerCase() : text))
    .join('.');
}

function createTable(statement: string, reader: TokenReader, kind: SqlKind): TableDefinition | undefined {
  reader.takeWords('OR', 'REPLACE');
  for (const word of ['GLOBAL', 'LOCAL', 'TEMPORARY', 'TEMP', 'UNLOGGED', 'FOREIGN']) reader.takeWords(word);
  if (!reader.takeWords('TABLE')) return undefined;
  reader.takeWords('IF', 'NOT', 'EXISTS');
  const name = reader.takeName();
  if (name === undefined) return undefined;
  const table = nameOf(name, kind);
  const isQualified = name.length > 1;
  const items = reader.takeList();
  if (items === undefined) return { table, isQualified };
  const columns: SourceColumn[] = [];
  const generated: string[] = [];
  let key: readonly string[] | undefined;
  for (const item of items) {
    const [first, second] = item;
    if (first === undefined) continue;
    if (isConstraint(first, second, kind)) {
      key ??= keyOf(item, kind);
      continue;
    }
    const column = columnOf(statement, item, kind);
    columns.push(column);
    if (isGenerated(item)) generated.push(column.name);
    const primary = item.findIndex((token) => isWord(token, 'PRIMARY'));
    if (primary > 0 && isWord(item[primary + 1], 'KEY')) key = [column.name];
  }
  return { table, isQualified, columns, generated, key };
}

function isConstraint(first: SqlToken, second: SqlToken | undefined, kind: SqlKind): boolean {
  if (first.kind !== 'word') return false;
  const word = first.text.toUpperCase();
  if (CONSTRAINT_WORDS.has(word)) return true;
  if (kind === 'mysql') return MYSQL_CONSTRAINT_WORDS.has(word);
  return word === 'EXCLUDE' && (isWord(second, 'USING') || second?.text === '(');
}

function columnOf(statement: string, item: readonly SqlToken[], kind: SqlKind): SourceColumn {
  const [first, ...rest] = item;
  const end = rest.findIndex((token, index) => isAfterType(token, rest[index + 1], index));
  const typeTokens = end < 0 ? rest : rest.slice(0, end);
  const [from, to] = [typeTokens[0], typeTokens.at(-1)];
  const type = from === undefined || to === undefined ? undefined : statement.slice(from.start, to.end);
  const isNotNull = rest.some((token, index) => isWord(token, 'NOT') && isWord(rest[index + 1], 'NULL'));
  return {
    name: first === undefined ? '' : nameOf([first], kind),
    type: type?.replace(/\s+/g, ' '),
    nullable: !isNotNull,
  };
}

/** True for `GENERATED ALWAYS AS (...)`, which is not `GENERATED ALWAYS AS IDENTITY`. */
function isGenerated(item: readonly SqlToken[]): boolean {
  const at = item.findIndex((token) => isWord(token, 'GENERATED'));
  return at > 0 && isWord(item[at + 2], 'AS') && item[at + 3]?.text === '(';
}

function isAfterType(token: SqlToken, next: SqlToken | undefined, index: number): boolean {
  if (token.kind !== 'word') return false;
  const word = token.text.toUpperCase();
  return AFTER_TYPE.has(word) || (index > 0 && word === 'CHARACTER' && isWord(next, 'SET'));
}

function alterTable(reader: TokenReader, kind: SqlKind): TableDefinition | undefined {
  reader.takeWords('IF', 'EXISTS');
  reader.takeWords('ONLY');
  const name = reader.takeName();
  if (name === undefined) return undefined;
  const rest: SqlToken[] = [];
  for (let token = reader.take(); token !== undefined; token = reader.take()) rest.push(token);
  const add = rest.findIndex((token, index) => isWord(token, 'PRIMARY') && isWord(rest[index + 1], 'KEY'));
  const key = add < 0 ? undefined : keyOf(rest.slice(add), kind);
  return key === undefined ? undefined : { table: nameOf(name, kind), isQualified: name.length > 1, key };
}

/** The columns of `[CONSTRAINT name] PRIMARY KEY [...] (a, b(10) DESC)`; undefined for another constraint. */
function keyOf(item: readonly SqlToken[], kind: SqlKind): readonly string[] | undefined {
  const primary = item.findIndex((token) => isWord(token, 'PRIMARY'));
  const open = item.findIndex((token) => token.kind === 'mark' && token.text === '(');
  if (primary < 0 || open < primary) return undefined;
  const list = new TokenReader(item.slice(open)).takeList();
  return list?.flatMap(([column]) => (column === undefined ? [] : [nameOf([column], kind)]));
}
