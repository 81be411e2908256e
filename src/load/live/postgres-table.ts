import pg from 'pg';

import { AppError } from '../../core/errors.ts';
import type { SourceColumn } from '../row/row.ts';

/** A column as it is selected. */
interface SelectedColumn {
  /** Quoted. */
  readonly sqlName: string;
  /** To cast a text to. */
  readonly sqlType: string;
  /** OID of its type, of a domain that of what it is made of. */
  readonly typeId: number;
  readonly isArray: boolean;
}

/** What it takes to read a table. */
export interface PostgresTable {
  /** `public.orders`. */
  readonly table: string;
  /** The same, quoted. */
  readonly sqlName: string;
  readonly columns: readonly SourceColumn[];
  /** Parallel to `columns`. */
  readonly selected: readonly SelectedColumn[];
  /** Places of the columns that the rows are ordered by; unique together, and never null. */
  readonly keyIndexes: readonly number[];
}

interface FoundTable {
  /** The driver gives large integers as texts. */
  readonly id: string;
  readonly schema: string;
  readonly name: string;
}

interface FoundColumn {
  readonly name: string;
  readonly number: number;
  readonly type: string;
  readonly notNull: boolean;
  readonly typeId: number;
  readonly category: string;
}

interface FoundKey {
  readonly isPrimary: boolean;
  readonly numbers: number[];
}

const TABLE = `select c.oid::int8 as id, n.nspname as schema, c.relname as name
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.oid = to_regclass($1) and c.relkind in ('r', 'p', 'f', 'm', 'v')`;

const COLUMNS = `with recursive base(attnum, typid) as (
  select a.attnum, a.atttypid from pg_attribute a where a.attrelid = $1::oid and a.attnum > 0 and not a.attisdropped
  union all
  select b.attnum, t.typbasetype from base b join pg_type t on t.oid = b.typid where t.typtype = 'd'
)
select a.attname as name, a.attnum as number, format_type(a.atttypid, a.atttypmod) as type,
  a.attnotnull as "notNull", t.oid::int4 as "typeId", t.typcategory::text as category
from pg_attribute a join base b on b.attnum = a.attnum join pg_type t on t.oid = b.typid and t.typtype <> 'd'
where a.attrelid = $1::oid order by a.attnum`;

/** The primary key first, then the narrowest unique one over columns that are never null. */
const KEYS = `select i.indisprimary as "isPrimary", array(select unnest(i.indkey[0:i.indnkeyatts - 1])::int4) as numbers
from pg_index i
where i.indrelid = $1::oid and i.indisunique and i.indisvalid and i.indpred is null and i.indexprs is null
  and not exists (
    select from unnest(i.indkey[0:i.indnkeyatts - 1]) k(number)
    join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number where not a.attnotnull)
order by i.indisprimary desc, i.indnkeyatts, i.indexrelid limit 1`;

/**
 * What the catalog says of a table, which is named as `schema.table` or, where the search path has it, `table`; upper
 * and lower case count.
 * @throws LOAD_TABLE_MISSING, LOAD_TABLE_UNORDERED
 */
export async function describeTable(client: pg.Client, name: string): Promise<PostgresTable> {
  const found = (await client.query<FoundTable>(TABLE, [quoted(name)])).rows[0];
  if (found === undefined) {
    throw new AppError('LOAD_TABLE_MISSING', `the database has no table ${name}`, {
      subject: name,
      hint: 'Name it as `schema.table`; upper and lower case count.',
    });
  }
  const { id, schema } = found;
  const columns = (await client.query<FoundColumn>(COLUMNS, [id])).rows;
  const key = (await client.query<FoundKey>(KEYS, [id])).rows[0];
  const table = `${schema}.${found.name}`;
  if (key === undefined) {
    throw new AppError(
      'LOAD_TABLE_UNORDERED',
      `the table ${table} has no primary key, nor a unique one without nulls`,
      {
        subject: table,
        hint: 'Without one its rows have no order to go on in. Add a key, or load a dump of the table.',
      },
    );
  }
  const keyOrdinal = (number: number): number | undefined => {
    const ordinal = key.isPrimary ? key.numbers.indexOf(number) : -1;
    return ordinal < 0 ? undefined : ordinal;
  };
  return {
    table,
    sqlName: `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(found.name)}`,
    columns: columns.map((column) => ({
      name: column.name,
      type: column.type,
      nullable: !column.notNull,
      keyOrdinal: keyOrdinal(column.number),
    })),
    selected: columns.map((column) => ({
      sqlName: pg.escapeIdentifier(column.name),
      sqlType: column.type,
      typeId: column.typeId,
      isArray: column.category === 'A',
    })),
    keyIndexes: key.numbers.map((number) => columns.findIndex((column) => column.number === number)),
  };
}

/** `schema.table` with both quoted; only the first dot divides. */
function quoted(name: string): string {
  const dot = name.indexOf('.');
  return (dot < 0 ? [name] : [name.slice(0, dot), name.slice(dot + 1)])
    .map((part) => pg.escapeIdentifier(part))
    .join('.');
}
