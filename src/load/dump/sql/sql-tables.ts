import type { SourceColumn } from '../../row/row.ts';
import type { TableDefinition } from './table-definition.ts';

/** A table whose rows are being read. */
export interface RowsOf {
  readonly table: string;
  readonly columns: readonly SourceColumn[];
}

const BINARY_TYPE =
  /^(?:(?:tiny|medium|long)?blob|(?:var)?binary|bit|geometry|point|linestring|polygon|multi\w+|geom\w+)\b/i;

/** What the statements of a dump have said about its tables so far. */
export class SqlTables {
  readonly #columns = new Map<string, readonly SourceColumn[]>();
  readonly #generated = new Map<string, ReadonlySet<string>>();
  readonly #keys = new Map<string, readonly string[]>();
  /** The same array for the same table and list of names, as readers of rows expect. */
  readonly #lists = new Map<string, readonly SourceColumn[]>();

  /** Takes over what was learnt of keys before. */
  constructor(keys?: ReadonlyMap<string, readonly string[]>) {
    for (const [table, key] of keys ?? []) this.#keys.set(table, key);
  }

  get keys(): ReadonlyMap<string, readonly string[]> {
    return this.#keys;
  }

  learn({ table, columns, generated = [], key }: TableDefinition): void {
    if (columns !== undefined) {
      this.#columns.set(table, columns);
      this.#generated.set(table, new Set(generated));
    }
    if (key !== undefined) this.#keys.set(table, key);
    this.#lists.clear();
  }

  /** The columns that a statement with rows lists, or those of the table's definition when it lists none. */
  columnsOf(table: string, names: readonly string[] | undefined): readonly SourceColumn[] | undefined {
    const id = JSON.stringify([table, names]);
    const known = this.#lists.get(id);
    if (known !== undefined) return known;
    const defined = this.#columns.get(table);
    const listed = names?.map((name) => defined?.find((column) => column.name === name) ?? { name }) ?? defined;
    if (listed === undefined) return undefined;
    const key = this.#keys.get(table) ?? [];
    const columns = listed.map((column) => {
      const keyOrdinal = key.indexOf(column.name);
      return keyOrdinal < 0 ? column : { ...column, keyOrdinal };
    });
    this.#lists.set(id, columns);
    return columns;
  }

  /** True for each column that the database computes. */
  generated({
    table,
    columns = [],
  }: {
    readonly table: string;
    readonly columns: readonly SourceColumn[] | undefined;
  }): boolean[] {
    const names = this.#generated.get(table);
    return columns.map(({ name }) => names?.has(name) === true);
  }

  /** Names for columns that nothing names. */
  numbered(table: string, count: number): readonly SourceColumn[] {
    const names = Array.from({ length: count }, (_, index) => `column${index + 1}`);
    return this.columnsOf(table, names) ?? [];
  }
}

/** True for each of MySQL's columns whose values are bytes. */
export function binaryColumns(columns: readonly SourceColumn[]): boolean[] {
  return columns.map(({ type }) => type !== undefined && BINARY_TYPE.test(type));
}
