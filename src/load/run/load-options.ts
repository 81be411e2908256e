import type { KafkaClient } from '../../core/kafka/kafka-client.ts';
import type { BatchCodec } from '../../core/record/batch-header.ts';
import type { Clock } from '../../core/runtime/clock.ts';
import type { LoadMapping } from '../mapping/load-mapping.ts';
import type { RowSource } from '../row/row.ts';

/** What to load. */
export interface LoadOptions {
  /** Read one after another; their order is part of the load. */
  readonly sources: readonly RowSource[];
  readonly mapping: LoadMapping;
  /**
   * Who this load is: one of the same id goes on where the last transaction of it ended, and does nothing once it is done.
   * Default: made from the inputs, the mapping and the topics, so that the same command goes on by itself.
   */
  readonly id?: string | undefined;
  /** Rows with the same primary key: refused before anything is written, or written all, in their order. */
  readonly duplicates: 'refuse' | 'allow';
  /** Rows of tables that the mapping does not mention: refused, or passed over and counted. */
  readonly unmapped: 'refuse' | 'skip';
  /** Rows that may be refused; one more ends the load. */
  readonly errorsMax: number;
  /** Where refused rows are described, a JSON object on each line. */
  readonly errorsFile?: string | undefined;
  readonly rowsPerSecondMax?: number | undefined;
  /** Of keys and values. */
  readonly bytesPerSecondMax?: number | undefined;
  readonly compression: BatchCodec;
  /** A transaction ends at whichever comes first. */
  readonly transactionBytesMax: number;
  readonly transactionAgeMaxMs: number;
  /** Kafka ends a transaction of a load that died after this. */
  readonly transactionTimeoutMs: number;
  /** Where loads are kept account of. Created when it is missing. */
  readonly loadsTopic: string;
  /** Memory for comparing keys; more go to temporary files. */
  readonly keyMemoryBytes: number;
}

/** Good for most. */
export const LOAD_DEFAULTS = {
  duplicates: 'refuse',
  unmapped: 'refuse',
  errorsMax: 0,
  compression: 'none',
  transactionBytesMax: 64 * 1024 * 1024,
  transactionAgeMaxMs: 1000,
  transactionTimeoutMs: 60_000,
  loadsTopic: 'bss-loads',
  keyMemoryBytes: 64 * 1024 * 1024,
} as const satisfies Partial<LoadOptions>;

/** What a load works with. */
export interface LoadServices {
  readonly kafka: KafkaClient;
  readonly clock: Clock;
  /** Aborted to stop in good order, with what was read so far committed. */
  readonly signal: AbortSignal;
  readonly onProgress?: ((progress: LoadProgress) => void) | undefined;
}

/** How far it is. */
export interface LoadProgress {
  /** Keys are compared when some look alike. */
  readonly phase: 'checking' | 'comparing' | 'loading';
  /** Rows of the phase so far, refused ones too. */
  readonly rows: number;
  readonly refused: number;
  /** Of the inputs, as far as their sizes are known. */
  readonly readBytes: number;
  readonly totalBytes: number | undefined;
  /** Rows there are, once they have been counted. */
  readonly totalRows: number | undefined;
}
