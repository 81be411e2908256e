import { AppError } from '../../core/errors.ts';
import type { ChangeFormat } from '../format/read-change.ts';
import type { EventInput } from './change-event.ts';
import { FoldDatabase, type FoldedRow } from './fold-database.ts';
import { FoldReader } from './fold-reader.ts';
import type { FoldReport } from './fold-report.ts';

/** What to fold, and how. */
export interface FoldOptions {
  /** In the order in which they were written: what a later one says of a key is the later word. All of one table. */
  readonly inputs: readonly EventInput[];
  readonly format: ChangeFormat;
  /**
   * Names of the primary key's fields, in the key's order. Needed when messages have no key, and to see that an update
   * gave a row another key (GoldenGate; Debezium writes a delete for that).
   */
  readonly keyFields?: readonly string[] | undefined;
  /** Events that may be unreadable. Default: 0. */
  readonly errorsMax?: number | undefined;
  /** Fold although the archive lacks offsets that nothing explains. Default: false. */
  readonly allowMissing?: boolean | undefined;
  /** For DuckDB, which puts more into files. Default: 1 GiB. */
  readonly memoryBytes?: number | undefined;
  /** Where those files go. Default: the system's folder for such. */
  readonly temporaryFolder?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of events read so far. */
  readonly onProgress?: ((events: number) => void) | undefined;
}

/** The last state of each key. */
export interface FoldedArchive extends AsyncDisposable {
  readonly report: FoldReport;
  /** In no order that could be relied on; any number of times, one after another. */
  rows(): AsyncIterable<FoldedRow>;
}

const MEMORY_BYTES = 1024 ** 3;

/**
 * Folds change events to the last state of each key: what the table held after them. Larger than memory. Dispose of the
 * result, which keeps files.
 * @throws LOAD_TOO_MANY_BAD_ROWS, RELOAD_INCOMPLETE_ARCHIVE, and whatever its inputs throw
 */
export async function foldArchive(options: FoldOptions): Promise<FoldedArchive> {
  const { inputs, format, keyFields, memoryBytes = MEMORY_BYTES, temporaryFolder, onProgress } = options;
  const signal = options.signal ?? new AbortController().signal;
  const reader = new FoldReader(format, keyFields);
  const database = await FoldDatabase.open(memoryBytes, temporaryFolder);
  try {
    for (const input of inputs) {
      for await (const batch of input.read(signal)) {
        await database.add(reader.read(batch));
        onProgress?.(reader.counts.events);
      }
    }
    const { rows, keys, several } = await database.fold();
    const report = { ...reader.counts, keys, rows, keysInSeveralPartitions: several };
    check(report, options);
    return {
      report,
      rows: () => database.rows(),
      [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
    };
  } catch (error) {
    await database[Symbol.asyncDispose]();
    throw error;
  }
}

function check(report: FoldReport, { errorsMax = 0, allowMissing = false, format }: FoldOptions): void {
  const { unreadable, unreadableAt, gaps } = report;
  if (unreadable > errorsMax) {
    const places = unreadableAt
      .slice(0, 5)
      .map(({ source, partition, offset, reason }) => `${source}, partition ${partition}, ${offset}: ${reason}`);
    throw new AppError(
      'LOAD_TOO_MANY_BAD_ROWS',
      `${unreadable} events cannot be read as ${format}, ${errorsMax} are allowed:\n${places.join('\n')}`,
      { subject: format, hint: 'Name the format that the CDC wrote, or allow more with `--errors-max`.' },
    );
  }
  const { missing } = gaps;
  if (missing !== undefined && !allowMissing) {
    throw new AppError('RELOAD_INCOMPLETE_ARCHIVE', `${missing} offsets are missing, and nothing explains why`, {
      subject: report.sources.join(', '),
      hint: 'Run `bss archive verify` and restore what is missing, or fold the rest with `--allow-missing`.',
    });
  }
}
