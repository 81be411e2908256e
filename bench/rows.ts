import { VALUE_BYTES, type ValueSize } from './values.ts';

/** One question that the benchmark answers. The ids are stable: results of all releases can be compared. */
export interface BenchRow {
  readonly id: string;
  readonly service: 'storer' | 'reloader';
  readonly size: ValueSize;
  /** Of the archive's segments. */
  readonly compression: 'zstd' | 'none';
  /** Records of a run: a few seconds' worth. */
  readonly records: number;
}

export const BENCH_ROWS: readonly BenchRow[] = [
  { id: 'storer-100b', service: 'storer', size: 'small', compression: 'zstd', records: 5_000_000 },
  { id: 'storer-1kb', service: 'storer', size: 'large', compression: 'zstd', records: 1_000_000 },
  { id: 'storer-1kb-plain', service: 'storer', size: 'large', compression: 'none', records: 1_000_000 },
  { id: 'reloader-100b', service: 'reloader', size: 'small', compression: 'zstd', records: 5_000_000 },
  { id: 'reloader-1kb', service: 'reloader', size: 'large', compression: 'zstd', records: 1_000_000 },
];

/** What each service is compared with. */
export const REFERENCES = { storer: 'ConsumerPerformance', reloader: 'ProducerPerformance' } as const;

/** Bytes of value per record of a row, for MB/s; undefined for a row that this release does not know. */
export function valueBytesOf(id: string): number | undefined {
  const row = BENCH_ROWS.find((candidate) => candidate.id === id);
  return row === undefined ? undefined : VALUE_BYTES[row.size];
}
