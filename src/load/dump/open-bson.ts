import { deserialize } from 'bson';
import { SeenFields } from '../bson/seen-fields.ts';
import type { BadRow, RowBatch, RowSource, RowValue } from '../row/row.ts';
import type { ByteInput } from '../source/byte-input.ts';
import { isMongoArchive } from '../source/detect-format.ts';
import { reasonOf } from '../source/unreadable.ts';
import { isAppError } from '../../core/errors.ts';
import { BsonPieces } from './bson-pieces.ts';
import { type ArchiveDocument, MongoArchive } from './mongo-archive.ts';

const BATCH_ROWS_MAX = 1000;
const MAGIC_BYTES = 4;
/** As they are stored: `Int32`, `Long` and `Double` stay what they are. */
const AS_STORED = { promoteValues: false } as const;

/**
 * Documents of a dump of mongodump: a `.bson` file, whose collection is `table`, or an archive (`--archive`), which names
 * the collections itself. Columns are the fields seen so far.
 */
export function openBson(input: ByteInput, table: string | undefined): RowSource {
  async function* read(fromRow: number, signal: AbortSignal): AsyncGenerator<RowBatch> {
    const fields = new Map<string, SeenFields>();
    const batch = new DocumentBatch(input.name);
    let row = 0;
    for await (const found of documentsOf(input, table ?? '')) {
      signal.throwIfAborted();
      if (found === 'pause') {
        yield* batch.take();
        continue;
      }
      if (batch.isOver(found.collection)) yield* batch.take();
      const seen = fields.get(found.collection) ?? new SeenFields(found.collection);
      fields.set(found.collection, seen);
      // What comes before must be looked at, too: the columns are those of all documents so far.
      if (row >= fromRow) batch.add(found, row, seen);
      else skim(found, seen);
      row++;
    }
    yield* batch.take();
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

/** The documents, and a pause whenever their bytes will not hold any longer. */
async function* documentsOf(input: ByteInput, collection: string): AsyncGenerator<ArchiveDocument | 'pause'> {
  let archive: MongoArchive | undefined;
  let pieces: BsonPieces | undefined;
  let head: Uint8Array = new Uint8Array(0);
  for await (const chunk of input.open()) {
    let bytes = chunk;
    if (pieces === undefined) {
      head = bytes = Buffer.concat([head, chunk]);
      if (head.length < MAGIC_BYTES) continue;
      const isArchive = isMongoArchive(head);
      if (isArchive) bytes = bytes.subarray(MAGIC_BYTES);
      archive = isArchive ? new MongoArchive(input.name) : undefined;
      pieces = new BsonPieces(input.name, { hasTerminators: isArchive, position: isArchive ? MAGIC_BYTES : 0 });
    }
    for (const piece of pieces.push(bytes)) {
      if (archive !== undefined) {
        const found = archive.next(piece);
        if (found !== undefined) yield found;
      } else if (piece !== 'terminator') yield { collection, ...piece };
    }
    yield 'pause';
  }
  pieces ??= shortPieces(input.name, head);
  pieces.end();
  archive?.end();
}

/** Of an input that is shorter than the first number in it. */
function shortPieces(name: string, head: Uint8Array): BsonPieces {
  const pieces = new BsonPieces(name, { hasTerminators: false, position: 0 });
  for (const _ of pieces.push(head));
  return pieces;
}

function skim({ bytes }: ArchiveDocument, seen: SeenFields): void {
  try {
    seen.rowOf(deserialize(bytes, AS_STORED));
  } catch (error) {
    if (isAppError(error)) throw error;
  }
}

/** Rows of one collection that are to go on together. */
class DocumentBatch {
  readonly #source: string;
  #collection = '';
  #seen: SeenFields | undefined;
  #rows: RowValue[][] = [];
  #numbers: number[] = [];
  #bad: BadRow[] = [];
  #first = 0;

  constructor(source: string) {
    this.#source = source;
  }

  /** True when a document of that collection can go in no longer. */
  isOver(collection: string): boolean {
    const count = this.#rows.length + this.#bad.length;
    return count >= BATCH_ROWS_MAX || (count > 0 && collection !== this.#collection);
  }

  add({ collection, bytes, position }: ArchiveDocument, row: number, seen: SeenFields): void {
    if (this.#rows.length + this.#bad.length === 0) this.#first = row;
    this.#collection = collection;
    this.#seen = seen;
    try {
      this.#rows.push(seen.rowOf(deserialize(bytes, AS_STORED)));
      this.#numbers.push(row);
    } catch (error) {
      if (isAppError(error)) throw error;
      const excerpt = `the document of ${bytes.length} bytes at byte ${position}`;
      this.#bad.push({ position: { source: this.#source, row }, reason: `not BSON: ${reasonOf(error)}`, excerpt });
    }
  }

  *take(): Generator<RowBatch> {
    const [rows, rowNumbers, bad] = [this.#rows, this.#numbers, this.#bad];
    if (rows.length + bad.length === 0) return;
    this.#rows = [];
    this.#numbers = [];
    this.#bad = [];
    yield {
      table: this.#collection === '' ? undefined : this.#collection,
      columns: this.#seen?.columns ?? [],
      columnsVary: true,
      rows,
      first: { source: this.#source, row: this.#first },
      ...(bad.length > 0 && { rowNumbers }),
      bad,
      rowCount: rows.length + bad.length,
    };
  }
}
