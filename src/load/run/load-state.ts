import { createHash } from 'node:crypto';
import { AppError } from '../../core/errors.ts';
import type { TopicDescription } from '../../core/kafka/kafka-client.ts';
import type { LoadMapping } from '../mapping/load-mapping.ts';
import type { RowSource } from '../row/row.ts';

const VERSION = 'bss-load/1';

/**
 * What is known of a load: the value of its record in the loads topic. Each transaction of a load holds the next state
 * together with the records that it speaks of.
 */
export interface LoadState {
  readonly version: typeof VERSION;
  readonly id: string;
  readonly state: 'running' | 'succeeded';
  readonly begunWith: LoadIdentity;
  readonly startedAtMs: number;
  readonly updatedAtMs: number;
  readonly finishedAtMs?: number;
  /** Rows there are, when they were counted before the load began. */
  readonly rowsTotal?: number;
  /** The next row to be read. */
  readonly next: { readonly source: number; readonly row: number };
  /** Length of the file of refused rows. */
  readonly errorsBytes: number;
  readonly rows: RowCounts;
  readonly transactions: number;
  readonly tables: readonly TableCounts[];
}

/** What must be the same when a load goes on. */
export interface LoadIdentity {
  /** SHA-256 of the mapping file. */
  readonly mapping: string;
  readonly inputs: readonly { readonly name: string; readonly sizeBytes?: number }[];
  readonly topics: readonly { readonly name: string; readonly id: string; readonly partitionCount: number }[];
}

/** Rows by what became of them. */
export interface RowCounts {
  readonly read: number;
  readonly loaded: number;
  readonly refused: number;
  /** Of tables that the mapping does not mention. */
  readonly skipped: number;
}

/** What became of one table's rows. */
export interface TableCounts {
  /** As the dump names it; absent when it does not. */
  readonly table?: string;
  readonly topic: string;
  readonly loaded: number;
  readonly refused: number;
  /** Of keys and values. */
  readonly bytes: number;
  /** CRC-32C of each record's key and value, one after the other, added up modulo 2^64; 16 hexadecimal digits. */
  readonly checksum: string;
  readonly partitions: readonly PartitionCounts[];
}

/** What went into one partition. Offsets are decimal strings; other producers' records may lie between them. */
export interface PartitionCounts {
  readonly partition: number;
  readonly records: number;
  readonly firstOffset?: string;
  /** After the last record. */
  readonly endOffset?: string;
}

/** Of the inputs, mapping and topics that are here now. */
export function identityOf(
  sources: readonly RowSource[],
  mapping: LoadMapping,
  topics: readonly TopicDescription[],
): LoadIdentity {
  return {
    mapping: mapping.fingerprint,
    inputs: sources.map(({ name, sizeBytes }) => ({ name, ...(sizeBytes !== undefined && { sizeBytes }) })),
    topics: topics.map(({ name, id, partitionCount }) => ({ name, id, partitionCount })),
  };
}

/** The id of a load that is not given one: 16 hexadecimal digits. */
export function defaultLoadId(identity: LoadIdentity): string {
  return createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 16);
}

/** A load that has not begun. */
export function newState(id: string, begunWith: LoadIdentity, nowMs: number, rowsTotal?: number): LoadState {
  return {
    version: VERSION,
    id,
    state: 'running',
    begunWith,
    startedAtMs: nowMs,
    updatedAtMs: nowMs,
    ...(rowsTotal !== undefined && { rowsTotal }),
    next: { source: 0, row: 0 },
    errorsBytes: 0,
    rows: { read: 0, loaded: 0, refused: 0, skipped: 0 },
    transactions: 0,
    tables: [],
  };
}

/** @throws LOAD_RESUME_MISMATCH when the load was begun with something else. */
export function checkIdentity(state: LoadState, now: LoadIdentity): void {
  const differing = [
    ...(state.begunWith.mapping === now.mapping ? [] : ['another mapping']),
    ...(JSON.stringify(state.begunWith.inputs) === JSON.stringify(now.inputs) ? [] : ['other inputs']),
    ...(JSON.stringify(state.begunWith.topics) === JSON.stringify(now.topics)
      ? []
      : ['other topics (one that was created again is another)']),
  ];
  if (differing.length === 0) return;
  throw new AppError('LOAD_RESUME_MISMATCH', `load ${state.id} was begun with ${differing.join(' and ')}`, {
    subject: state.id,
    hint: 'Give back what it was begun with to go on, or load anew with another --id.',
  });
}

/** Bytes of the record's value. */
export function encodeState(state: LoadState): Uint8Array {
  return Buffer.from(JSON.stringify(state));
}

/** Undefined for what a load of this version did not write. */
export function decodeState(value: Uint8Array): LoadState | undefined {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(value).toString('utf8'));
    const isOurs = typeof parsed === 'object' && parsed !== null && Reflect.get(parsed, 'version') === VERSION;
    return isOurs ? (parsed as LoadState) : undefined;
  } catch {
    return undefined;
  }
}
