import { randomInt } from 'node:crypto';
import { fstatSync, fsyncSync, futimesSync, lstatSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AppError } from '../errors.ts';
import type { ObjectKey, PutResult } from './bucket.ts';
import { DurableDirectories } from './durable-directories.ts';
import { fileError, missingRoot, systemErrorCode } from './file-error.ts';
import { encodeMetadata, metadataDirectory, sidecarPathOf } from './file-object.ts';
import { invalidKey } from './object-key.ts';
import { syncEntries } from './sync-directory.ts';
import { linkIfAbsent, removeIfPresent, TemporaryFile } from './temporary-file.ts';

/** An object to be created below a directory. */
export interface FilePut {
  /** Of the bucket, an absolute path. */
  readonly root: string;
  readonly key: ObjectKey;
  readonly body: readonly Uint8Array[];
  readonly metadata: Readonly<Record<string, string>>;
  /** Milliseconds since 1970, which the file gets as its time. */
  readonly nowMs: number;
}

/** Where files are written until they are whole. */
export const TEMPORARY_DIRECTORY = '.bss-tmp';
const CLAIM_ATTEMPTS_MAX = 40;

/**
 * Creates objects as files. Synchronous, for a thread of its own: a put is two dozen short calls, and to hand each to
 * another thread and back costs far more than the calls do.
 */
export class FilePuts {
  readonly #directories = new Map<string, DurableDirectories>();

  /** See `Bucket.put`. */
  put(put: FilePut): PutResult {
    const path = join(put.root, put.key);
    try {
      return this.#attempt(put, path);
    } catch (cause) {
      if (systemErrorCode(cause) !== 'ENOENT') throw fileError('put', path, cause);
    }
    // A folder that was there is gone: they are made anew, unless the bucket itself is.
    this.#directories.delete(put.root);
    try {
      if (statSync(put.root, { throwIfNoEntry: false })?.isDirectory() !== true)
        throw missingRoot(put.root, 'no such directory');
      return this.#attempt(put, path);
    } catch (cause) {
      throw fileError('put', path, cause);
    }
  }

  #attempt(put: FilePut, path: string): PutResult {
    if (isTaken(put.key, path)) return confirmExists(path);
    const temporaries = join(put.root, TEMPORARY_DIRECTORY);
    const directories = this.#directoriesOf(put.root);
    directories.ensure(temporaries);
    directories.ensure(dirname(path));
    const hasMetadata = Object.keys(put.metadata).length > 0;
    if (hasMetadata) directories.ensure(metadataDirectory(path));
    const result = hasMetadata ? createWithMetadata(put, path, temporaries) : create(put, path, temporaries);
    // Not by link(2) alone: it calls a name taken that a directory has.
    if (result === 'exists' && !isTaken(put.key, path))
      throw new AppError('BUCKET_UNAVAILABLE', `put ${path}: deleted meanwhile`);
    return result;
  }

  #directoriesOf(root: string): DurableDirectories {
    let directories = this.#directories.get(root);
    if (directories === undefined) this.#directories.set(root, (directories = new DurableDirectories(root)));
    return directories;
  }
}

function isTaken(key: ObjectKey, path: string): boolean {
  try {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats?.isDirectory() === true) throw invalidKey(key, 'a folder has this name');
    return stats !== undefined;
  } catch (cause) {
    if (systemErrorCode(cause) === 'ENOTDIR')
      throw invalidKey(key, 'a part of its path is an object, not a folder', cause);
    throw cause;
  }
}

/** The winner's object is on disk, its name perhaps not yet; nobody may rely on it before. */
function confirmExists(path: string): PutResult {
  syncEntries(dirname(path));
  return 'exists';
}

function create({ body }: FilePut, path: string, temporaries: string): PutResult {
  using content = new TemporaryFile(temporaries);
  content.write(body);
  fsyncSync(content.descriptor);
  return publish(content, path);
}

/** Content and metadata first, both on disk, then the name: whoever sees the object sees all of it. */
function createWithMetadata({ body, metadata, nowMs }: FilePut, path: string, temporaries: string): PutResult {
  using content = new TemporaryFile(temporaries);
  content.write(body);
  using sidecar = new TemporaryFile(temporaries);
  sidecar.write([encodeMetadata(metadata)]);
  fsyncSync(sidecar.descriptor);
  const sidecarPath = publishMetadata(content, sidecar, path, nowMs);
  let result: PutResult = 'exists';
  try {
    fsyncSync(content.descriptor);
    syncEntries(metadataDirectory(path));
    result = publish(content, path);
    return result;
  } finally {
    if (result === 'exists') removeIfPresent(sidecarPath);
  }
}

function publish(content: TemporaryFile, path: string): PutResult {
  const result = linkIfAbsent(content.path, path);
  syncEntries(dirname(path));
  return result;
}

/**
 * Gives the metadata of a finished file, which is not visible yet, its name, and sets the file's time so that the sidecar is its
 * alone. The sidecar's directory entry is not on disk yet.
 * @returns the sidecar's path
 */
function publishMetadata(file: TemporaryFile, sidecar: TemporaryFile, path: string, nowMs: number): string {
  for (let attempt = 0; attempt < CLAIM_ATTEMPTS_MAX; attempt++) {
    // Doubling the choice each time gets apart any number of racers, and past the granularity of any file system's clock.
    const bumpUs = attempt === 0 ? 0 : randomInt(1, 2 ** attempt + 1);
    const seconds = (Math.round(nowMs * 1_000) + bumpUs) / 1_000_000;
    futimesSync(file.descriptor, seconds, seconds);
    const { size, mtimeNs } = fstatSync(file.descriptor, { bigint: true });
    const sidecarPath = sidecarPathOf(path, { sizeBytes: Number(size), modifiedAtUs: mtimeNs / 1_000n });
    if (linkIfAbsent(sidecar.path, sidecarPath) === 'created') return sidecarPath;
  }
  throw new AppError(
    'BUCKET_UNAVAILABLE',
    `put ${path}: no free name for its metadata after ${CLAIM_ATTEMPTS_MAX} attempts`,
    {
      subject: path,
      hint: `Too many writers write this object at once, or ${metadataDirectory(path)} is damaged.`,
    },
  );
}
