import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as DuckDb from '@duckdb/node-api';
import type { DuckDBConnection, DuckDBDataChunk, DuckDBInstance } from '@duckdb/node-api';

import { latestChangesSql } from './fold-sql.ts';

/** What a message does to one key. */
export interface FoldEntry {
  readonly key: string;
  /** Number of its source, from 0. */
  readonly source: number;
  /** The largest timestamp of its partition so far. */
  readonly seenMs: bigint;
  readonly partition: number;
  readonly offset: bigint;
  /** 0: a key goes because its row has another one now; 1: everything else. */
  readonly step: number;
  /** Null: it is deleted. */
  readonly row: string | null;
}

/** A row that is left. */
export interface FoldedRow {
  /** As the messages have it, JSON objects without blanks. */
  readonly key: string;
  /** JSON, one line, digits as they were written. */
  readonly row: string;
}

const CHUNK_ROWS = 2048;
type ChunkColumns = Parameters<DuckDBDataChunk['setColumns']>[0];

/**
 * Sorts out the last word on each key. Memory has a limit; what is more goes to files in a folder of its own, which is
 * removed in the end.
 */
export class FoldDatabase implements AsyncDisposable {
  readonly #duckdb: typeof DuckDb;
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  readonly #folder: string;
  #waiting: FoldEntry[] = [];
  #nextId = 0n;

  private constructor(duckdb: typeof DuckDb, instance: DuckDBInstance, connection: DuckDBConnection, folder: string) {
    this.#duckdb = duckdb;
    this.#instance = instance;
    this.#connection = connection;
    this.#folder = folder;
  }

  /** `memoryBytes`: for DuckDB, besides what this process has. `folder`: where the files go. Default: the system's. */
  static async open(memoryBytes: number, folder: string = tmpdir()): Promise<FoldDatabase> {
    // Large: loaded when it is used.
    const duckdb = await import('@duckdb/node-api');
    const own = await mkdtemp(join(folder, 'bss-fold-'));
    const instance = await duckdb.DuckDBInstance.create(join(own, 'fold.duckdb'), {
      memory_limit: `${Math.ceil(memoryBytes / 1024)}KiB`,
      temp_directory: join(own, 'spilled'),
      preserve_insertion_order: 'false',
    });
    const connection = await instance.connect();
    await connection.run(`create table changes (id bigint, key varchar, source integer, seen bigint, partition integer, place bigint,
      step tinyint, gone boolean, "row" varchar)`);
    return new FoldDatabase(duckdb, instance, connection, own);
  }

  async add(entries: readonly FoldEntry[]): Promise<void> {
    this.#waiting.push(...entries);
    if (this.#waiting.length >= 16 * CHUNK_ROWS) await this.#flush();
  }

  /** Folds what was added. `several`: keys that have records in several partitions of one source. */
  async fold(): Promise<{ readonly rows: number; readonly keys: number; readonly several: number }> {
    await this.#flush();
    // Sorted without the rows themselves, which are large.
    await this.#connection.run(`create table latest as ${latestChangesSql('id, gone')}`);
    const keys = await this.#number('select count(*) from latest');
    const several = await this.#number(`select count(*) from (select key from changes where step = 1
      group by key, source having min(partition) <> max(partition))`);
    const rows = await this.#number('select count(*) from latest where not gone');
    return { rows, keys, several };
  }

  /** The rows that are left, in no order. */
  async *rows(): AsyncGenerator<FoldedRow> {
    const result = await this.#connection.stream(`select key, "row" from changes
      where id in (select id from latest where not gone)`);
    for await (const chunk of result) {
      const [keys = [], rows = []] = chunk.getColumns();
      for (let at = 0; at < keys.length; at++) yield { key: String(keys[at]), row: String(rows[at]) };
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#connection.closeSync();
    this.#instance.closeSync();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #flush(): Promise<void> {
    const { VARCHAR, INTEGER, BIGINT, TINYINT, BOOLEAN, DuckDBDataChunk: Chunk } = this.#duckdb;
    const types = [BIGINT, VARCHAR, INTEGER, BIGINT, INTEGER, BIGINT, TINYINT, BOOLEAN, VARCHAR];
    const appender = await this.#connection.createAppender('changes');
    for (let start = 0; start < this.#waiting.length; start += CHUNK_ROWS) {
      const part = this.#waiting.slice(start, start + CHUNK_ROWS);
      const chunk = Chunk.create(types, part.length);
      chunk.setColumns(columnsOf(part, this.#nextId));
      this.#nextId += BigInt(part.length);
      appender.appendDataChunk(chunk);
    }
    appender.closeSync();
    this.#waiting = [];
  }

  async #number(sql: string): Promise<number> {
    const reader = await this.#connection.runAndReadAll(sql);
    return Number(reader.getRows()[0]?.[0]);
  }
}

function columnsOf(part: readonly FoldEntry[], firstId: bigint): ChunkColumns {
  return [
    part.map((_, at) => firstId + BigInt(at)),
    part.map(({ key }) => key),
    part.map(({ source }) => source),
    part.map(({ seenMs }) => seenMs),
    part.map(({ partition }) => partition),
    part.map(({ offset }) => offset),
    part.map(({ step }) => step),
    part.map(({ row }) => row === null),
    part.map(({ row }) => row),
  ];
}
