import { type Document, deserialize } from 'bson';
import { unreadable } from '../source/unreadable.ts';
import type { BsonPiece } from './bson-pieces.ts';

const VERSION = '0.1';
/** Kinds of collections of whose rows an archive has none, or under another name. */
const WITHOUT_ROWS = /"(?:viewOn|timeseries)"\s*:|"type"\s*:\s*"(?:view|timeseries)"/;

/** A document of an archive and its collection. */
export interface ArchiveDocument {
  /** `database.collection`; the collection alone when the archive is of one database. */
  readonly collection: string;
  readonly bytes: Uint8Array;
  readonly position: number;
}

/**
 * Follows the parts of an archive of mongodump (`--archive`), after its magic number: a header, a document on each
 * collection, then documents of the collections in turns, each turn with a header and a terminator, and for each
 * collection a header that says that it is over. As documented in MongoDB's tools (`common/archive/spec.md`).
 */
export class MongoArchive {
  readonly #name: string;
  readonly #databases = new Set<string>();
  /** Those whose end has not come, by `database.collection`. */
  readonly #open = new Set<string>();
  #place: 'header' | 'collections' | 'turns' | 'documents' | 'end of turn' = 'header';
  #collection = '';

  constructor(name: string) {
    this.#name = name;
  }

  /** The document, when the piece is one of a collection. @throws LOAD_INPUT_UNREADABLE */
  next(piece: BsonPiece): ArchiveDocument | undefined {
    if (piece === 'terminator') return this.#terminator();
    if (this.#place === 'documents') return { collection: this.#collection, ...piece };
    const fields = this.#fields(piece);
    switch (this.#place) {
      case 'header':
        this.#header(fields);
        return undefined;
      case 'collections':
        this.#announce(fields);
        return undefined;
      case 'turns':
        this.#beginTurn(fields);
        return undefined;
      case 'end of turn':
        throw unreadable(this.#name, `at byte ${piece.position}: a document follows the end of its collection`);
    }
  }

  /** There are no more pieces. @throws LOAD_INPUT_UNREADABLE when something is missing */
  end(): void {
    const [missing] = this.#open;
    if (this.#place !== 'turns') throw unreadable(this.#name, 'the archive ends within a part: it is not whole');
    if (missing !== undefined) throw unreadable(this.#name, `the archive ends before ${missing} does: it is not whole`);
  }

  #terminator(): undefined {
    if (this.#place === 'header') throw unreadable(this.#name, 'the archive has no header');
    this.#place = 'turns';
  }

  #header({ version }: Document): void {
    if (version !== VERSION) throw unreadable(this.#name, `archives of version ${String(version)} are not known`);
    this.#place = 'collections';
  }

  #announce({ db, collection, metadata }: Document): void {
    this.#databases.add(String(db));
    const isWithoutRows = typeof metadata === 'string' && WITHOUT_ROWS.test(metadata);
    if (!isWithoutRows) this.#open.add(`${String(db)}.${String(collection)}`);
  }

  #beginTurn({ db, collection, EOF }: Document): void {
    const full = `${String(db)}.${String(collection)}`;
    if (EOF === true) this.#open.delete(full);
    else this.#open.add(full);
    this.#collection = this.#databases.size > 1 ? full : String(collection);
    this.#place = EOF === true ? 'end of turn' : 'documents';
  }

  #fields({ bytes, position }: Exclude<BsonPiece, string>): Document {
    try {
      return deserialize(bytes);
    } catch (cause) {
      throw unreadable(this.#name, `at byte ${position}: a part of the archive is damaged`, { cause });
    }
  }
}
