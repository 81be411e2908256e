import type { BadRow, RowBatch, RowDatabase, RowPosition, RowValue, SourceColumn } from '../../row/row.ts';
import type { SqlRow } from './collected-rows.ts';

/** Rows of a batch at most. */
const BATCH_ROWS_MAX = 4096;

/** Where rows belong. */
interface RowsPlace {
  readonly source: string;
  readonly table: string | undefined;
  readonly database: RowDatabase | undefined;
  readonly columns: readonly SourceColumn[];
  /** Number of the first one. */
  readonly firstRow: number;
  /** Those before this one are left out. */
  readonly fromRow: number;
}

/** Batches of consecutive rows of one table. */
export function* sqlBatches(rows: readonly SqlRow[], place: RowsPlace): Generator<RowBatch> {
  const { firstRow, fromRow } = place;
  for (let start = Math.max(0, fromRow - firstRow); start < rows.length; start += BATCH_ROWS_MAX) {
    yield batchOf(rows.slice(start, start + BATCH_ROWS_MAX), firstRow + start, place);
  }
}

function batchOf(part: readonly SqlRow[], firstRow: number, of: RowsPlace): RowBatch {
  const rows: (readonly RowValue[])[] = [];
  const lines: number[] = [];
  const rowNumbers: number[] = [];
  const bad: BadRow[] = [];
  for (const [index, found] of part.entries()) {
    if ('values' in found) {
      rows.push(found.values);
      lines.push(found.line);
      rowNumbers.push(firstRow + index);
    } else {
      const position: RowPosition = { source: of.source, row: firstRow + index, line: found.line };
      bad.push({ position, reason: found.bad, excerpt: found.excerpt });
    }
  }
  const first: RowPosition = { source: of.source, row: firstRow, line: part[0]?.line };
  return {
    table: of.table,
    database: of.database,
    columns: of.columns,
    rows,
    first,
    lines,
    ...(bad.length > 0 && { rowNumbers }),
    bad,
    rowCount: part.length,
  };
}
