import type { Document } from 'bson';
import { AppError } from '../../core/errors.ts';
import type { RowValue, SourceColumn } from '../row/row.ts';
import { bsonRowValue, bsonTypeName } from './bson-value.ts';

/** Different names of fields in one collection. Data whose names are values would fill the memory. */
const FIELDS_MAX = 5000;

/** The fields of the documents of one collection so far, as columns. */
export class SeenFields {
  readonly #collection: string;
  readonly #places = new Map<string, number>();
  /** Another array as soon as a document has brought another field. */
  columns: readonly SourceColumn[] = [];

  constructor(collection: string) {
    this.#collection = collection;
  }

  /** The values of a document that was read as it is stored (`promoteValues: false`). @throws LOAD_INPUT_UNREADABLE */
  rowOf(document: Document): RowValue[] {
    const row: RowValue[] = Array.from<RowValue>({ length: this.columns.length }).fill(undefined);
    for (const [name, value] of Object.entries(document)) {
      row[this.#placeOf(name, value)] = bsonRowValue(value);
    }
    return row;
  }

  #placeOf(name: string, value: unknown): number {
    const known = this.#places.get(name);
    if (known !== undefined) return known;
    const place = this.columns.length;
    if (place >= FIELDS_MAX) {
      throw new AppError('LOAD_INPUT_UNREADABLE', `${this.#collection} has more than ${FIELDS_MAX} different fields`, {
        subject: this.#collection,
        hint: 'Names of fields seem to be data. Move them into a document within the documents.',
      });
    }
    this.#places.set(name, place);
    const key = name === '_id' ? { nullable: false, keyOrdinal: 0 } : {};
    // The type of the first value there is; a later one may be of another.
    this.columns = [...this.columns, { name, type: bsonTypeName(value), ...key }];
    return place;
  }
}
