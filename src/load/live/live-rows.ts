import type { RowBatch, RowSource } from '../row/row.ts';
import type { LiveTable } from './live-table.ts';
import type { RowPlaces } from './row-places.ts';

/** The rows of a live table as a source: row n is where its place says. `name` has no secrets. */
export function liveRows(name: string, live: LiveTable, places: RowPlaces): RowSource {
  async function* read(fromRow: number, signal: AbortSignal): AsyncGenerator<RowBatch> {
    const start = await places.startFor(fromRow);
    let { row } = start;
    for await (const page of live.pages(start.key)) {
      signal.throwIfAborted();
      const firstRow = Math.max(row, fromRow);
      const rows = page.rows.slice(firstRow - row);
      row += page.rows.length;
      // Kept before the rows are handed out: whoever has them may be asked to go on after them.
      await places.add(row, page.lastKey);
      if (rows.length === 0) continue;
      yield {
        table: live.table,
        database: live.database,
        columns: page.columns,
        columnsVary: live.columnsVary,
        rows,
        first: { source: name, row: firstRow },
        bad: [],
        rowCount: rows.length,
      };
    }
  }
  return { name, sizeBytes: undefined, readBytes: 0, read };
}
