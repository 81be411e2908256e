import pg from 'pg';
import Cursor from 'pg-cursor';

import { AppError } from '../../core/errors.ts';
import { driverReason, translated } from './driver-error.ts';
import type { RowDatabase } from '../row/row.ts';
import type { KeyTexts, LiveTable, TablePage } from './live-table.ts';
import type { LiveDatabase } from './open-live-source.ts';
import { describeTable, type PostgresTable } from './postgres-table.ts';
import { postgresReader } from './postgres-values.ts';

const CONNECT_TIMEOUT_MS = 30_000;
const PAGE_ROWS = 2048;

/** Values arrive as the server writes them, and nothing is made of them before we do. */
const AS_TEXT = { getTypeParser: () => (text: string) => text };

/** Settings that decide how the server writes values. */
const SESSION = `set datestyle = 'ISO, YMD'; set timezone = 'UTC'; set intervalstyle = 'iso_8601';
set bytea_output = 'hex'; set extra_float_digits = 1; set statement_timeout = 0;
set idle_in_transaction_session_timeout = 0; set client_encoding = 'UTF8'`;

/**
 * Connects to PostgreSQL and begins a read-only transaction of the level `repeatable read`: from here on everything is
 * seen as it was at this moment, whoever writes. The transaction holds back vacuum until it is closed.
 * @throws LOAD_DATABASE_UNAVAILABLE
 */
export async function connectPostgres(url: string): Promise<LiveDatabase> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'bss load',
    keepAlive: true,
  });
  let database: RowDatabase;
  // A connection that is lost while nobody asks: the next query says so.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(SESSION);
    // The snapshot is taken by the first query, so there must be one.
    await client.query('begin isolation level repeatable read, read only');
    const { rows } = await client.query<{ name: string }>('select current_database() as name');
    database = { kind: 'postgresql', name: rows[0]?.name };
  } catch (cause) {
    await client.end().catch(() => undefined);
    throw new AppError('LOAD_DATABASE_UNAVAILABLE', `PostgreSQL cannot be connected to: ${driverReason(cause)}`, {
      subject: 'PostgreSQL',
      cause,
    });
  }
  return {
    open: async (tables) => {
      const opened: LiveTable[] = [];
      for (const name of tables) {
        opened.push(liveTable(client, await translated(name, describeTable(client, name)), database));
      }
      return opened;
    },
    close: () => client.end(),
  };
}

function liveTable(client: pg.Client, described: PostgresTable, database: RowDatabase): LiveTable {
  const { table, columns, keyIndexes } = described;
  async function* pages(after: KeyTexts | undefined): AsyncGenerator<TablePage> {
    const cursor = client.query(
      new Cursor<(string | null)[]>(selectOf(described, after), after === undefined ? [] : [...after], {
        rowMode: 'array',
        types: AS_TEXT,
      }),
    );
    const readers = described.selected.map(({ typeId, isArray }) => postgresReader(isArray ? 'array' : typeId));
    try {
      while (true) {
        const texts = await translated(table, cursor.read(PAGE_ROWS));
        const last = texts.at(-1);
        if (last === undefined) return;
        const rows = texts.map((row) =>
          readers.map((read, index) => {
            const text = row[index];
            return text === null || text === undefined ? null : read(text);
          }),
        );
        yield { columns, rows, lastKey: keyIndexes.map((index) => last[index] ?? '') };
        if (texts.length < PAGE_ROWS) return;
      }
    } finally {
      await cursor.close().catch(() => undefined);
    }
  }
  return { table, database, columnsVary: false, pages };
}

/** The rows behind a key, in the key's order, which is that of its index. */
function selectOf({ sqlName, selected, keyIndexes }: PostgresTable, after: KeyTexts | undefined): string {
  const columns = selected.map(({ sqlName: column, isArray }) => (isArray ? `array_to_json(${column})::text` : column));
  const key = keyIndexes.map((index) => selected[index]?.sqlName ?? '');
  const values = keyIndexes.map((index, at) => `$${at + 1}::${selected[index]?.sqlType ?? 'text'}`);
  const where = after === undefined ? '' : ` where (${key.join(', ')}) > (${values.join(', ')})`;
  return `select ${columns.join(', ')} from ${sqlName}${where} order by ${key.join(', ')}`;
}
