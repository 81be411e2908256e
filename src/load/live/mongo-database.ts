import { type Db, MongoClient } from 'mongodb';

import { AppError } from '../../core/errors.ts';
import { SeenFields } from '../bson/seen-fields.ts';
import type { KeyTexts, LiveTable, TablePage } from './live-table.ts';
import { documentPages } from './mongo-pages.ts';
import type { LiveDatabase } from './open-live-source.ts';

/**
 * Connects to MongoDB; the database is that of the URL's path.
 * @throws LOAD_DATABASE_UNAVAILABLE, USAGE when the URL names no database
 */
export async function connectMongo(url: string): Promise<LiveDatabase> {
  const { client, database } = await openMongo(url);
  return {
    open: async (tables) => {
      for (const name of tables) await requireCollection(database, name);
      return tables.map((name) => liveCollection(database, name));
    },
    close: () => client.close(),
  };
}

/**
 * A connection to MongoDB, which has answered, and the database of the URL's path.
 * @throws LOAD_DATABASE_UNAVAILABLE, USAGE when the URL names no database
 */
export async function openMongo(url: string): Promise<{ readonly client: MongoClient; readonly database: Db }> {
  let client: MongoClient | undefined;
  try {
    client = new MongoClient(url, { appName: 'bss' });
    await client.connect();
    await client.db().command({ ping: 1 });
  } catch (cause) {
    await client?.close();
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('LOAD_DATABASE_UNAVAILABLE', `MongoDB cannot be connected to: ${reason}`, {
      subject: 'MongoDB',
      cause,
    });
  }
  if (!/^[^?]*\/\/[^/?]+\/[^?]/.test(url)) {
    await client.close();
    throw new AppError('USAGE', 'the URL of MongoDB names no database', {
      subject: 'MongoDB',
      hint: 'Give it as path: `mongodb://host:27017/database`.',
    });
  }
  return { client, database: client.db() };
}

/** @throws LOAD_TABLE_MISSING */
export async function requireCollection(database: Db, name: string): Promise<void> {
  const found = await database.listCollections({}, { nameOnly: true }).toArray();
  if (found.some((collection) => collection.name === name)) return;
  throw new AppError('LOAD_TABLE_MISSING', `the database ${database.databaseName} has no collection ${name}`, {
    subject: name,
  });
}

function liveCollection(database: Db, name: string): LiveTable {
  async function* pages(after: KeyTexts | undefined): AsyncGenerator<TablePage> {
    const fields = new SeenFields(name);
    try {
      for await (const { documents, lastId } of documentPages(database.collection(name), {}, after?.[0])) {
        const rows = documents.map((document) => fields.rowOf(document));
        yield { columns: fields.columns, rows, lastKey: [lastId] };
      }
    } catch (cause) {
      if (cause instanceof AppError) throw cause;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new AppError('LOAD_INPUT_UNREADABLE', `the collection ${name} cannot be read: ${reason}`, {
        subject: name,
        cause,
      });
    }
  }
  return { table: name, columnsVary: true, pages };
}
