import type { BadRow, RowBatch, RowPosition } from '../row/row.ts';

/** What is done with the rows of a batch, in the order of the source. */
export interface RowVisitor {
  /** `index` into `batch.rows`. A promise is waited for. */
  row(index: number): Promise<void> | undefined;
  bad(row: BadRow): Promise<void> | undefined;
}

/** Visits every row, those that could not be read at their places among the others. */
export async function visitInOrder(batch: RowBatch, visitor: RowVisitor): Promise<void> {
  const { rowCount, bad } = batch;
  const count = rowCount - bad.length;
  let nextBad = 0;
  for (let index = 0; index < count; index++) {
    while (nextBad < bad.length && (bad[nextBad]?.position.row ?? Infinity) < rowNumber(batch, index)) {
      const found = bad[nextBad++];
      if (found !== undefined) await visitor.bad(found);
    }
    const wait = visitor.row(index);
    if (wait !== undefined) await wait;
  }
  for (; nextBad < bad.length; nextBad++) {
    const found = bad[nextBad];
    if (found !== undefined) await visitor.bad(found);
  }
}

/** The number of a row in its source. */
export function rowNumber({ rowNumbers, first }: RowBatch, index: number): number {
  return rowNumbers?.[index] ?? first.row + index;
}

/** Where a row stands. */
export function rowPosition(batch: RowBatch, index: number): RowPosition {
  return { source: batch.first.source, row: rowNumber(batch, index), line: batch.lines?.[index] };
}
