import { AppError } from '../../core/errors.ts';
import type { RowBatch, RowPosition, RowSource } from '../row/row.ts';
import type { RowFault } from '../mapping/row-fault.ts';
import { type KeyHash, KeyCheck, hashKey, hashText } from './key-check.ts';
import type { LoadOptions, LoadServices } from './load-options.ts';
import { BARE_FRAME, RawMessages } from './raw-messages.ts';
import type { RefusedRows } from './refused-rows.ts';
import { rowPosition, visitInOrder } from './rows-in-order.ts';
import { type BoundTable, TableRouter } from './table-router.ts';

/** What a check works with. */
export type CheckServices = Pick<LoadServices, 'signal' | 'onProgress'>;

/** What a look at every row found. */
export interface CheckedRows {
  readonly rows: number;
  readonly refused: number;
  readonly skipped: number;
}

/** How many duplicates a message shows. */
const EXAMPLES_MAX = 5;

/**
 * Reads everything once before anything is written: converts every row, counts, describes refused ones, and compares
 * primary keys.
 * @throws LOAD_DUPLICATE_KEYS, LOAD_MAPPING_INVALID, LOAD_TABLE_UNMAPPED, LOAD_INPUT_UNREADABLE, LOAD_TOO_MANY_BAD_ROWS
 */
export async function checkRows(
  options: LoadOptions,
  services: CheckServices,
  refused: RefusedRows,
): Promise<CheckedRows> {
  const topics = [...new Set(options.mapping.tables.map(({ topic }) => topic))];
  const keys = options.duplicates === 'refuse' ? new KeyCheck(options.keyMemoryBytes) : undefined;
  try {
    const check = new RowCheck(options, services, refused, topics, keys);
    const counts = await check.run();
    await refused.flush();
    const suspects = await keys?.suspects();
    if (suspects !== undefined && suspects.size > 0) {
      const duplicates = await duplicatesAmong(suspects, options, { ...services, topics, totalRows: counts.rows });
      if (duplicates.length > 0) throw duplicateKeys(duplicates);
    }
    refused.refuseExcess();
    return counts;
  } finally {
    await keys?.close();
  }
}

class RowCheck {
  readonly #options: LoadOptions;
  readonly #services: CheckServices;
  readonly #refused: RefusedRows;
  readonly #topics: readonly string[];
  readonly #keys: KeyCheck | undefined;
  /** Of the table that was checked last. */
  #messages: { readonly bound: BoundTable; readonly raw: RawMessages } | undefined;
  #rows = 0;
  #skipped = 0;
  #readBefore = 0;

  constructor(
    options: LoadOptions,
    services: CheckServices,
    refused: RefusedRows,
    topics: readonly string[],
    keys: KeyCheck | undefined,
  ) {
    this.#options = options;
    this.#services = services;
    this.#refused = refused;
    this.#topics = topics;
    this.#keys = keys;
  }

  async run(): Promise<CheckedRows> {
    const { sources, mapping, unmapped } = this.#options;
    const { signal } = this.#services;
    const router = new TableRouter(mapping, unmapped);
    for (const source of sources) {
      for await (const batch of source.read(0, signal)) {
        signal.throwIfAborted();
        const bound = router.route(batch);
        if (bound === undefined) this.#skipped += batch.rowCount;
        else await this.#batch(batch, bound);
        this.#rows += batch.rowCount;
        this.#report(source);
      }
      this.#readBefore += source.readBytes;
    }
    return { rows: this.#rows, refused: this.#refused.count, skipped: this.#skipped };
  }

  async #batch(batch: RowBatch, bound: BoundTable): Promise<void> {
    const { table } = bound;
    const keys = this.#keys;
    const hashOf = this.#hasher(batch, bound);
    await visitInOrder(batch, {
      row: (index) => {
        const hash = hashOf(index);
        if ('reason' in hash) return this.#refused.add({ position: rowPosition(batch, index), table, ...hash });
        if (keys === undefined) return undefined;
        keys.add(hash);
        return keys.isFull ? keys.spill() : undefined;
      },
      bad: (row) => this.#refused.add({ ...row, table }),
    });
  }

  /** Converts a row of the batch, and gives the hash of its key, or why it cannot be converted. */
  #hasher(batch: RowBatch, bound: BoundTable): (index: number) => KeyHash | RowFault {
    const topic = this.#topics.indexOf(bound.mapping.topic);
    const { raw } = batch;
    if (raw === undefined) {
      return (index) => {
        const converted = bound.converter.check(batch.rows[index] ?? []);
        return 'reason' in converted ? converted : hashKey(topic, Buffer.from(converted.keyObject));
      };
    }
    if (this.#messages?.bound !== bound) {
      this.#messages = { bound, raw: new RawMessages(bound.converter.raw, BARE_FRAME) };
    }
    const messages = this.#messages.raw;
    return (index) => {
      const fault = messages.write(raw.rows, raw.first + index, 0);
      if (typeof fault === 'object') return fault;
      return hashKey(topic, messages.bytes, messages.keyStart, messages.valueStart);
    };
  }

  #report(source: RowSource): void {
    this.#services.onProgress?.({
      phase: 'checking',
      rows: this.#rows,
      refused: this.#refused.count,
      readBytes: this.#readBefore + source.readBytes,
      totalBytes: totalBytes(this.#options.sources),
      totalRows: undefined,
    });
  }
}

/** Of all inputs; undefined when the size of one is not known. */
export function totalBytes(sources: readonly RowSource[]): number | undefined {
  let sum = 0;
  for (const { sizeBytes } of sources) {
    if (sizeBytes === undefined) return undefined;
    sum += sizeBytes;
  }
  return sum;
}

interface Duplicate {
  readonly topic: string;
  readonly key: string;
  readonly places: readonly RowPosition[];
}

interface Comparison extends CheckServices {
  readonly topics: readonly string[];
  readonly totalRows: number;
}

/** Reads all rows again, and compares the keys themselves whose hashes were the same. */
async function duplicatesAmong(
  suspects: ReadonlySet<string>,
  { sources, mapping, unmapped }: LoadOptions,
  { signal, onProgress, topics, totalRows }: Comparison,
): Promise<Duplicate[]> {
  let rows = 0;
  const router = new TableRouter(mapping, unmapped);
  const found = new Map<string, { topic: string; key: string; places: RowPosition[] }>();
  for (const source of sources) {
    for await (const batch of source.read(0, signal)) {
      signal.throwIfAborted();
      rows += batch.rowCount;
      const of = { readBytes: 0, totalBytes: undefined, totalRows };
      onProgress?.({ phase: 'comparing', rows, refused: 0, ...of });
      const bound = router.route(batch);
      if (bound === undefined) continue;
      const { topic } = bound.mapping;
      for (const [index, row] of batch.rows.entries()) {
        const converted = bound.converter.convertKey(row);
        if ('reason' in converted) continue;
        const key = converted.keyObject;
        if (!suspects.has(hashText(hashKey(topics.indexOf(topic), Buffer.from(key))))) continue;
        const name = `${topic} ${key}`;
        const known = found.get(name) ?? { topic, key, places: [] };
        found.set(name, known);
        if (known.places.length < EXAMPLES_MAX) known.places.push(rowPosition(batch, index));
      }
    }
  }
  return [...found.values()].filter(({ places }) => places.length > 1);
}

function duplicateKeys(duplicates: readonly Duplicate[]): AppError {
  const lines = duplicates
    .slice(0, EXAMPLES_MAX)
    .map(({ key, places }) => `\n  ${key}: ${places.map(placeText).join(', ')}`);
  const count = duplicates.length === 1 ? '1 primary key is' : `${duplicates.length} primary keys are`;
  return new AppError('LOAD_DUPLICATE_KEYS', `${count} there more than once:${lines.join('')}`, {
    subject: duplicates[0]?.topic,
    hint: 'Correct the dump or the `key` of the mapping; or load all of them, in their order, with --duplicates allow.',
  });
}

function placeText({ source, row, line }: RowPosition): string {
  return line === undefined ? `${source} row ${row + 1}` : `${source} line ${line}`;
}
