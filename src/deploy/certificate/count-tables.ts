import { AppError, isAppError } from '../../core/errors.ts';
import { driverReason } from '../../load/live/driver-error.ts';

const CONNECT_TIMEOUT_MS = 15_000;
/** A table of a billion rows takes minutes. */
const COUNT_TIMEOUT_MS = 10 * 60_000;

/** No such table, or not for this user: as PostgreSQL and MySQL say it. */
const MISSING_TABLE: readonly unknown[] = ['42P01', '42501', 'ER_NO_SUCH_TABLE', 'ER_TABLEACCESS_DENIED_ERROR'];

/** Counts the rows of a table as they are now, over a connection that it is given. */
type Count = (table: string) => Promise<bigint>;
/** Connects, and lets `work` count. */
type CountIn = (url: string, timeoutMs: number, work: (count: Count) => Promise<void>) => Promise<void>;

/** The libraries are large: each is loaded when its database is asked. */
const DATABASES: Readonly<Record<string, CountIn>> = {
  'postgres:': countInPostgres,
  'postgresql:': countInPostgres,
  'mysql:': countInMysql,
  'mariadb:': countInMysql,
  'mongodb:': countInMongo,
  'mongodb+srv:': countInMongo,
};

/**
 * The rows that tables or collections have now, in the order in which they are named, one after the other.
 * @param timeoutMs for one table
 * @throws LOAD_TABLE_MISSING; LOAD_DATABASE_UNAVAILABLE when the database cannot be asked, or not for one of them
 */
export async function countTables(
  url: string,
  tables: readonly string[],
  timeoutMs: number = COUNT_TIMEOUT_MS,
): Promise<bigint[]> {
  const protocol = URL.parse(url)?.protocol ?? '';
  const countIn = DATABASES[protocol];
  if (countIn === undefined) throw unavailable(`the rows of a database of kind ${protocol} cannot be counted`);
  const counts: bigint[] = [];
  try {
    await countIn(url, timeoutMs, async (count) => {
      for (const table of tables) counts.push(await count(table));
    });
  } catch (cause) {
    if (isAppError(cause)) throw cause;
    const message = `the rows of ${tables[counts.length] ?? 'tables'} cannot be counted: ${driverReason(cause)}`;
    if (isMissing(cause)) throw new AppError('LOAD_TABLE_MISSING', message, { subject: 'source.tables', cause });
    throw unavailable(message, cause);
  }
  return counts;
}

function isMissing(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && MISSING_TABLE.includes(cause.code);
}

function unavailable(message: string, cause?: unknown): AppError {
  return new AppError('LOAD_DATABASE_UNAVAILABLE', message, { subject: 'source.url', cause });
}

async function countInPostgres(url: string, timeoutMs: number, work: (count: Count) => Promise<void>): Promise<void> {
  const { default: pg } = await import('pg');
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: Math.min(CONNECT_TIMEOUT_MS, timeoutMs),
    statement_timeout: timeoutMs,
    application_name: 'bss deploy',
  });
  // A connection that is lost while nobody asks: the next query says so.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await work(async (table) => {
      const name = table.split('.').map((part) => pg.escapeIdentifier(part));
      const { rows } = await client.query<{ count: string }>(`select count(*) as count from ${name.join('.')}`);
      return BigInt(rows[0]?.count ?? 0);
    });
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function countInMysql(url: string, timeoutMs: number, work: (count: Count) => Promise<void>): Promise<void> {
  const { createConnection, escapeId } = await import('mysql2/promise');
  const uri = url.replace(/^mariadb:/, 'mysql:');
  const connection = await createConnection({ uri, connectTimeout: Math.min(CONNECT_TIMEOUT_MS, timeoutMs) });
  connection.on('error', () => undefined);
  try {
    await work(async (table) => {
      // Only the database is told from the table: its own name may have dots.
      const [name, ...rest] = table.split('.');
      const names = rest.length === 0 ? [name] : [name, rest.join('.')];
      const from = names.map((part) => escapeId(part ?? '', true)).join('.');
      const sql = `select cast(count(*) as char) from ${from}`;
      const [rows] = await connection.query({ sql, rowsAsArray: true, timeout: timeoutMs });
      const [[count] = []] = rows as string[][];
      return BigInt(count ?? 0);
    });
  } finally {
    // Its end would wait for a count that takes too long.
    connection.destroy();
  }
}

async function countInMongo(url: string, timeoutMs: number, work: (count: Count) => Promise<void>): Promise<void> {
  const [{ MongoClient }, { requireCollection }] = await Promise.all([
    import('mongodb'),
    import('../../load/live/mongo-database.ts'),
  ]);
  const serverSelectionTimeoutMS = Math.min(CONNECT_TIMEOUT_MS, timeoutMs);
  const client = new MongoClient(url, { appName: 'bss', serverSelectionTimeoutMS });
  try {
    await work(async (table) => {
      // Of one that is missing, MongoDB would count 0.
      await requireCollection(client.db(), table);
      return BigInt(await client.db().collection(table).countDocuments({}, { maxTimeMS: timeoutMs }));
    });
  } finally {
    await client.close();
  }
}
