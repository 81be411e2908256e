import type { LoadState } from '../cdc-driver.ts';
import type { LoadedTable } from './connector-tables.ts';

/** What Debezium says of a snapshot while it takes it. */
export interface SnapshotNotification {
  readonly id: string;
  /** `STARTED`, `IN_PROGRESS`, `TABLE_SCAN_COMPLETED`, `COMPLETED`, `ABORTED`, `SKIPPED`, ... */
  readonly type: string;
  readonly aggregate: string;
  readonly data: Readonly<Record<string, string>>;
}

/** Which snapshot is meant: one that a signal of that id asked for, or whatever initial snapshot is noted. */
export type WantedSnapshot = { readonly id: string } | { readonly aggregate: 'Initial Snapshot' };

/** Reads a notification as the JSON converter writes it, with or without schema; undefined when it is none. */
export function parseNotification(value: Uint8Array | null): SnapshotNotification | undefined {
  const outer = parseObject(value);
  const fields = objectOf(outer?.['payload']) ?? outer;
  if (fields === undefined) return undefined;
  const { id, type, aggregate_type: aggregate, additional_data: data } = fields;
  if (typeof id !== 'string' || typeof type !== 'string' || typeof aggregate !== 'string') return undefined;
  const texts = Object.entries(objectOf(data) ?? {}).map(([name, text]) => [name, String(text)]);
  return { id, type, aggregate, data: Object.fromEntries(texts) as Record<string, string> };
}

/**
 * How far a snapshot is. A snapshot that is stopped says COMPLETED too, before it says ABORTED: it has finished when every
 * table has been scanned with success, then COMPLETED came, and no ABORTED. A task that starts anew in the middle of an
 * initial snapshot takes it again from its start; after its end, it skips it. One that starts anew in an incremental
 * snapshot goes on, but counts rows from there: such a table has no number of rows.
 */
export function snapshotState(
  notifications: readonly SnapshotNotification[],
  wanted: WantedSnapshot,
  tables: readonly LoadedTable[],
): LoadState {
  const ours = notifications.filter((one) =>
    'id' in wanted ? one.id === wanted.id : one.aggregate === wanted.aggregate,
  );
  const rows: Record<string, number> = {};
  const scanned = new Set<string>();
  const chunks = new ChunkNumbers();
  const failures = new Set<string>();
  let completed = false;
  for (const { type, data } of ours) {
    if (type === 'STARTED') {
      completed = false;
      failures.clear();
      scanned.clear();
      for (const topic of Object.keys(rows)) delete rows[topic];
    } else if (type === 'IN_PROGRESS') {
      chunks.add(data);
    } else if (type === 'TABLE_SCAN_COMPLETED') {
      const table = tables.find((one) => isTable(data['scanned_collection'] ?? '', one.table));
      if (table === undefined) continue;
      scanned.add(table.topic);
      // Scanned before, it was in a snapshot that was under way already, which goes on under the id of the one that waits
      // for it; or a task was started anew right behind the end, and has read the last part again.
      const read = Math.max(rows[table.topic] ?? 0, Number(data['total_rows_scanned'] ?? 0));
      if (chunks.endedInOneGo(data['scanned_collection'])) rows[table.topic] = read;
      else delete rows[table.topic];
      const status = data['status'] ?? '';
      if (status !== 'SUCCEEDED' && status !== 'EMPTY') failures.add(`table ${table.table} was not read: ${status}`);
    } else if (type === 'COMPLETED') {
      completed = true;
    } else if (type === 'ABORTED') {
      failures.add('the snapshot was stopped before its end');
    } else if (type === 'SKIPPED' && !completed) {
      failures.add('the connector skipped the snapshot');
    }
  }
  const left = tables.filter(({ topic }) => !scanned.has(topic)).map(({ table }) => table);
  if (completed && left.length > 0) failures.add(`the snapshot ended without ${left.join(', ')}`);
  const detail = { notifications: ours.length, last: ours.at(-1)?.type ?? null };
  if (failures.size > 0) return { state: 'failed', reason: [...failures].join('; '), rows, detail };
  return { state: completed ? 'finished' : 'running', rows, detail };
}

/** The numbers by which a task counts the parts that it has read of a table: they begin anew where the task does. */
class ChunkNumbers {
  readonly #last = new Map<string | undefined, number>();
  readonly #anew = new Set<string | undefined>();

  add({ current_collection_in_progress: table, chunk_index: index }: SnapshotNotification['data']): void {
    // Only an incremental snapshot has parts.
    if (index === undefined) return;
    const number = Number(index);
    if (number <= (this.#last.get(table) ?? 0)) this.#anew.add(table);
    this.#last.set(table, number);
  }

  /** The table was read to its end, without a task that started anew meanwhile. */
  endedInOneGo(table: string | undefined): boolean {
    this.#last.delete(table);
    return !this.#anew.delete(table);
  }
}

/** Debezium names a table with its database in front in some notifications, and without in others. */
function isTable(scanned: string, table: string): boolean {
  return scanned === table || scanned.endsWith(`.${table}`);
}

/** The value of a message as a JSON object; undefined when it is none. */
export function parseObject(value: Uint8Array | null): Readonly<Record<string, unknown>> | undefined {
  if (value === null) return undefined;
  try {
    return objectOf(JSON.parse(Buffer.from(value).toString('utf8')));
  } catch {
    return undefined;
  }
}

/** Undefined when it is none. */
export function objectOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}
