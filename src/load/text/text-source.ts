import type { RowBatch, RowSource, SourceColumn } from '../row/row.ts';
import type { ByteInput } from '../source/byte-input.ts';
import type { TextEncoding } from './decode-text.ts';
import { rawBatches, rowCountOf, type TextRows } from './text-rows.ts';
import { utf8Pieces } from './utf8-pieces.ts';

/** Turns text that comes in pieces into rows. One for each reading. */
export interface TextRowParser {
  readonly columns: readonly SourceColumn[];
  /** The rows that are complete. `isLast`: there is no more text. */
  push(piece: Buffer, isLast: boolean): TextRows;
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

/** A source of rows from text: opens, decodes, parses, and makes batches of what comes out of one piece of text. */
export function textSource({ input, encoding, table, columnsVary, newParser }: TextSourceOptions): RowSource {
  async function* read(fromRow: number, signal: AbortSignal): AsyncGenerator<RowBatch> {
    const parser = newParser();
    const source = input.name;
    let firstRow = 0;
    const batchesOf = function* (rows: TextRows): Generator<RowBatch> {
      yield* rawBatches(rows, { source, table, columns: parser.columns, columnsVary, firstRow, fromRow });
      firstRow += rowCountOf(rows);
    };
    for await (const piece of utf8Pieces(input.open(), encoding, source)) {
      signal.throwIfAborted();
      yield* batchesOf(parser.push(piece, false));
    }
    yield* batchesOf(parser.push(Buffer.alloc(0), true));
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
