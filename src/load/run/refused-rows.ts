import { open, type FileHandle } from 'node:fs/promises';
import { AppError } from '../../core/errors.ts';
import type { RowPosition } from '../row/row.ts';

/** A row that was refused: a line of the file of refused rows. */
export interface RefusedRow {
  readonly position: RowPosition;
  readonly table?: string | undefined;
  /** Absent when the row as a whole cannot be read. */
  readonly column?: string | undefined;
  readonly reason: string;
  readonly excerpt: string;
}

/** How many refused rows are kept for messages. */
const EXAMPLES_MAX = 5;
/** How many more than are allowed are described before it ends: a person mends more than one at a time. */
const EXCESS_MAX = 1000;
/** Lines that wait to be written. */
const PENDING_MAX = 1000;

/**
 * Counts refused rows, keeps the first few, and describes all of them in a file. The file's length is part of each
 * checkpoint: when a load goes on, what was written after it is cut off, so that every row is in it once.
 */
export class RefusedRows {
  readonly #path: string | undefined;
  readonly #file: FileHandle | undefined;
  readonly #max: number;
  readonly examples: RefusedRow[] = [];
  #count: number;
  #bytes: number;
  #pending: string[] = [];

  private constructor(path: string | undefined, file: FileHandle | undefined, max: number, from: RefusedFrom) {
    this.#path = path;
    this.#file = file;
    this.#max = max;
    this.#count = from.count;
    this.#bytes = from.bytes;
  }

  /** @throws LOAD_INPUT_UNREADABLE when the file cannot be written */
  static async open(path: string | undefined, max: number, from: RefusedFrom): Promise<RefusedRows> {
    if (path === undefined) return new RefusedRows(undefined, undefined, max, from);
    try {
      const file = await open(path, from.bytes === 0 ? 'w' : 'r+').catch((error: unknown) => {
        // It was lost in between: what is refused from here on is better than nothing.
        if (from.bytes > 0 && isMissing(error)) return open(path, 'w');
        throw error;
      });
      await file.truncate(from.bytes);
      return new RefusedRows(path, file, max, from);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new AppError('LOAD_INPUT_UNREADABLE', `cannot write the file of refused rows ${path}: ${reason}`, {
        subject: path,
        hint: 'Name a file that can be written with --errors.',
        cause,
      });
    }
  }

  get count(): number {
    return this.#count;
  }

  /** Length of the file once `flush` has resolved. */
  get bytes(): number {
    return this.#bytes;
  }

  /** @throws LOAD_TOO_MANY_BAD_ROWS when there are many more than are allowed; the file then has all up to this one. */
  async add(row: RefusedRow): Promise<void> {
    this.#count++;
    if (this.examples.length < EXAMPLES_MAX) this.examples.push(row);
    if (this.#file !== undefined) this.#pending.push(`${JSON.stringify(row)}\n`);
    if (this.#pending.length >= PENDING_MAX) await this.flush();
    if (this.#count < this.#max + EXCESS_MAX) return;
    await this.flush();
    this.refuseExcess();
  }

  /** True when there are more than are allowed. */
  get isExcessive(): boolean {
    return this.#count > this.#max;
  }

  /** @throws LOAD_TOO_MANY_BAD_ROWS when there are more than are allowed */
  refuseExcess(): void {
    if (!this.isExcessive) return;
    const where = this.#path === undefined ? '`--errors FILE` describes all of them' : `${this.#path} describes them`;
    throw new AppError('LOAD_TOO_MANY_BAD_ROWS', tooMany(this.#count, this.#max, this.examples), {
      subject: this.examples[0]?.position.source,
      hint: `Correct the mapping or the input; ${where}. \`bss load --errors-max N\` does without N of them.`,
    });
  }

  /** Brings what was added to the disk. */
  async flush(): Promise<void> {
    if (this.#file === undefined || this.#pending.length === 0) return;
    const bytes = Buffer.from(this.#pending.join(''));
    this.#pending = [];
    await this.#file.write(bytes, 0, bytes.length, this.#bytes);
    this.#bytes += bytes.length;
    await this.#file.datasync();
  }

  async close(): Promise<void> {
    await this.#file?.close();
  }
}

/** Where to go on. */
export interface RefusedFrom {
  readonly count: number;
  readonly bytes: number;
}

/** One line for a person: `dump.csv line 7, amount: not a decimal (12,50)`. */
function refusedText({ position, column, reason, excerpt }: RefusedRow): string {
  const where = position.line === undefined ? `row ${position.row + 1}` : `line ${position.line}`;
  const what = column === undefined ? '' : `, ${column}`;
  return `${position.source} ${where}${what}: ${reason}${excerpt === '' ? '' : ` (${excerpt.slice(0, 60)})`}`;
}

function tooMany(count: number, max: number, examples: readonly RefusedRow[]): string {
  const lines = examples.map((row) => `\n  ${refusedText(row)}`).join('');
  return `${count} row${count === 1 ? ' is' : 's are'} refused, and ${max} may be:${lines}`;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
