import type { RowValue } from './row.ts';

/**
 * What stands in a field of a text. Numbers, since there are many of them.
 * - `missing`: the row has no such field; `null`: it says null
 * - `text`: the text as it stands; `csvText`: with escapes of its CSV file in it; `jsonText`: with JSON's escapes in it
 * - `true`, `false`; `integer`: a whole number as JSON writes it; `decimal`: another number of JSON
 * - `document`: an object or array of JSON
 */
export const RAW = {
  missing: 0,
  null: 1,
  text: 2,
  csvText: 3,
  jsonText: 4,
  true: 5,
  false: 6,
  integer: 7,
  decimal: 8,
  document: 9,
} as const;

/** Numbers that a field takes in `RawRows.fields`: its kind, and where it begins and ends in the bytes. */
export const RAW_STRIDE = 3;

/** Rows as they stand in a text: where their fields are. It spares a million rows the making of ten million objects. */
export interface RawRows {
  /** Well-formed UTF-8. */
  readonly bytes: Buffer;
  /** `RAW_STRIDE` numbers for each field. */
  readonly fields: Int32Array;
  /** Where each row begins in `fields`; one more than there are rows. */
  readonly starts: readonly number[];
  /** The character that takes the meaning from the one after it in a `csvText`; '' for JSON. */
  readonly escape: string;
  /** Its byte; -1 when it is not one byte. */
  readonly escapeByte: number;
}

/** The value of the field at a place of `fields`. */
export function rawValue({ bytes, fields, escape }: RawRows, at: number): RowValue {
  const start = fields[at + 1] ?? 0;
  const end = fields[at + 2] ?? 0;
  switch (fields[at]) {
    case RAW.null:
      return null;
    case RAW.text:
      return bytes.toString('utf8', start, end);
    case RAW.csvText:
      return unescaped(bytes.toString('utf8', start, end), escape);
    case RAW.jsonText:
      return String(JSON.parse(`"${bytes.toString('utf8', start, end)}"`));
    case RAW.true:
      return true;
    case RAW.false:
      return false;
    case RAW.integer:
      return BigInt(bytes.toString('latin1', start, end));
    case RAW.decimal:
      return { kind: 'decimal', text: bytes.toString('latin1', start, end) };
    case RAW.document:
      return { kind: 'document', json: bytes.toString('utf8', start, end) };
    default:
      return undefined;
  }
}

/** The values of a row. */
export function rawRow(raw: RawRows, row: number): RowValue[] {
  const values: RowValue[] = [];
  const end = raw.starts[row + 1] ?? 0;
  for (let at = raw.starts[row] ?? end; at < end; at += RAW_STRIDE) values.push(rawValue(raw, at));
  return values;
}

/** Without the escape characters, but for one that stands at the end. */
function unescaped(text: string, escape: string): string {
  let result = '';
  let from = 0;
  for (let at = text.indexOf(escape); at >= 0 && at + 1 < text.length; at = text.indexOf(escape, from)) {
    result += text.slice(from, at) + text.charAt(at + 1);
    from = at + 2;
  }
  return result + text.slice(from);
}

/** Collects the fields of rows. Hot. */
export class RawFields {
  #fields: Int32Array;
  #length = 0;
  #rowStart = 0;
  readonly starts: number[] = [0];

  constructor(fieldsExpected: number) {
    this.#fields = new Int32Array(Math.max(1, fieldsExpected) * RAW_STRIDE);
  }

  /** Fields of the row that is being collected. */
  get count(): number {
    return (this.#length - this.#rowStart) / RAW_STRIDE;
  }

  /** Fields of all rows. */
  get total(): number {
    return this.#length / RAW_STRIDE;
  }

  get fields(): Int32Array {
    return this.#fields;
  }

  /** Adds a field to the row. */
  add(kind: number, start: number, end: number): void {
    const at = this.#length;
    if (at + RAW_STRIDE > this.#fields.length) this.#grow();
    const fields = this.#fields;
    fields[at] = kind;
    fields[at + 1] = start;
    fields[at + 2] = end;
    this.#length = at + RAW_STRIDE;
  }

  /** Says what the field at that place of the row is; the ones before it that are not there yet are missing. */
  put(place: number, kind: number, start: number, end: number): void {
    const at = this.#rowStart + place * RAW_STRIDE;
    while (this.#length < at) this.add(RAW.missing, 0, 0);
    if (at === this.#length) {
      this.add(kind, start, end);
      return;
    }
    this.#fields[at] = kind;
    this.#fields[at + 1] = start;
    this.#fields[at + 2] = end;
  }

  /** What the row has at that place. */
  kindAt(place: number): number {
    const at = this.#rowStart + place * RAW_STRIDE;
    return at < this.#length ? (this.#fields[at] ?? RAW.missing) : RAW.missing;
  }

  /** The row is complete. */
  endRow(): void {
    this.#rowStart = this.#length;
    this.starts.push(this.#length);
  }

  /** Forgets the row that is being collected. */
  dropRow(): void {
    this.#length = this.#rowStart;
  }

  #grow(): void {
    const larger = new Int32Array(this.#fields.length * 2);
    larger.set(this.#fields);
    this.#fields = larger;
  }
}
