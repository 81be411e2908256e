import { appendFile, readFile, writeFile } from 'node:fs/promises';

import { AppError } from '../../core/errors.ts';
import type { KeyTexts } from './live-table.ts';

/** Row `row` is the one after that of key `key`; row 0 comes after none. */
export interface RowPlace {
  readonly row: number;
  readonly key: KeyTexts | undefined;
}

const BEGINNING: RowPlace = { row: 0, key: undefined };

/**
 * Remembers which key came before which row of a live table, so that it can be read on from there. Within a process
 * that is a matter of speed. In a process that takes over from one that died, the table is read as of another moment:
 * rows before the place may have come and gone, so that only the key says where to go on. For that the places are
 * kept in a file, a JSON object on each line.
 */
export class RowPlaces {
  readonly #name: string;
  readonly #file: string | undefined;
  #places: RowPlace[] = [BEGINNING];
  /** Places before this one were kept by another process. */
  #ownFrom = Number.POSITIVE_INFINITY;

  private constructor(name: string, file: string | undefined) {
    this.#name = name;
    this.#file = file;
  }

  /** `name`: of the table, for messages. `file`: where places are kept; it need not be there yet. */
  static async open(name: string, file: string | undefined): Promise<RowPlaces> {
    const places = new RowPlaces(name, file);
    const text = file === undefined ? '' : await readFile(file, 'utf8').catch(noFile);
    // The last line may have been cut by a crash.
    for (const line of text.split('\n').slice(0, -1)) {
      const { row, key } = JSON.parse(line) as RowPlace;
      places.#take({ row, key });
    }
    return places;
  }

  /**
   * The place to read on from for a row: at it or before it. Reading row 0 begins anew.
   * @throws LOAD_RESUME_MISMATCH when another process read the rows before it, and did not keep this place
   */
  async startFor(row: number): Promise<RowPlace> {
    if (row === 0) {
      this.#places = [BEGINNING];
      this.#ownFrom = 0;
      if (this.#file !== undefined) await writeFile(this.#file, '');
      return BEGINNING;
    }
    const place = this.#places.findLast((found) => found.row <= row) ?? BEGINNING;
    if (place.row === row || place.row >= this.#ownFrom) {
      this.#ownFrom = Math.min(this.#ownFrom, place.row);
      return place;
    }
    throw new AppError('LOAD_RESUME_MISMATCH', `row ${row} of ${this.#name} cannot be found again`, {
      subject: this.#name,
      hint:
        this.#file === undefined
          ? 'Another process read the rows before it, at another moment. Load anew with another `--id`.'
          : `${this.#file} has no place for it. Load anew with another \`--id\`.`,
    });
  }

  /** Row `row` comes after that of key `key`. */
  async add(row: number, key: KeyTexts): Promise<void> {
    this.#take({ row, key });
    if (this.#file !== undefined) await appendFile(this.#file, `${JSON.stringify({ row, key })}\n`);
  }

  /** A place takes the later ones away: they were read at another moment. */
  #take(place: RowPlace): void {
    while ((this.#places.at(-1)?.row ?? 0) >= place.row && this.#places.length > 1) this.#places.pop();
    this.#places.push(place);
  }
}

function noFile(cause: unknown): string {
  if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return '';
  throw cause;
}
