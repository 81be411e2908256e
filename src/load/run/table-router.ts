import { AppError } from '../../core/errors.ts';
import type { LoadMapping, TableMapping } from '../mapping/load-mapping.ts';
import { type RowConverter, rowConverter } from '../mapping/row-converter.ts';
import type { RowBatch, SourceColumn } from '../row/row.ts';

/** A table of the dump with what the mapping says of it, made for the columns that its rows have. */
export interface BoundTable {
  /** As the dump names it. */
  readonly table: string | undefined;
  readonly mapping: TableMapping;
  readonly converter: RowConverter;
}

/** Finds what becomes of a batch's rows. */
export class TableRouter {
  readonly #byName: ReadonlyMap<string | undefined, TableMapping>;
  readonly #skipsUnmapped: boolean;
  readonly #bound = new Map<string | undefined, { columns: readonly SourceColumn[]; bound: BoundTable }>();

  constructor(mapping: LoadMapping, unmapped: 'refuse' | 'skip') {
    this.#byName = new Map(mapping.tables.map((table) => [table.table, table]));
    this.#skipsUnmapped = unmapped === 'skip';
  }

  /**
   * The batch's table; undefined when its rows are passed over. The same object as long as the columns are the same. A
   * mapping without a table's name takes the rows of all tables that no other one names.
   * @throws LOAD_TABLE_UNMAPPED; LOAD_MAPPING_INVALID when the columns do not fit.
   */
  route({ table, columns, columnsVary = false, first }: RowBatch): BoundTable | undefined {
    const known = this.#bound.get(table);
    if (known !== undefined && known.columns === columns) return known.bound;
    const mapping = this.#byName.get(table) ?? this.#byName.get(undefined);
    if (mapping === undefined) {
      if (this.#skipsUnmapped) return undefined;
      throw unmappedTable(table, first.source, [...this.#byName.keys()]);
    }
    const bound: BoundTable = { table, mapping, converter: rowConverter(mapping, columns, columnsVary) };
    this.#bound.set(table, { columns, bound });
    return bound;
  }
}

function unmappedTable(table: string | undefined, source: string, known: readonly (string | undefined)[]): AppError {
  const names = known.join(', ');
  return new AppError(
    'LOAD_TABLE_UNMAPPED',
    table === undefined
      ? `${source} does not say of which table its rows are, and the mapping has only named ones: ${names}`
      : `${source} holds rows of ${table}, which the mapping does not mention; it has ${names}`,
    {
      subject: table ?? source,
      hint:
        table === undefined
          ? 'Name the table before the input: `public.orders=orders.csv`.'
          : 'Add the table to the mapping, or pass over such rows with --skip-unmapped.',
    },
  );
}
