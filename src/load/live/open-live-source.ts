import { AppError } from '../../core/errors.ts';
import type { RowSource } from '../row/row.ts';
import { createHash } from 'node:crypto';
import { join } from 'node:path';

import { liveRows } from './live-rows.ts';
import type { LiveTable } from './live-table.ts';
import { RowPlaces } from './row-places.ts';

/** How a live source is read. */
export interface LiveSourceOptions {
  /**
   * A folder that exists, where the places of the rows are kept, a file for each table, so that another process can go
   * on after a crash. Of one load alone. Absent: only this process can.
   */
  readonly placesFolder?: string | undefined;
}

/** Tables and collections of a running database. */
export interface LiveSource extends AsyncDisposable {
  /** In the order in which they were named. One is read at a time. */
  readonly sources: readonly RowSource[];
  /** Ends the connection, and with it the moment as of which everything was read. */
  close(): Promise<void>;
}

/** A connection, and what is read over it. */
export interface LiveDatabase {
  /** One of each name, in order. @throws LOAD_TABLE_MISSING, LOAD_TABLE_UNORDERED */
  open(tables: readonly string[]): Promise<LiveTable[]>;
  close(): Promise<void>;
}

type Connect = (url: string) => Promise<LiveDatabase>;

/** The libraries are large: each is loaded when its database is used. */
const CONNECT: Readonly<Record<string, Connect>> = {
  'postgres:': async (url) => (await import('./postgres-database.ts')).connectPostgres(url),
  'postgresql:': async (url) => (await import('./postgres-database.ts')).connectPostgres(url),
  'mysql:': async (url) => (await import('./mysql-database.ts')).connectMysql(url),
  'mariadb:': async (url) => (await import('./mysql-database.ts')).connectMysql(url),
  'mongodb:': async (url) => (await import('./mongo-database.ts')).connectMongo(url),
  'mongodb+srv:': async (url) => (await import('./mongo-database.ts')).connectMongo(url),
};

/**
 * Opens tables (`public.orders`, `orders`) or collections of the database at `url` (`postgresql://`, `mysql://`,
 * `mariadb://`, `mongodb://`; user and password in it). All tables of a relational database are read as of one moment:
 * that of this call. Each is read in the order of its primary key, or else of a unique key without nulls. MongoDB's
 * collections are read in the order of `_id`, and not as of one moment: a document that is written meanwhile comes as it
 * was or as it is.
 * @throws USAGE for a URL of another kind; LOAD_DATABASE_UNAVAILABLE, LOAD_TABLE_MISSING, LOAD_TABLE_UNORDERED
 */
export async function openLiveSource(
  url: string,
  tables: readonly string[],
  options: LiveSourceOptions = {},
): Promise<LiveSource> {
  const { protocol, place } = placeOf(url);
  const connect = CONNECT[protocol];
  if (connect === undefined) {
    throw new AppError('USAGE', `${protocol}// is no database that can be read`, {
      subject: protocol,
      hint: `Give a URL that begins with ${Object.keys(CONNECT)
        .map((known) => `${known}//`)
        .join(', ')}.`,
    });
  }
  const database = await connect(url);
  try {
    const sources: RowSource[] = [];
    for (const live of await database.open(tables)) {
      const name = `${place}#${live.table}`;
      sources.push(liveRows(name, live, await RowPlaces.open(name, placesFile(options.placesFolder, name))));
    }
    const close = (): Promise<void> => database.close();
    return { sources, close, [Symbol.asyncDispose]: close };
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** The URL without user, password and options. */
function placeOf(url: string): { readonly protocol: string; readonly place: string } {
  const parsed = URL.parse(url);
  if (parsed !== null)
    return { protocol: parsed.protocol, place: `${parsed.protocol}//${parsed.host}${parsed.pathname}` };
  // Several hosts, as MongoDB and PostgreSQL take them, are no URL to JavaScript.
  const [, protocol = '', rest = ''] = /^([a-z][a-z0-9+.-]*:)\/\/([^?#]*)/i.exec(url) ?? [];
  return { protocol: protocol.toLowerCase(), place: `${protocol}//${rest.slice(rest.lastIndexOf('@') + 1)}` };
}

function placesFile(folder: string | undefined, name: string): string | undefined {
  // A table's name may hold whatever a file's may not.
  return folder === undefined ? undefined : join(folder, `${createHash('sha256').update(name).digest('hex')}.jsonl`);
}
