import { deserialize, type Document, EJSON } from 'bson';
import type { Collection, Filter } from 'mongodb';

import { bsonTypeName } from '../bson/bson-value.ts';

const PAGE_DOCUMENTS = 1000;

/** As they are stored: `Int32`, `Long` and `Double` stay what they are. */
const AS_STORED = { promoteValues: false } as const;

/** The order in which MongoDB sorts values of different types. */
const TYPE_ORDER: readonly (readonly string[])[] = [
  ['minKey'],
  ['null'],
  ['int', 'long', 'double', 'decimal'],
  ['string'],
  ['object'],
  ['binData'],
  ['objectId'],
  ['bool'],
  ['date'],
  ['timestamp'],
  ['regex'],
  ['maxKey'],
];

/** Where a reading stands. */
export interface DocumentPage {
  readonly documents: readonly Document[];
  /** `_id` of the last one, as `idText` writes it. */
  readonly lastId: string;
}

/**
 * The documents of a collection that fit a filter, sorted by `_id`, from behind `after` on, in pages of at most a
 * thousand. Not of one moment: a document that is written meanwhile comes as it was or as it is.
 */
export async function* documentPages(
  collection: Collection,
  filter: Filter<Document>,
  after: string | undefined,
): AsyncGenerator<DocumentPage> {
  const behind = after === undefined ? [] : [behindId(after)];
  const parts = [filter, ...behind].filter((part) => Object.keys(part).length > 0);
  const query = parts.length > 1 ? { $and: parts } : (parts[0] ?? {});
  // Read by our own copy of the library: the driver has another one, whose classes are not those that we know.
  const cursor = collection.find<Uint8Array>(query, { raw: true, batchSize: PAGE_DOCUMENTS }).sort({ _id: 1 });
  try {
    let documents: Document[] = [];
    for await (const bytes of cursor) {
      documents.push(deserialize(bytes, AS_STORED));
      if (documents.length < PAGE_DOCUMENTS) continue;
      yield { documents, lastId: idText(documents.at(-1)?.['_id']) };
      documents = [];
    }
    if (documents.length > 0) yield { documents, lastId: idText(documents.at(-1)?.['_id']) };
  } finally {
    await cursor.close();
  }
}

/** An `_id` as canonical extended JSON, from which it can be had again. */
export function idText(id: unknown): string {
  return EJSON.stringify(id, { relaxed: false });
}

/** Comparisons look at values of one type only; those of the types that come later are behind it, too. */
function behindId(after: string): Filter<Document> {
  const id: unknown = EJSON.parse(after, { relaxed: false });
  const name = typeNameOf(id);
  const later = TYPE_ORDER.slice(TYPE_ORDER.findIndex((names) => names.includes(name)) + 1).flat();
  return { $or: [{ _id: { $gt: id } }, { _id: { $type: later } }] } as Filter<Document>;
}

function typeNameOf(id: unknown): string {
  return bsonTypeName(id).slice('bson:'.length);
}
