import type { ByteInput } from '../source/byte-input.ts';
import type { BadRow, RowBatch, RowPosition, RowSource, RowValue, SourceColumn } from '../row/row.ts';
import { decodeText, type TextEncoding } from './decode-text.ts';

/** A row that was read from text, or why it could not be. */
export type TextRow =
  | { readonly line: number; readonly values: readonly RowValue[] }
  | { readonly line: number; readonly bad: string; readonly excerpt: string };

/** Turns text that comes in pieces into rows. One for each reading. */
export interface TextRowParser {
  readonly columns: readonly SourceColumn[];
  /** The rows that are complete. `isLast`: there is no more text. */
  push(text: string, isLast: boolean): readonly TextRow[];
}

/** What a source of rows from text needs. */
export interface TextSourceOptions {
  readonly input: ByteInput;
  readonly encoding: TextEncoding;
  /** The table that the rows belong to, when that is known. */
  readonly table: string | undefined;
  /** See `RowBatch.columnsVary`. */
  readonly columnsVary?: boolean | undefined;
  readonly newParser: () => TextRowParser;
}

/** Rows of a batch at most. */
const BATCH_ROWS_MAX = 4096;

/** A source of rows from text: opens, decodes, parses, and makes batches of what comes out of one piece of text. */
export function textSource({ input, encoding, table, columnsVary, newParser }: TextSourceOptions): RowSource {
  async function* read(fromRow: number, signal: AbortSignal): AsyncGenerator<RowBatch> {
    const parser = newParser();
    let row = 0;
    for await (const { text, isLast } of withLast(decodeText(input.open(), encoding, input.name))) {
      signal.throwIfAborted();
      const rows = parser.push(text, isLast);
      yield* batchesOf(rows, {
        source: input.name,
        table,
        columns: parser.columns,
        columnsVary,
        firstRow: row,
        fromRow,
      });
      row += rows.length;
    }
  }
  return {
    name: input.name,
    sizeBytes: input.sizeBytes,
    readOnce: input.readOnce,
    get readBytes() {
      return input.readBytes;
    },
    read,
  };
}

/** The last piece is the empty one that the decoder ends with. */
async function* withLast(texts: AsyncIterable<string>): AsyncGenerator<{ readonly text: string; isLast: boolean }> {
  let held: string | undefined;
  for await (const text of texts) {
    if (held !== undefined) yield { text: held, isLast: false };
    held = text;
  }
  yield { text: held ?? '', isLast: true };
}

/** Where rows belong. */
interface RowsPlace {
  readonly source: string;
  readonly table: string | undefined;
  readonly columns: readonly SourceColumn[];
  readonly columnsVary?: boolean | undefined;
  /** Number of the first one. */
  readonly firstRow: number;
  /** Those before this one are left out. */
  readonly fromRow: number;
}

/** Batches of consecutive rows of one table. */
export function* batchesOf(rows: readonly TextRow[], place: RowsPlace): Generator<RowBatch> {
  const { firstRow, fromRow } = place;
  for (let start = Math.max(0, fromRow - firstRow); start < rows.length; start += BATCH_ROWS_MAX) {
    yield batchOf(rows.slice(start, start + BATCH_ROWS_MAX), firstRow + start, place);
  }
}

function batchOf(part: readonly TextRow[], firstRow: number, of: RowsPlace): RowBatch {
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
    columns: of.columns,
    columnsVary: of.columnsVary,
    rows,
    first,
    lines,
    ...(bad.length > 0 && { rowNumbers }),
    bad,
    rowCount: part.length,
  };
}
