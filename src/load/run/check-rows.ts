import { AppError } from '../../core/errors.ts';
import type { RowBatch, RowPosition, RowSource } from '../row/row.ts';
import { type KeyHash, KeyCheck, hashKey, hashText } from './key-check.ts';
import type { LoadOptions, LoadServices } from './load-options.ts';
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
    const check = new RowCheck(options, services, refused, (topic, key) => hashKey(topics.indexOf(topic), key), keys);
    const counts = await check.run();
    await refused.flush();
    const suspects = await keys?.suspects();
    if (suspects !== undefined && suspects.size > 0) {
      const duplicates = await duplicatesAmong(suspects, options, services.signal, topics);
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
  readonly #hash: (topic: string, key: string) => KeyHash;
  readonly #keys: KeyCheck | undefined;
  #rows = 0;
  #skipped = 0;
  #readBefore = 0;

  constructor(
    options: LoadOptions,
    services: CheckServices,
    refused: RefusedRows,
    hash: (topic: string, key: string) => KeyHash,
    keys: KeyCheck | undefined,
  ) {
    this.#options = options;
    this.#services = services;
    this.#refused = refused;
    this.#hash = hash;
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

  async #batch(batch: RowBatch, { table, mapping, converter }: BoundTable): Promise<void> {
    const { topic } = mapping;
    const keys = this.#keys;
    await visitInOrder(batch, {
      row: (index) => {
        const row = batch.rows[index] ?? [];
        const converted = converter.check(row);
        if ('reason' in converted) {
          return this.#refused.add({ position: rowPosition(batch, index), table, ...converted });
        }
        if (keys === undefined) return undefined;
        keys.add(this.#hash(topic, converted.keyObject));
        return keys.isFull ? keys.spill() : undefined;
      },
      bad: (row) => this.#refused.add({ ...row, table }),
    });
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

/** Reads all rows again, and compares the keys themselves whose hashes were the same. */
async function duplicatesAmong(
  suspects: ReadonlySet<string>,
  { sources, mapping, unmapped }: LoadOptions,
  signal: AbortSignal,
  topics: readonly string[],
): Promise<Duplicate[]> {
  const router = new TableRouter(mapping, unmapped);
  const found = new Map<string, { topic: string; key: string; places: RowPosition[] }>();
  for (const source of sources) {
    for await (const batch of source.read(0, signal)) {
      signal.throwIfAborted();
      const bound = router.route(batch);
      if (bound === undefined) continue;
      const { topic } = bound.mapping;
      for (const [index, row] of batch.rows.entries()) {
        const converted = bound.converter.convertKey(row);
        if ('reason' in converted) continue;
        const key = converted.keyObject;
        if (!suspects.has(hashText(hashKey(topics.indexOf(topic), key)))) continue;
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
