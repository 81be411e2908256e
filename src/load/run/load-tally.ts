import { partitionCountsOf, type PartitionTally } from './partition-tally.ts';
import type { LoadState, RowCounts, TableCounts } from './load-state.ts';

/** Checksums are added up as a double this many times at most: 2^20 numbers below 2^32 are exact. */
const SUMS_MAX = 1 << 20;
const CHECKSUM_BITS = 64;

/** Counts of one table while it is loaded. */
export class TableTally {
  readonly table: string | undefined;
  readonly topic: string;
  readonly partitions: readonly PartitionTally[];
  loaded: number;
  refused: number;
  bytes: number;
  #checksum: bigint;
  #sum = 0;
  #sumCount = 0;

  constructor(table: string | undefined, topic: string, partitionCount: number, from?: TableCounts) {
    this.table = table;
    this.topic = topic;
    this.loaded = from?.loaded ?? 0;
    this.refused = from?.refused ?? 0;
    this.bytes = from?.bytes ?? 0;
    this.#checksum = BigInt(`0x${from?.checksum ?? '0'}`);
    this.partitions = Array.from({ length: partitionCount }, (_, partition) => {
      const known = from?.partitions.find((counts) => counts.partition === partition);
      return {
        records: known?.records ?? 0,
        firstOffset: known?.firstOffset === undefined ? undefined : BigInt(known.firstOffset),
        endOffset: known?.endOffset === undefined ? undefined : BigInt(known.endOffset),
      };
    });
  }

  /** A row that became a record: the size of key and value, and their CRC-32C. */
  addLoaded(byteCount: number, crc: number): void {
    this.loaded++;
    this.bytes += byteCount;
    this.#sum += crc;
    if (++this.#sumCount >= SUMS_MAX) this.#fold();
  }

  counts(): TableCounts {
    this.#fold();
    const { table, topic, loaded, refused, bytes } = this;
    return {
      ...(table !== undefined && { table }),
      topic,
      loaded,
      refused,
      bytes,
      checksum: this.#checksum.toString(16).padStart(CHECKSUM_BITS / 4, '0'),
      partitions: partitionCountsOf(this.partitions),
    };
  }

  #fold(): void {
    this.#checksum = BigInt.asUintN(CHECKSUM_BITS, this.#checksum + BigInt(this.#sum));
    this.#sum = 0;
    this.#sumCount = 0;
  }
}

/** Everything that a load counts, going on from a state. */
export class LoadTally {
  readonly #from: LoadState;
  readonly #tables: TableTally[] = [];
  #transactions: number;
  read: number;
  loaded: number;
  refused: number;
  skipped: number;

  constructor(from: LoadState, partitionCounts: ReadonlyMap<string, number>) {
    this.#from = from;
    this.#transactions = from.transactions;
    ({ read: this.read, loaded: this.loaded, refused: this.refused, skipped: this.skipped } = from.rows);
    for (const counts of from.tables) {
      const partitionCount = partitionCounts.get(counts.topic) ?? 0;
      this.#tables.push(new TableTally(counts.table, counts.topic, partitionCount, counts));
    }
  }

  /** Of a table; new ones come to the end. */
  table(table: string | undefined, topic: string, partitionCount: number): TableTally {
    const known = this.#tables.find((tally) => tally.table === table && tally.topic === topic);
    if (known !== undefined) return known;
    const added = new TableTally(table, topic, partitionCount);
    this.#tables.push(added);
    return added;
  }

  /** The state that the next transaction records. */
  next(at: Pick<LoadState, 'next' | 'errorsBytes' | 'state'>, nowMs: number): LoadState {
    this.#transactions++;
    const { read, loaded, refused, skipped } = this;
    const rows: RowCounts = { read, loaded, refused, skipped };
    return {
      ...this.#from,
      ...at,
      updatedAtMs: nowMs,
      ...(at.state === 'succeeded' && { finishedAtMs: nowMs }),
      rows,
      transactions: this.#transactions,
      tables: this.#tables.map((tally) => tally.counts()),
    };
  }
}
