import assert from 'node:assert/strict';
import type { RowSource, RowValue } from '../../src/load/row/row.ts';

/** The rows of a source from one on, whose numbers must be consecutive. */
export async function rowsOf(source: RowSource | undefined, fromRow = 0): Promise<(readonly RowValue[])[]> {
  assert.ok(source !== undefined);
  const rows: (readonly RowValue[])[] = [];
  let next = fromRow;
  for await (const batch of source.read(fromRow, new AbortController().signal)) {
    assert.equal(batch.first.row, next);
    next += batch.rowCount;
    rows.push(...batch.rows);
  }
  return rows;
}
