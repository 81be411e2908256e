import type { RawRows } from '../row/raw-rows.ts';
import type { BadRow, RowBatch, SourceColumn } from '../row/row.ts';
import { rawRow } from '../row/raw-rows.ts';

/** Rows of a piece of text, in order. */
export interface TextRows {
  readonly raw: RawRows;
  /** Line of each row of `raw`. */
  readonly lines: readonly number[];
  /** What stands where a row should be. `before`: the row of `raw` that it comes before. */
  readonly bad: readonly BadTextRow[];
}

/** A row that cannot be read. */
export interface BadTextRow {
  readonly before: number;
  readonly line: number;
  readonly reason: string;
  readonly excerpt: string;
}

/** Where rows belong. */
export interface RowsPlace {
  readonly source: string;
  readonly table: string | undefined;
  readonly columns: readonly SourceColumn[];
  readonly columnsVary?: boolean | undefined;
  /** Number of the first one. */
  readonly firstRow: number;
  /** Those before this one are left out. */
  readonly fromRow: number;
}

/** Rows of a batch at most. */
const BATCH_ROWS_MAX = 4096;

/** How many rows there are, bad ones too. */
export function rowCountOf({ lines, bad }: TextRows): number {
  return lines.length + bad.length;
}

/** Batches of consecutive rows. */
export function* rawBatches(found: TextRows, place: RowsPlace): Generator<RowBatch> {
  const count = rowCountOf(found);
  let index = 0;
  let nextBad = 0;
  for (let start = 0; start < count;) {
    const isTooEarly = place.firstRow + start < place.fromRow;
    const stop = Math.min(count, isTooEarly ? place.fromRow - place.firstRow : start + BATCH_ROWS_MAX);
    const badEnd = badBefore(found, stop);
    const end = stop - badEnd;
    if (!isTooEarly) yield batchOf(found, place, { start, index, end, bad: found.bad.slice(nextBad, badEnd) });
    [start, index, nextBad] = [stop, end, badEnd];
  }
}

/** How many bad rows there are among the first so many. */
function badBefore({ bad }: TextRows, count: number): number {
  let badCount = 0;
  while (badCount < bad.length && (bad[badCount]?.before ?? 0) + badCount < count) badCount++;
  return badCount;
}

/** A batch's part of the rows: from row `start` of all on, of `raw` those from `index` up to `end`. */
interface Part {
  readonly start: number;
  readonly index: number;
  readonly end: number;
  readonly bad: readonly BadTextRow[];
}

function batchOf({ raw, lines }: TextRows, of: RowsPlace, { start, index, end, bad }: Part): RowBatch {
  const firstRow = of.firstRow + start;
  const rowLines = index === 0 && end === lines.length ? lines : lines.slice(index, end);
  const badRows = bad.map(({ before, line, reason, excerpt }, at): BadRow => {
    const row = firstRow + (before - index) + at;
    return { position: { source: of.source, row, line }, reason, excerpt };
  });
  const isFirstBad = badRows[0]?.position.row === firstRow;
  let rows: RowBatch['rows'] | undefined;
  return {
    table: of.table,
    columns: of.columns,
    columnsVary: of.columnsVary,
    get rows() {
      return (rows ??= rowLines.map((_, at) => rawRow(raw, index + at)));
    },
    raw: { rows: raw, first: index },
    first: { source: of.source, row: firstRow, line: isFirstBad ? badRows[0]?.position.line : rowLines[0] },
    lines: rowLines,
    ...(bad.length > 0 && { rowNumbers: numbersAround(badRows, firstRow, rowLines.length) }),
    bad: badRows,
    rowCount: end - index + bad.length,
  };
}

/** The numbers that the bad rows leave for the others. */
function numbersAround(bad: readonly BadRow[], firstRow: number, count: number): number[] {
  const taken = new Set(bad.map(({ position }) => position.row));
  const numbers: number[] = [];
  for (let row = firstRow; numbers.length < count; row++) if (!taken.has(row)) numbers.push(row);
  return numbers;
}
