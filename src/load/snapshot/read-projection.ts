import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { zstdCompress } from 'node:zlib';
import type { Db, Document } from 'mongodb';

import type { Bucket } from '../../core/bucket/bucket.ts';
import { AppError } from '../../core/errors.ts';
import { documentPages, idText } from '../live/mongo-pages.ts';
import type { Projection } from './projection.ts';
import { DocumentRestorer } from './restore-document.ts';
import { json, type RefusedDocument, type SnapshotPart } from './snapshot-manifest.ts';

const compress = promisify(zstdCompress);
const REFUSED_KEPT = 100;
const PART_DIGITS = 8;

/** How a projection is read. */
export interface ReadProjectionOptions {
  /** Documents that may be refused; one more ends the snapshot. */
  readonly errorsMax: number;
  /** A part ends when its lines are longer than this together; they are held in memory. */
  readonly partBytes: number;
  readonly signal: AbortSignal;
  readonly onDocuments: (count: number) => void;
}

/**
 * Writes the documents of a projection that are PUBLIC as parts, `<name>/part-00000001.jsonl.zst`, each with a file
 * `.json` beside it that says how far it reaches: the checkpoint. Goes on behind the last part that has one.
 * @throws LOAD_TOO_MANY_BAD_ROWS, BUCKET_*
 */
export async function readProjection(
  database: Db,
  bucket: Bucket,
  projection: Projection,
  options: ReadProjectionOptions,
): Promise<SnapshotPart[]> {
  const parts = await readParts(bucket, projection.name);
  const writer = new PartWriter(bucket, projection, parts, options.errorsMax);
  const filter = { __STATE__: 'PUBLIC' };
  for await (const { documents } of documentPages(database.collection(projection.collection), filter, writer.lastId)) {
    options.signal.throwIfAborted();
    for (const document of documents) {
      writer.add(document);
      if (writer.lineBytes >= options.partBytes) await writer.endPart();
    }
    options.onDocuments(documents.length);
  }
  await writer.endPart();
  return parts;
}

async function readParts(bucket: Bucket, name: string): Promise<SnapshotPart[]> {
  const parts: SnapshotPart[] = [];
  for await (const { key } of bucket.list(`${name}/`)) {
    if (!key.endsWith('.json')) continue;
    // Written by this file.
    parts.push(JSON.parse(Buffer.from(await bucket.get(key)).toString('utf8')) as SnapshotPart);
  }
  return parts;
}

class PartWriter {
  readonly #bucket: Bucket;
  readonly #name: string;
  readonly #parts: SnapshotPart[];
  readonly #restorer: DocumentRestorer;
  readonly #errorsMax: number;
  readonly #refusedDocuments: RefusedDocument[];
  #lines: string[] = [];
  #documents: number;
  #refused: number;
  #hasMore = false;
  lineBytes = 0;
  lastId: string | undefined;

  constructor(bucket: Bucket, projection: Projection, parts: SnapshotPart[], errorsMax: number) {
    const last = parts.at(-1);
    this.#bucket = bucket;
    this.#name = projection.name;
    this.#parts = parts;
    this.#restorer = new DocumentRestorer(projection, last?.fields);
    this.#errorsMax = errorsMax;
    this.#refusedDocuments = [...(last?.refusedDocuments ?? [])];
    this.#documents = last?.documents ?? 0;
    this.#refused = last?.refused ?? 0;
    this.lastId = last?.lastId;
  }

  add(document: Document): void {
    const id = idText(document['_id']);
    const restored = this.#restorer.restore(document, () => id);
    this.#documents++;
    this.#hasMore = true;
    this.lastId = id;
    if ('problem' in restored) {
      this.#refuse({ id, reason: restored.problem });
      return;
    }
    this.#lines.push(restored.json, '\n');
    this.lineBytes += restored.json.length + 1;
  }

  #refuse(refused: RefusedDocument): void {
    this.#refused++;
    if (this.#refusedDocuments.length < REFUSED_KEPT) this.#refusedDocuments.push(refused);
    if (this.#refused <= this.#errorsMax) return;
    const { id, reason } = refused;
    const message = `the document ${id} of ${this.#name} has no key: ${reason}; ${this.#errorsMax} such are allowed`;
    throw new AppError('LOAD_TOO_MANY_BAD_ROWS', message, {
      subject: id,
      hint: 'Correct primaryKeys or fieldsMapping, or allow more with `--errors-max`.',
    });
  }

  async endPart(): Promise<void> {
    if (!this.#hasMore) return;
    const number = String(this.#parts.length + 1).padStart(PART_DIGITS, '0');
    const key = `${this.#name}/part-${number}.jsonl.zst`;
    const body = await compress(Buffer.from(this.#lines.join('')));
    const part: SnapshotPart = {
      key,
      rows: this.#lines.length / 2,
      bytes: body.length,
      sha256: createHash('sha256').update(body).digest('hex'),
      lastId: this.lastId ?? '',
      documents: this.#documents,
      refused: this.#refused,
      refusedDocuments: this.#refusedDocuments.slice(),
      fields: this.#restorer.report,
    };
    // One that a crash left without its checkpoint is of another moment.
    await this.#bucket.delete(key);
    await this.#bucket.put(key, [body], { contentType: 'application/zstd' });
    await this.#bucket.put(`${this.#name}/part-${number}.json`, [json(part)], { contentType: 'application/json' });
    this.#parts.push(part);
    this.#lines = [];
    this.lineBytes = 0;
    this.#hasMore = false;
  }
}
