import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type * as DuckDb from '@duckdb/node-api';
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { AppError } from '../../core/errors.ts';
import type { BadRow, RowBatch, RowSource, RowValue, SourceColumn } from '../row/row.ts';
import type { ByteInput } from '../source/byte-input.ts';
import { reasonOf, unreadable } from '../source/unreadable.ts';
import { InexactValue, ParquetValues } from './parquet-value.ts';

/** For DuckDB, besides what this process has. */
const MEMORY = '512MiB';

/** A Parquet file. */
export interface ParquetInput {
  readonly bytes: ByteInput;
  /** Where it is on this machine. Otherwise it is copied to a temporary file while it is read. */
  readonly localPath: string | undefined;
  readonly table: string | undefined;
}

/**
 * Rows of a Parquet file, with the types that it has: decimals, dates and times with and without zone, bytes, and
 * structures as JSON. Times with digits below the microsecond are texts.
 */
export function openParquet({ bytes, localPath, table }: ParquetInput): RowSource {
  const { name, sizeBytes, readOnce } = bytes;
  let readPart = 0;
  async function* read(fromRow: number, signal: AbortSignal): AsyncGenerator<RowBatch> {
    readPart = 0;
    const folder = await mkdtemp(join(tmpdir(), 'bss-parquet-'));
    try {
      const path = join(folder, 'input.parquet');
      // DuckDB would take some characters of a name for patterns.
      if (localPath !== undefined) await symlink(resolve(localPath), path);
      else await pipeline(Readable.from(bytes.open()), createWriteStream(path));
      await using file = await ParquetFile.open(path, join(folder, 'spilled'));
      const total = await file.rowCount();
      for await (const batch of file.batches(fromRow, { name, table })) {
        signal.throwIfAborted();
        readPart = (batch.first.row + batch.rowCount) / total;
        yield batch;
      }
      readPart = 1;
    } catch (cause) {
      if (cause instanceof AppError || signal.aborted) throw cause;
      throw unreadable(name, reasonOf(cause), { cause });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  return {
    name,
    sizeBytes,
    readOnce,
    get readBytes() {
      return sizeBytes === undefined ? bytes.readBytes : Math.round(sizeBytes * readPart);
    },
    read,
  };
}

/** A file that DuckDB has open. */
class ParquetFile implements AsyncDisposable {
  readonly #connection: DuckDBConnection;
  readonly #duckdb: typeof DuckDb;
  readonly #close: () => void;
  readonly #from: string;

  private constructor(duckdb: typeof DuckDb, connection: DuckDBConnection, path: string, close: () => void) {
    this.#duckdb = duckdb;
    this.#connection = connection;
    this.#from = `from read_parquet('${path.replaceAll("'", "''")}', hive_partitioning = false)`;
    this.#close = close;
  }

  static async open(path: string, spillFolder: string): Promise<ParquetFile> {
    // Large: loaded when it is used.
    const duckdb = await import('@duckdb/node-api');
    const instance = await duckdb.DuckDBInstance.create(':memory:', {
      memory_limit: MEMORY,
      temp_directory: spillFolder,
      // In the order of the file, and beside whatever else this machine does.
      threads: '1',
      autoinstall_known_extensions: 'false',
    });
    const connection = await instance.connect();
    return new ParquetFile(duckdb, connection, path, () => {
      connection.closeSync();
      instance.closeSync();
    });
  }

  async rowCount(): Promise<number> {
    const reader = await this.#connection.runAndReadAll(`select count(*) ${this.#from}`);
    return Number(reader.getRows()[0]?.[0]);
  }

  async *batches(
    fromRow: number,
    { name, table }: { readonly name: string; readonly table: string | undefined },
  ): AsyncGenerator<RowBatch> {
    const result = await this.#connection.stream(`select * ${this.#from} offset ${fromRow}`);
    const types = result.columnTypes();
    const columns: SourceColumn[] = result
      .columnNames()
      .map((column, at) => ({ name: column, type: String(types[at]) }));
    const values = new ParquetValues(this.#duckdb, types);
    let row = fromRow;
    for await (const chunk of result) {
      const batch = batchOf(chunk.getRows(), values, { name, row });
      const { length } = batch.rowNumbers;
      const rowCount = length + batch.bad.length;
      const first = { source: name, row };
      if (rowCount > 0) yield { table, columns, first, rowCount, ...batch };
      row += rowCount;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#close();
  }
}

function batchOf(
  given: readonly (readonly DuckDBValue[])[],
  values: ParquetValues,
  first: { readonly name: string; readonly row: number },
): { readonly rows: RowValue[][]; readonly rowNumbers: number[]; readonly bad: BadRow[] } {
  const rows: RowValue[][] = [];
  const rowNumbers: number[] = [];
  const bad: BadRow[] = [];
  for (const [index, found] of given.entries()) {
    const row = first.row + index;
    try {
      rows.push(values.row(found));
      rowNumbers.push(row);
    } catch (error) {
      if (!(error instanceof InexactValue)) throw error;
      bad.push({
        position: { source: first.name, row },
        reason: error.message,
        excerpt: found.join(' | ').slice(0, 1000),
      });
    }
  }
  return { rows, rowNumbers, bad };
}
