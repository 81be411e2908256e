import { type Connection, createConnection } from 'mysql2/promise';

import { AppError } from '../../core/errors.ts';
import { driverReason, translated } from './driver-error.ts';
import type { RowDatabase, RowValue } from '../row/row.ts';
import type { KeyTexts, LiveTable, TablePage } from './live-table.ts';
import { describeMysqlTable, type MysqlTable } from './mysql-table.ts';
import type { LiveDatabase } from './open-live-source.ts';

const CONNECT_TIMEOUT_MS = 30_000;
const PAGE_ROWS = 2048;

/** The bytes of a value as they come. */
interface RawField {
  buffer(): Buffer | null;
}

/**
 * Connects to MySQL or MariaDB and takes a consistent snapshot in a read-only transaction: InnoDB tables are seen as they
 * were at this moment, whoever writes. The database is that of the URL's path.
 * @throws LOAD_DATABASE_UNAVAILABLE
 */
export async function connectMysql(url: string): Promise<LiveDatabase> {
  let connection: Connection | undefined;
  let server: RowDatabase;
  try {
    connection = await createConnection({
      uri: url.replace(/^mariadb:/, 'mysql:'),
      charset: 'utf8mb4_bin',
      connectTimeout: CONNECT_TIMEOUT_MS,
    });
    // A connection that is lost while nobody asks: the next query says so.
    connection.on('error', () => undefined);
    await connection.query(`set session time_zone = '+00:00', transaction_isolation = 'REPEATABLE-READ'`).catch(() =>
      // MariaDB before 11.1 knows it by its former name.
      connection?.query(`set session time_zone = '+00:00', tx_isolation = 'REPEATABLE-READ'`),
    );
    await connection.query('start transaction with consistent snapshot, read only');
    server = await serverOf(connection);
  } catch (cause) {
    connection?.destroy();
    throw new AppError('LOAD_DATABASE_UNAVAILABLE', `MySQL cannot be connected to: ${driverReason(cause)}`, {
      subject: 'MySQL',
      cause,
    });
  }
  const opened = connection;
  const database = decodeURIComponent(URL.parse(url)?.pathname.slice(1) ?? '');
  return {
    open: async (tables) => {
      const live: LiveTable[] = [];
      for (const name of tables) {
        const described = await translated(name, describeMysqlTable(opened, name, database));
        live.push(liveTable(opened, described, server));
      }
      return live;
    },
    close: () => opened.end(),
  };
}

/** What the server says that it is, by whatever URL it is reached. */
async function serverOf(connection: Connection): Promise<RowDatabase> {
  const [rows] = await connection.query({ sql: 'select version()', rowsAsArray: true });
  const [[version] = []] = rows as string[][];
  return { kind: version?.includes('MariaDB') === true ? 'mariadb' : 'mysql' };
}

function liveTable(connection: Connection, described: MysqlTable, database: RowDatabase): LiveTable {
  const { table, columns, selected, key } = described;
  async function* pages(after: KeyTexts | undefined): AsyncGenerator<TablePage> {
    for (let last = after; ;) {
      const raw = await translated(table, page(connection, pageSql(described, last)));
      if (raw.length === 0) return;
      const rows = raw.map((row) =>
        selected.map(({ read }, index): RowValue => {
          const bytes = row[index];
          return bytes === null || bytes === undefined ? null : read(bytes);
        }),
      );
      const end = raw.at(-1);
      last = key.map(({ index, kind }) =>
        (end?.[index] ?? Buffer.alloc(0)).toString(kind === 'bytes' ? 'hex' : 'utf8'),
      );
      yield { columns, rows, lastKey: last };
      if (raw.length < PAGE_ROWS) return;
    }
  }
  return { table, database, columnsVary: false, pages };
}

async function page(connection: Connection, sql: string): Promise<(Buffer | null)[][]> {
  const [rows] = await connection.query({ sql, rowsAsArray: true, typeCast: bytesOf });
  return rows as (Buffer | null)[][];
}

function bytesOf(field: RawField): Buffer | null {
  return field.buffer();
}

/** The next rows in the key's order, which is that of its index: so each page costs what it holds. */
function pageSql({ sqlName, selected, key }: MysqlTable, after: KeyTexts | undefined): string {
  const order = key.map((column) => column.sqlName).join(', ');
  const where = after === undefined ? '' : ` where ${behind(key, after)}`;
  return `select ${selected.map(({ sql }) => sql).join(', ')} from ${sqlName}${where} order by ${order} limit ${PAGE_ROWS}`;
}

/** `a > 1 or (a = 1 and b > 2)`: comparisons of whole tuples do not use the index everywhere. */
function behind(key: MysqlTable['key'], after: KeyTexts): string {
  const literals = key.map(({ kind }, at) => literal(kind, after[at] ?? ''));
  const terms = key.map(({ sqlName }, at) => {
    const same = key.slice(0, at).map((column, index) => `${column.sqlName} = ${literals[index]}`);
    return `(${[...same, `${sqlName} > ${literals[at]}`].join(' and ')})`;
  });
  return terms.join(' or ');
}

function literal(kind: MysqlTable['key'][number]['kind'], text: string): string {
  // A number in quotes would be compared as a double.
  if (kind === 'number') return text;
  const hex = kind === 'bytes' ? text : Buffer.from(text).toString('hex');
  return kind === 'bytes' ? `x'${hex}'` : `_utf8mb4 x'${hex}'`;
}
