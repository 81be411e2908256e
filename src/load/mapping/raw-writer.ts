import type { ByteSink } from '../json/byte-sink.ts';
import type { RawRows } from '../row/raw-rows.ts';

/**
 * Writes the field at a place of `fields` as JSON: what the column's converter would make of it, byte for byte, without a
 * text or an object in between. False: it is of another kind or form than most, and the converter must do it. Room for
 * twice the field's bytes and `RAW_ROOM` is reserved.
 */
export type RawWriter = (rows: RawRows, at: number, out: ByteSink) => boolean;

/** Room for what stands around a value, and for numbers. */
export const RAW_ROOM = 64;
