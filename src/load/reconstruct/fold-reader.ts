import { isAppError } from '../../core/errors.ts';
import { type Change, type ChangeFormat, readChange } from '../format/read-change.ts';
import { jsonFields } from '../json/json-fields.ts';
import type { ChangeEvent, EventBatch } from './change-event.ts';
import type { FoldEntry } from './fold-database.ts';
import type { EventPosition, FoldCounts } from './fold-report.ts';

/** How many places of unreadable events are remembered. */
const PLACES_MAX = 1000;

/** Turns events into what they do to keys, and counts what it saw. */
export class FoldReader {
  readonly #format: ChangeFormat;
  readonly #keyFields: readonly string[] | undefined;
  /** Sources by name, in the order in which they came. */
  readonly #sources = new Map<string, number>();
  /** Largest timestamp so far, by partition of the source that is read. */
  readonly #seenMs = new Map<number, bigint>();
  #source: string | undefined;
  #events = 0;
  #deletes = 0;
  #ignored = 0;
  #keyChanges = 0;
  #unreadable = 0;
  readonly #places: EventPosition[] = [];
  readonly #gaps = new Map<string, bigint>();

  constructor(format: ChangeFormat, keyFields: readonly string[] | undefined) {
    this.#format = format;
    this.#keyFields = keyFields;
  }

  get counts(): FoldCounts {
    return {
      sources: [...this.#sources.keys()],
      events: this.#events,
      deletes: this.#deletes,
      ignored: this.#ignored,
      keyChanges: this.#keyChanges,
      unreadable: this.#unreadable,
      unreadableAt: this.#places,
      gaps: Object.fromEntries([...this.#gaps].map(([reason, count]) => [reason, String(count)])),
    };
  }

  /** What the batch's events do to keys. */
  read({ source, events, unreadable, gaps }: EventBatch): FoldEntry[] {
    const number = this.#sources.get(source) ?? this.#sources.size;
    this.#sources.set(source, number);
    if (source !== this.#source) this.#seenMs.clear();
    this.#source = source;
    for (const { reason, range } of gaps) {
      this.#gaps.set(reason, (this.#gaps.get(reason) ?? 0n) + range.end - range.start);
    }
    for (const { partition, offset, reason } of unreadable) this.#refuse(partition, offset, reason);
    const entries: FoldEntry[] = [];
    for (const event of events) this.#take(entries, number, event);
    return entries;
  }

  #take(entries: FoldEntry[], source: number, event: ChangeEvent): void {
    const { partition, offset, timestampMs } = event;
    let change: Change;
    try {
      change = readChange(this.#format, event.key, event.value, { keyFields: this.#keyFields });
      if (change.op !== 'none' && change.key === '') throw new TypeError('it has no key');
    } catch (error) {
      if (!isAppError(error, 'LOAD_MESSAGE_UNREADABLE') && !(error instanceof TypeError)) throw error;
      this.#refuse(partition, offset, error.message);
      return;
    }
    this.#events++;
    if (change.op === 'none') {
      this.#ignored++;
      return;
    }
    if (change.op === 'delete') this.#deletes++;
    const before = this.#seenMs.get(partition);
    const seenMs = before === undefined || timestampMs > before ? timestampMs : before;
    this.#seenMs.set(partition, seenMs);
    const place = { source, seenMs, partition, offset };
    if (change.replaces !== undefined) {
      this.#keyChanges++;
      entries.push({ ...place, key: compactKey(change.replaces), step: 0, row: null });
    }
    entries.push({ ...place, key: compactKey(change.key), step: 1, row: oneLine(change.after) });
  }

  #refuse(partition: number, offset: bigint, reason: string): void {
    this.#events++;
    this.#unreadable++;
    const source = this.#source ?? '';
    if (this.#places.length < PLACES_MAX) this.#places.push({ source, partition, offset: String(offset), reason });
  }
}

/** Blanks between the parts of a key are no part of it. */
function compactKey(key: string): string {
  if (!/^\s*\{/.test(key) || !/[\s]/.test(key)) return key;
  let fields: ReadonlyMap<string, string> | undefined;
  try {
    fields = jsonFields(key);
  } catch (error) {
    // A key of GoldenGate may begin with a brace and be no JSON.
    if (isAppError(error, 'LOAD_MESSAGE_UNREADABLE')) return key;
    throw error;
  }
  if (fields === undefined) return key;
  return `{${[...fields].map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`;
}

/** JSON's strings hold no line feed, so one is a blank between tokens. */
function oneLine(row: string | undefined): string | null {
  if (row === undefined) return null;
  return row.includes('\n') || row.includes('\r') ? row.replaceAll(/[\r\n]/g, ' ') : row;
}
