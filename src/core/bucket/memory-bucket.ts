import { AppError } from '../errors.ts';
import { must } from '../assert.ts';
import type {
  Bucket,
  ByteRange,
  ListEntry,
  ListOptions,
  ObjectInfo,
  ObjectKey,
  PutOptions,
  PutResult,
} from './bucket.ts';
import { resolveRange } from './byte-range.ts';
import { checkFolderPrefix, checkKey, checkPrefix, compareKeys, invalidKey, parentKeys } from './object-key.ts';
import { assertPutOptions } from './put-options.ts';

interface StoredObject {
  readonly body: Buffer;
  readonly info: ObjectInfo;
}

/** Objects in the memory of this process: for tests and trials. Keeps the whole contract except that nothing outlives the process. */
export class MemoryBucket implements Bucket {
  readonly url: string;
  readonly #now: () => number;
  readonly #objects = new Map<ObjectKey, StoredObject>();
  /** How many objects are below each folder, so that "is the path-parent of" needs no search. */
  readonly #folders = new Map<ObjectKey, number>();
  #sortedKeys: readonly ObjectKey[] | undefined;

  constructor(name: string, now: () => number = Date.now) {
    this.url = `memory:${name}`;
    this.#now = now;
  }

  async put(key: ObjectKey, body: readonly Uint8Array[], options: PutOptions = {}): Promise<PutResult> {
    checkKey(key);
    assertPutOptions(options);
    if (this.#objects.has(key)) return 'exists';
    if (this.#folders.has(key)) throw invalidKey(key, 'a folder has this name');
    for (const parent of parentKeys(key)) {
      if (this.#objects.has(parent)) throw invalidKey(key, `${parent} is an object, not a folder`);
    }
    const whole = Buffer.concat(body);
    const info = { sizeBytes: whole.byteLength, modifiedAtMs: this.#now(), metadata: { ...options.metadata } };
    this.#objects.set(key, { body: whole, info });
    for (const parent of parentKeys(key)) this.#folders.set(parent, (this.#folders.get(parent) ?? 0) + 1);
    this.#sortedKeys = undefined;
    return 'created';
  }

  async get(key: ObjectKey, range?: ByteRange): Promise<Uint8Array> {
    checkKey(key);
    const object = this.#objects.get(key);
    if (object === undefined)
      throw new AppError('BUCKET_OBJECT_MISSING', `get ${this.url}/${key}: no such object`, { subject: key });
    const { start, end } = resolveRange(range, object.body.byteLength);
    return Buffer.from(object.body.subarray(start, end));
  }

  async head(key: ObjectKey): Promise<ObjectInfo | undefined> {
    checkKey(key);
    const info = this.#objects.get(key)?.info;
    return info === undefined ? undefined : { ...info, metadata: { ...info.metadata } };
  }

  async *list(prefix: string, options: ListOptions = {}): AsyncIterable<ListEntry> {
    checkPrefix(prefix);
    for (const key of this.#sorted()) {
      if (!key.startsWith(prefix)) continue;
      if (options.startAfter !== undefined && compareKeys(key, options.startAfter) <= 0) continue;
      const info = this.#objects.get(key)?.info;
      if (info !== undefined) yield { key, sizeBytes: info.sizeBytes, modifiedAtMs: info.modifiedAtMs };
    }
  }

  async *folders(prefix: string): AsyncIterable<string> {
    checkFolderPrefix(prefix);
    let last: string | undefined;
    for (const key of this.#sorted()) {
      const slash = key.indexOf('/', prefix.length);
      if (!key.startsWith(prefix) || slash === -1) continue;
      const name = key.slice(prefix.length, slash);
      if (name !== last) yield name;
      last = name;
    }
  }

  async delete(key: ObjectKey): Promise<void> {
    checkKey(key);
    if (!this.#objects.delete(key)) return;
    this.#sortedKeys = undefined;
    for (const parent of parentKeys(key)) {
      const left = must(this.#folders.get(parent), 'every folder of an object is counted') - 1;
      if (left === 0) this.#folders.delete(parent);
      else this.#folders.set(parent, left);
    }
  }

  #sorted(): readonly ObjectKey[] {
    this.#sortedKeys ??= [...this.#objects.keys()].toSorted(compareKeys);
    return this.#sortedKeys;
  }
}

const bucketsByName = new Map<string, MemoryBucket>();

/** The one bucket of that name in this process, made when it is first asked for. */
export function memoryBucket(name: string): MemoryBucket {
  const bucket = bucketsByName.get(name) ?? new MemoryBucket(name);
  bucketsByName.set(name, bucket);
  return bucket;
}
