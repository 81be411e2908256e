import { open, opendir, readdir, stat, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { AppError } from '../errors.ts';
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
import { assertRange, resolveRange } from './byte-range.ts';
import { fileError, isAbsent, missingRoot, systemErrorCode } from './file-error.ts';
import { identify, readMetadata, removeMetadata, unlinkIfPresent } from './file-object.ts';
import { TEMPORARY_DIRECTORY } from './file-put.ts';
import { FilePutThreads } from './file-put-threads.ts';
import { walkFolders, walkObjects } from './file-walk.ts';
import { checkFolderPrefix, checkKey, checkPrefix } from './object-key.ts';
import { assertPutOptions } from './put-options.ts';
import { syncDirectory } from './sync-directory.ts';

const TEMPORARY_AGE_MAX_MS = 24 * 60 * 60 * 1_000;
const READ_BYTES_MAX = 1 << 30;
const THREADS = new FilePutThreads();

/**
 * Opens a directory as a bucket. The directory must exist; it need not be writable for reading. What writers that died left
 * behind more than a day ago is removed.
 * @param now the clock, in milliseconds since 1970 (fractions give microseconds)
 * @throws BUCKET_MISSING, BUCKET_ACCESS_DENIED
 */
export async function openFileBucket(directory: string, now: () => number = preciseNow): Promise<Bucket> {
  const root = resolve(directory);
  await checkRoot(root);
  await removeStaleTemporaries(join(root, TEMPORARY_DIRECTORY), now());
  return new FileBucket(root, now);
}

function preciseNow(): number {
  return Date.now() + (performance.now() % 1);
}

async function checkRoot(root: string): Promise<void> {
  try {
    if (!(await stat(root)).isDirectory()) throw missingRoot(root, 'it is not a directory');
    await (await opendir(root)).close();
  } catch (cause) {
    throw isAbsent(cause) ? missingRoot(root, 'no such directory', cause) : fileError('open', root, cause);
  }
}

async function removeStaleTemporaries(directory: string, nowMs: number): Promise<void> {
  try {
    for (const name of await readdir(directory)) {
      const path = join(directory, name);
      const identity = await identify(path);
      if (identity === undefined || nowMs - Number(identity.modifiedAtUs / 1_000n) < TEMPORARY_AGE_MAX_MS) continue;
      await unlink(path);
    }
  } catch (cause) {
    // Absent, not ours to clean, or cleaned by another process at the same time: none of it hinders anything.
    if (systemErrorCode(cause) === undefined) throw cause;
  }
}

class FileBucket implements Bucket {
  readonly url: string;
  readonly #root: string;
  readonly #now: () => number;

  constructor(root: string, now: () => number) {
    this.url = pathToFileURL(root).href;
    this.#root = root;
    this.#now = now;
  }

  async put(key: ObjectKey, body: readonly Uint8Array[], options: PutOptions = {}): Promise<PutResult> {
    checkKey(key);
    assertPutOptions(options);
    return THREADS.put({ root: this.#root, key, body, metadata: options.metadata ?? {}, nowMs: this.#now() });
  }

  async get(key: ObjectKey, range?: ByteRange): Promise<Uint8Array> {
    checkKey(key);
    assertRange(range);
    const path = join(this.#root, key);
    try {
      await using handle = await open(path, 'r');
      const stats = await handle.stat();
      if (!stats.isFile()) throw missingObject(path);
      const { start, end } = resolveRange(range, stats.size);
      const bytes = Buffer.allocUnsafeSlow(end - start);
      let filled = 0;
      while (filled < bytes.byteLength) {
        const length = Math.min(bytes.byteLength - filled, READ_BYTES_MAX);
        const { bytesRead } = await handle.read(bytes, filled, length, start + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return bytes.subarray(0, filled);
    } catch (cause) {
      if (!isAbsent(cause)) throw fileError('get', path, cause);
      await checkRoot(this.#root);
      throw missingObject(path, cause);
    }
  }

  async head(key: ObjectKey): Promise<ObjectInfo | undefined> {
    checkKey(key);
    const path = join(this.#root, key);
    try {
      const identity = await identify(path);
      if (identity === undefined) {
        await checkRoot(this.#root);
        return undefined;
      }
      const metadata = await readMetadata(path, identity);
      return { sizeBytes: identity.sizeBytes, modifiedAtMs: Number(identity.modifiedAtUs / 1_000n), metadata };
    } catch (cause) {
      throw fileError('head', path, cause);
    }
  }

  async *list(prefix: string, options: ListOptions = {}): AsyncIterable<ListEntry> {
    checkPrefix(prefix);
    await checkRoot(this.#root);
    try {
      yield* walkObjects(this.#root, { prefix, startAfter: options.startAfter });
    } catch (cause) {
      throw fileError('list', join(this.#root, prefix), cause);
    }
  }

  async *folders(prefix: string): AsyncIterable<string> {
    checkFolderPrefix(prefix);
    await checkRoot(this.#root);
    try {
      yield* walkFolders(this.#root, prefix);
    } catch (cause) {
      throw fileError('list', join(this.#root, prefix), cause);
    }
  }

  async delete(key: ObjectKey): Promise<void> {
    checkKey(key);
    const path = join(this.#root, key);
    try {
      const identity = await identify(path);
      if (identity === undefined) return;
      // The object first: it must not be seen without its metadata.
      await unlinkIfPresent(path);
      await syncDirectory(dirname(path));
      await removeMetadata(path, identity);
    } catch (cause) {
      throw fileError('delete', path, cause);
    }
  }
}

function missingObject(path: string, cause?: unknown): AppError {
  return new AppError('BUCKET_OBJECT_MISSING', `get ${path}: no such object`, { subject: path, cause });
}
