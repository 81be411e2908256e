import type { ColumnConverter } from './column-converter.ts';
import type { RawWriter } from './raw-writer.ts';

/** A column of the mapping, with its place in the rows of a source. */
export interface BoundColumn {
  readonly from: string;
  /** Place in the source's rows; -1 when no row so far has the field. */
  readonly place: number;
  /** `{"name":`, for the first field of an object. */
  readonly first: string;
  /** `,"name":` */
  readonly later: string;
  /** Both in UTF-8. */
  readonly firstBytes: Buffer;
  readonly laterBytes: Buffer;
  readonly convert: ColumnConverter;
  /** The same conversion for most values that stand in a text. */
  readonly writeRaw: RawWriter | undefined;
}
