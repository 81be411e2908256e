import type { ByteSink } from '../json/byte-sink.ts';
import { RAW, RAW_STRIDE, type RawRows, rawValue } from '../row/raw-rows.ts';
import type { BoundColumn } from './bound-column.ts';
import { Refusal } from './refusal.ts';
import { faultOf, type RowFault } from './row-fault.ts';
import { RAW_ROOM } from './raw-writer.ts';

const QUOTE = 34;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;
const BACKSLASH = 92;
const UNDERSCORE = 95;
const NULL = Buffer.from('null');

/** What a row is written with. */
export interface RawRowColumns {
  readonly columns: readonly BoundColumn[];
  /** Places in `columns`, in the order of the key. */
  readonly keyPlaces: readonly number[];
  /** Fields that no row may have, and their places. */
  readonly refused: readonly { readonly name: string; readonly place: number }[];
}

/**
 * Writes rows of a text as JSON, byte for byte as the row's converter does, mostly without a text or an object in between.
 * Hot.
 */
export class RawRowWriter {
  readonly #columns: readonly BoundColumn[];
  readonly #refused: RawRowColumns['refused'];
  readonly #keyColumns: readonly BoundColumn[];
  /** By column: the place in the key; -1 for those that are not of it. */
  readonly #keyOrdinals: readonly number[];
  /** Where the values of the key begin and end in the sink that the row was written to. */
  readonly #keyRanges: Int32Array;

  constructor({ columns, keyPlaces, refused }: RawRowColumns) {
    this.#columns = columns;
    this.#refused = refused;
    this.#keyColumns = keyPlaces.flatMap((place) => columns[place] ?? []);
    this.#keyOrdinals = columns.map((_, place) => keyPlaces.indexOf(place));
    this.#keyRanges = new Int32Array(keyPlaces.length * 2);
  }

  /** Writes the row as an object. After a fault, what was written means nothing. */
  writeObject(raw: RawRows, row: number, out: ByteSink): RowFault | undefined {
    const rowStart = raw.starts[row] ?? 0;
    const fieldCount = ((raw.starts[row + 1] ?? 0) - rowStart) / RAW_STRIDE;
    for (const { name, place } of this.#refused) {
      const at = rowStart + place * RAW_STRIDE;
      if (place < fieldCount && raw.fields[at] !== RAW.missing) {
        return faultOf(name, rawValue(raw, at), 'is not in the mapping');
      }
    }
    let isFirst = true;
    for (let i = 0; i < this.#columns.length; i++) {
      const column = this.#columns[i];
      if (column === undefined) continue;
      const { place } = column;
      const at = place >= 0 && place < fieldCount ? rowStart + place * RAW_STRIDE : -1;
      const fault = this.#field(raw, at, column, this.#keyOrdinals[i] ?? -1, isFirst, out);
      if (fault === 'written') isFirst = false;
      else if (fault !== 'omitted') return fault;
    }
    out.reserve(RAW_ROOM);
    if (isFirst) out.bytes[out.at++] = OPEN_OBJECT;
    out.bytes[out.at++] = CLOSE_OBJECT;
    return undefined;
  }

  /** Writes the field at a place of `fields`, -1 for one that the row has not. */
  #field(
    raw: RawRows,
    at: number,
    column: BoundColumn,
    keyOrdinal: number,
    isFirst: boolean,
    out: ByteSink,
  ): 'written' | 'omitted' | RowFault {
    const { fields } = raw;
    const kind = at < 0 ? RAW.missing : (fields[at] ?? RAW.missing);
    const label = isFirst ? column.firstBytes : column.laterBytes;
    const start = out.at;
    out.reserve(label.length + 2 * ((fields[at + 2] ?? 0) - (fields[at + 1] ?? 0)) + RAW_ROOM);
    out.copy(label, 0, label.length);
    const valueStart = out.at;
    const { writeRaw } = column;
    if (kind <= RAW.null || writeRaw === undefined || !writeRaw(raw, at, out)) {
      out.at = valueStart;
      const value = kind === RAW.missing ? undefined : kind === RAW.null ? null : rawValue(raw, at);
      const json = column.convert(value);
      if (json instanceof Refusal) return faultOf(column.from, value, json.reason);
      if (json === undefined) {
        out.at = start;
        return 'omitted';
      }
      if (json === 'null') out.copy(NULL, 0, NULL.length);
      else out.text(json);
    }
    if (keyOrdinal >= 0) {
      this.#keyRanges[keyOrdinal * 2] = valueStart;
      this.#keyRanges[keyOrdinal * 2 + 1] = out.at;
    }
    return 'written';
  }

  /** Writes the key of the row that was written to `from` before, as an object. */
  writeKeyObject(from: ByteSink, out: ByteSink): void {
    for (let i = 0; i < this.#keyColumns.length; i++) {
      const column = this.#keyColumns[i];
      if (column === undefined) continue;
      const label = i === 0 ? column.firstBytes : column.laterBytes;
      const start = this.#keyRanges[i * 2] ?? 0;
      const end = this.#keyRanges[i * 2 + 1] ?? 0;
      out.reserve(label.length + end - start + RAW_ROOM);
      out.copy(label, 0, label.length);
      out.copy(from.bytes, start, end);
    }
    out.bytes[out.at++] = CLOSE_OBJECT;
  }

  /** Writes the texts of the key's values, joined with `_`. False when one has escapes, which are to be undone first. */
  writeKeyTexts(from: ByteSink, out: ByteSink): boolean {
    for (let i = 0; i < this.#keyColumns.length; i++) {
      const isText = from.bytes[this.#keyRanges[i * 2] ?? 0] === QUOTE;
      const start = (this.#keyRanges[i * 2] ?? 0) + (isText ? 1 : 0);
      const end = (this.#keyRanges[i * 2 + 1] ?? 0) - (isText ? 1 : 0);
      if (isText && from.bytes.subarray(start, end).includes(BACKSLASH)) return false;
      out.reserve(end - start + RAW_ROOM);
      if (i > 0) out.bytes[out.at++] = UNDERSCORE;
      out.copy(from.bytes, start, end);
    }
    return true;
  }
}
