import type { Connection, RowDataPacket } from 'mysql2/promise';

import { AppError } from '../../core/errors.ts';
import type { SourceColumn } from '../row/row.ts';
import { type BytesReader, mysqlReader } from './mysql-values.ts';

/** How a key's value is written in a query, so that it compares exactly. */
type KeyKind = 'number' | 'text' | 'bytes';

/** What it takes to read a table. */
export interface MysqlTable {
  /** `shop.orders`. */
  readonly table: string;
  /** The same, quoted. */
  readonly sqlName: string;
  readonly columns: readonly SourceColumn[];
  /** Parallel to `columns`: what to select, and how to read it. */
  readonly selected: readonly { readonly sql: string; readonly read: BytesReader }[];
  /** Columns that the rows are ordered by; unique together, and never null. */
  readonly key: readonly { readonly index: number; readonly sqlName: string; readonly kind: KeyKind }[];
}

const TABLE = `select table_schema as s, table_name as t, engine as e from information_schema.tables
where table_schema = ? and table_name = ?`;
const COLUMNS = `select column_name as name, data_type as dataType, column_type as columnType, is_nullable as nullable
from information_schema.columns where table_schema = ? and table_name = ? order by ordinal_position`;
const INDEXES = `select index_name as name, column_name as columnName, sub_part as part, nullable
from information_schema.statistics where table_schema = ? and table_name = ? and non_unique = 0
order by index_name = 'PRIMARY' desc, index_name, seq_in_index`;

/** Types of keys that are ordered as they are compared; enums, floats and bits are not. */
const KEY_KINDS: Readonly<Record<string, KeyKind>> = {
  tinyint: 'number',
  smallint: 'number',
  mediumint: 'number',
  int: 'number',
  bigint: 'number',
  year: 'number',
  decimal: 'number',
  char: 'text',
  varchar: 'text',
  uuid: 'text',
  date: 'text',
  datetime: 'text',
  timestamp: 'text',
  binary: 'bytes',
  varbinary: 'bytes',
};

/**
 * What the server says of a table, named as `database.table` or `table`.
 * @throws LOAD_TABLE_MISSING, LOAD_TABLE_UNORDERED, LOAD_INPUT_UNREADABLE for a table without transactions
 */
export async function describeMysqlTable(connection: Connection, name: string, database: string): Promise<MysqlTable> {
  const dot = name.indexOf('.');
  const place = dot < 0 ? [database, name] : [name.slice(0, dot), name.slice(dot + 1)];
  const [found] = await rowsOf(connection, TABLE, place);
  if (found === undefined) throw new AppError('LOAD_TABLE_MISSING', `there is no table ${name}`, { subject: name });
  const table = place.join('.');
  if (found['e'] !== 'InnoDB') {
    throw new AppError(
      'LOAD_INPUT_UNREADABLE',
      `the table ${table} is of ${String(found['e'])}, which has no transactions`,
      {
        subject: table,
        hint: 'It cannot be read as of one moment: load a dump of it.',
      },
    );
  }
  const columns = await rowsOf(connection, COLUMNS, place);
  const { names, isPrimary } = keyOf(await rowsOf(connection, INDEXES, place), table);
  const key = names.map((column) => {
    const index = columns.findIndex((candidate) => candidate['name'] === column);
    const dataType = String(columns[index]?.['dataType']);
    const kind = KEY_KINDS[dataType];
    if (kind === undefined)
      throw unordered(table, `its key has ${column}, and values of ${dataType} have no exact order`);
    return { index, sqlName: quoted(column), kind };
  });
  return {
    table,
    sqlName: place.map(quoted).join('.'),
    columns: columns.map((column) => {
      const ordinal = isPrimary ? names.indexOf(String(column['name'])) : -1;
      return {
        name: String(column['name']),
        type: String(column['columnType']),
        nullable: column['nullable'] === 'YES',
        keyOrdinal: ordinal < 0 ? undefined : ordinal,
      };
    }),
    selected: columns.map((column) => {
      const dataType = String(column['dataType']);
      const sql = quoted(String(column['name']));
      // The text of a float has six digits; that of a double has them all.
      return {
        sql: dataType === 'float' ? `cast(${sql} as double)` : sql,
        read: mysqlReader(dataType, String(column['columnType'])),
      };
    }),
    key,
  };
}

/** The primary key, or else the first unique one over whole columns that are never null. */
function keyOf(
  parts: readonly RowDataPacket[],
  table: string,
): { readonly names: readonly string[]; readonly isPrimary: boolean } {
  for (const name of new Set(parts.map((part) => String(part['name'])))) {
    const own = parts.filter((part) => part['name'] === name);
    if (own.some((part) => part['part'] !== null || part['nullable'] === 'YES')) continue;
    return { names: own.map((part) => String(part['columnName'])), isPrimary: name === 'PRIMARY' };
  }
  throw unordered(table, 'it has no primary key, nor a unique one without nulls');
}

async function rowsOf(connection: Connection, sql: string, values: readonly string[]): Promise<RowDataPacket[]> {
  const [rows] = await connection.query<RowDataPacket[]>({ sql, rowsAsArray: false }, [...values]);
  return rows;
}

function quoted(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

function unordered(table: string, reason: string): AppError {
  return new AppError('LOAD_TABLE_UNORDERED', `the table ${table} cannot be read in order: ${reason}`, {
    subject: table,
    hint: 'Add a key of whole numbers, texts, dates or bytes, or load a dump of the table.',
  });
}
