import pg from 'pg';

import { AppError } from '../../../core/errors.ts';
import { type Clock, systemClock } from '../../../core/runtime/clock.ts';

const CONNECT_TIMEOUT_MS = 15_000;
const STATEMENT_TIMEOUT_MS = 30_000;
const SLOT_TIMEOUT_MS = 30_000;
const POLL_MS = 200;

/**
 * Drops a replication slot of PostgreSQL, waiting until nobody uses it any more. Gives false when there is none.
 * @throws DEPLOY_CDC_UNREACHABLE, DEPLOY_CDC_REFUSED when the role may not or the slot stays in use
 */
export async function dropSlot(url: string, slot: string, clock: Clock = systemClock): Promise<boolean> {
  return withDatabase(url, `drop replication slot ${slot}`, async (client) => {
    const startedMs = clock.monotonicMs();
    for (;;) {
      const { rows } = await client.query<{ active: boolean }>(
        'select active from pg_replication_slots where slot_name = $1',
        [slot],
      );
      const [found] = rows;
      if (found === undefined) return false;
      if (!found.active || clock.monotonicMs() - startedMs > SLOT_TIMEOUT_MS) break;
      await clock.sleep(POLL_MS);
    }
    await client.query('select pg_drop_replication_slot($1)', [slot]);
    return true;
  });
}

/**
 * Deletes the rows by which Debezium marked in its signal table where parts of a snapshot began and ended. Gives their
 * number.
 * @param table as the connector names it: `public.debezium_signal`
 */
export async function deleteWatermarks(url: string, table: string): Promise<number> {
  const name = table
    .split('.')
    .map((part) => pg.escapeIdentifier(part))
    .join('.');
  return withDatabase(url, `delete watermarks from ${table}`, async (client) => {
    const sql = `delete from ${name} where type in ('snapshot-window-open', 'snapshot-window-close')`;
    return (await client.query(sql)).rowCount ?? 0;
  });
}

/** Those of the tables of PostgreSQL that are there and have neither primary key nor unique index. @throws as `dropSlot` */
export async function tablesWithoutKey(url: string, tables: readonly string[]): Promise<string[]> {
  return withDatabase(url, 'look for the keys of the tables', async (client) => {
    const { rows } = await client.query<{ name: string }>(
      `select n.nspname || '.' || c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname || '.' || c.relname = any($1)
         and not exists (select 1 from pg_index i where i.indrelid = c.oid and i.indisunique) order by 1`,
      [tables],
    );
    return rows.map(({ name }) => name);
  });
}

/** The first of the addresses that is one of PostgreSQL; what is done here is for that alone. */
export function postgresOf(...urls: readonly (string | undefined)[]): string | undefined {
  return urls.find((url) => url !== undefined && /^postgres(?:ql)?:/i.test(url));
}

async function withDatabase<T>(url: string, what: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    application_name: 'bss deploy',
  });
  // A connection that is lost while nobody asks: the next query says so.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } catch (cause) {
    // Only what the server itself says has a code of five characters.
    const refused = cause instanceof pg.DatabaseError;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError(refused ? 'DEPLOY_CDC_REFUSED' : 'DEPLOY_CDC_UNREACHABLE', `cannot ${what}: ${reason}`, {
      subject: 'PostgreSQL',
      hint: 'Check `cdc.sourceUrl`, or `source.url` where that is absent, and that its role may do this.',
      cause,
    });
  } finally {
    await client.end().catch(() => undefined);
  }
}
