import type { RowDatabase, RowBatch, RowSource, RowValue, SourceColumn } from '../row/row.ts';

/** Rows of a table that a proposal is made from. */
const SAMPLE_ROWS = 10_000;
/** Without a new table for so many rows, a source is believed to hold none. */
const ROWS_WITHOUT_NEW_MAX = 5_000_000;

/** Some rows of a table. */
export interface TableSample {
  readonly table: string | undefined;
  readonly database: RowDatabase | undefined;
  readonly columns: readonly SourceColumn[];
  readonly columnsVary: boolean;
  readonly rows: readonly (readonly RowValue[])[];
}

/** The first rows of every table, in the order in which they are found. Rows that cannot be read are left out. */
export async function sampleTables(sources: readonly RowSource[], signal: AbortSignal): Promise<TableSample[]> {
  const samples = new Map<string | undefined, { -readonly [K in keyof TableSample]: TableSample[K] }>();
  for (const source of sources) {
    let rowsWithoutNew = 0;
    for await (const batch of source.read(0, signal)) {
      const { table, database, columns, columnsVary = false } = batch;
      const sample = samples.get(table) ?? { table, database, columns, columnsVary, rows: [] };
      if (sample.rows.length < SAMPLE_ROWS) {
        rowsWithoutNew = 0;
        samples.set(table, { ...sample, columns, rows: [...sample.rows, ...added(batch, sample.rows.length)] });
      } else rowsWithoutNew += batch.rowCount;
      if (rowsWithoutNew > (table === undefined ? 0 : ROWS_WITHOUT_NEW_MAX)) break;
    }
  }
  return [...samples.values()];
}

function added({ rows }: RowBatch, sampleRows: number): readonly (readonly RowValue[])[] {
  return rows.slice(0, SAMPLE_ROWS - sampleRows);
}
