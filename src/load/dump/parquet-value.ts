import type * as DuckDb from '@duckdb/node-api';
import type { DuckDBValue } from '@duckdb/node-api';
import { must } from '../../core/assert.ts';
import type { RowValue } from '../row/row.ts';

/** A value has no exact equal among the values of rows. */
export class InexactValue extends Error {}

/** Turns values of DuckDB into values of rows, exactly. */
export class ParquetValues {
  readonly #duckdb: typeof DuckDb;
  /** By place: true for a column whose JavaScript numbers are whole. */
  readonly #isInteger: readonly boolean[];

  constructor(duckdb: typeof DuckDb, types: readonly DuckDb.DuckDBType[]) {
    this.#duckdb = duckdb;
    this.#isInteger = types.map(({ typeId }) => {
      const { TINYINT, SMALLINT, INTEGER, UTINYINT, USMALLINT, UINTEGER } = duckdb.DuckDBTypeId;
      return [TINYINT, SMALLINT, INTEGER, UTINYINT, USMALLINT, UINTEGER].includes(typeId);
    });
  }

  /** The values of a row. @throws InexactValue */
  row(values: readonly DuckDBValue[]): RowValue[] {
    return values.map((value, place) => {
      if (typeof value === 'number') return this.#isInteger[place] === true ? BigInt(value) : value;
      return this.#value(value);
    });
  }

  #value(value: DuckDBValue): RowValue {
    if (value === null || typeof value !== 'object') return value;
    const moment = this.#moment(value);
    if (moment !== undefined) return moment;
    const types = this.#duckdb;
    if (value instanceof types.DuckDBDecimalValue) return { kind: 'decimal', text: value.toString() };
    if (value instanceof types.DuckDBBlobValue) return Uint8Array.from(value.bytes);
    if (this.#isStructure(value)) return { kind: 'document', json: this.#json(value) };
    // UUIDs, intervals, bits and the like have one way to be written.
    return value.toString();
  }

  /** Dates and times; with digits below the microsecond, the text that has them all. */
  #moment(value: DuckDBValue & object): RowValue {
    const types = this.#duckdb;
    if (value instanceof types.DuckDBDateValue) return { kind: 'date', epochDay: value.days };
    if (value instanceof types.DuckDBTimeValue) return { kind: 'time', us: value.micros };
    if (value instanceof types.DuckDBTimestampTZValue) return { kind: 'instant', epochUs: value.micros };
    if (value instanceof types.DuckDBTimestampValue) return { kind: 'timestamp', epochUs: value.micros };
    if (value instanceof types.DuckDBTimestampMillisecondsValue) {
      return { kind: 'timestamp', epochUs: value.millis * 1000n };
    }
    if (value instanceof types.DuckDBTimestampSecondsValue) {
      return { kind: 'timestamp', epochUs: value.seconds * 1_000_000n };
    }
    if (value instanceof types.DuckDBTimestampNanosecondsValue && value.nanos % 1000n === 0n) {
      return { kind: 'timestamp', epochUs: value.nanos / 1000n };
    }
    return undefined;
  }

  #isStructure(value: DuckDBValue): boolean {
    const {
      DuckDBListValue: List,
      DuckDBArrayValue: Fixed,
      DuckDBStructValue: Struct,
      DuckDBMapValue: Map,
    } = this.#duckdb;
    return value instanceof List || value instanceof Fixed || value instanceof Struct || value instanceof Map;
  }

  /** Numbers keep their digits, bytes are base64, dates and times the text that DuckDB has for them. */
  #json(value: DuckDBValue): string {
    const types = this.#duckdb;
    if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
    if (typeof value === 'bigint') return value.toString();
    if (typeof value === 'number') {
      if (Number.isFinite(value)) return JSON.stringify(value);
      throw new InexactValue(`a structure holds ${value}, which JSON cannot hold`);
    }
    if (value instanceof types.DuckDBDecimalValue) return value.toString();
    if (value instanceof types.DuckDBBlobValue) return JSON.stringify(Buffer.from(value.bytes).toString('base64'));
    if (value instanceof types.DuckDBListValue || value instanceof types.DuckDBArrayValue) {
      return `[${value.items.map((item) => this.#json(item)).join(',')}]`;
    }
    if (value instanceof types.DuckDBStructValue) return this.#object(Object.entries(value.entries));
    if (value instanceof types.DuckDBMapValue) return this.#map(value.entries);
    return JSON.stringify(value.toString());
  }

  #object(entries: readonly (readonly [string, DuckDBValue])[]): string {
    return `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${this.#json(value)}`).join(',')}}`;
  }

  /** Maps of texts are objects, others lists of keys and values. */
  #map(entries: readonly { readonly key: DuckDBValue; readonly value: DuckDBValue }[]): string {
    if (entries.every(({ key }) => typeof key === 'string')) {
      return this.#object(entries.map(({ key, value }) => [String(must(key, 'keys of maps are not null')), value]));
    }
    return `[${entries.map(({ key, value }) => `{"key":${this.#json(key)},"value":${this.#json(value)}}`).join(',')}]`;
  }
}
