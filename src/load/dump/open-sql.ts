import type { RowBatch, RowSource } from '../row/row.ts';
import type { ByteInput } from '../source/byte-input.ts';
import type { SqlRows } from './sql/collected-rows.ts';
import { sqlBatches } from './sql/sql-batches.ts';
import { SqlReader } from './sql/sql-reader.ts';

/** How a dump of SQL is opened. */
export interface OpenSqlOptions {
  /**
   * Read the whole dump once before its rows are, for the primary keys: pg_dump writes them after the rows. Not for an
   * input that can be read but once.
   */
  readonly keysFirst?: boolean | undefined;
}

/**
 * Rows of what pg_dump (plain format, COPY or INSERT) and mysqldump write, of all tables, in their order. Values of COPY are
 * texts; of INSERT, numbers keep their digits, quoted ones are texts, and MySQL's binary columns are bytes. Columns have the
 * types of CREATE TABLE, and places in the primary key as soon as the dump has told it.
 */
export function openSql(input: ByteInput, { keysFirst = false }: OpenSqlOptions = {}): RowSource {
  let keys: ReadonlyMap<string, readonly string[]> | undefined;
  const { name } = input;
  async function* read(fromRow: number, signal: AbortSignal): AsyncGenerator<RowBatch> {
    if (keysFirst && input.readOnce !== true) keys ??= await keysOf(input, signal);
    const reader = new SqlReader({ name, keys });
    let row = 0;
    for await (const { table, columns, rows } of sqlRows(input, reader, signal)) {
      const { database } = reader;
      yield* sqlBatches(rows, { source: name, table, database, columns, firstRow: row, fromRow });
      row += rows.length;
    }
  }
  return {
    name,
    sizeBytes: input.sizeBytes,
    readOnce: input.readOnce,
    get readBytes() {
      return input.readBytes;
    },
    read,
  };
}

async function keysOf(input: ByteInput, signal: AbortSignal): Promise<ReadonlyMap<string, readonly string[]>> {
  const reader = new SqlReader({ name: input.name });
  for await (const _ of sqlRows(input, reader, signal));
  return reader.keys;
}

async function* sqlRows(input: ByteInput, reader: SqlReader, signal: AbortSignal): AsyncGenerator<SqlRows> {
  for await (const bytes of input.open()) {
    signal.throwIfAborted();
    yield* reader.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1'), false);
  }
  yield* reader.push('', true);
}
