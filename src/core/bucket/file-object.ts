import { randomInt, randomUUID } from 'node:crypto';
import { link, lstat, open, readdir, readFile, stat, unlink, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { AppError } from '../errors.ts';
import { syncDirectory } from './durable-directories.ts';
import { isAbsent, systemErrorCode } from './file-error.ts';

/**
 * An object of a directory bucket is a plain file, so that zstdcat and jq read it. Its metadata is a sidecar,
 * `.bss-meta/<name>.<size>-<modification time in microseconds>`, which exists before the file does. The sidecar's name is claimed
 * with link(2): writers who race for one key always have sidecars of their own, and the file points at its writer's.
 */
export interface FileIdentity {
  readonly sizeBytes: number;
  readonly modifiedAtUs: bigint;
}

type Metadata = Readonly<Record<string, string>>;

const METADATA_DIRECTORY = '.bss-meta';
const CLAIM_ATTEMPTS_MAX = 40;
/** writev(2) takes at most 1,024 pieces; more are passed on in several calls anyway. */
const PIECES_MAX = 1_024;

/** Where the metadata of a file at `path` is. */
export function metadataDirectory(path: string): string {
  return join(dirname(path), METADATA_DIRECTORY);
}

/** The size and time of the file at `path`; undefined when there is none, or a directory. */
export async function identify(path: string): Promise<FileIdentity | undefined> {
  try {
    const stats = await lstat(path, { bigint: true });
    return stats.isFile() ? { sizeBytes: Number(stats.size), modifiedAtUs: stats.mtimeNs / 1_000n } : undefined;
  } catch (cause) {
    if (isAbsent(cause)) return undefined;
    throw cause;
  }
}

/** A file with a name of its own that nobody reads yet. Dispose of it to remove that name, whatever became of its content. */
export class TemporaryFile implements AsyncDisposable {
  readonly path: string;
  readonly handle: FileHandle;

  private constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.handle = handle;
  }

  /** Creates an empty one in the directory. */
  static async create(directory: string): Promise<TemporaryFile> {
    const path = join(directory, randomUUID());
    return new TemporaryFile(path, await open(path, 'wx', 0o644));
  }

  /** Writes all chunks, without joining them. */
  async write(chunks: readonly Uint8Array[]): Promise<void> {
    let pending = chunks.filter((chunk) => chunk.byteLength > 0);
    while (pending.length > 0) {
      const { bytesWritten } = await this.handle.writev(pending.slice(0, PIECES_MAX));
      pending = afterBytes(pending, bytesWritten);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.handle.close();
    } finally {
      await unlinkIfPresent(this.path);
    }
  }
}

/** The chunks without their first `count` bytes: a write may take less than it was given. */
function afterBytes(chunks: readonly Uint8Array[], count: number): Uint8Array[] {
  let at = 0;
  let left = count;
  for (let chunk = chunks[at]; chunk !== undefined && chunk.byteLength <= left; chunk = chunks[at]) {
    left -= chunk.byteLength;
    at++;
  }
  const rest = chunks.slice(at);
  if (rest[0] !== undefined) rest[0] = rest[0].subarray(left);
  return rest;
}

/** Gives the file at `from` a second name, unless that name is taken. */
export async function linkIfAbsent(from: string, to: string): Promise<'created' | 'exists'> {
  try {
    await link(from, to);
    return 'created';
  } catch (cause) {
    // A network file system may repeat a request whose answer was lost, and report the name that it has just made as taken.
    const { nlink } = await stat(from);
    if (nlink > 1) return 'created';
    if (systemErrorCode(cause) === 'EEXIST') return 'exists';
    throw cause;
  }
}

/**
 * Writes the metadata of a finished file that is not visible yet, and sets the file's time so that the sidecar is its alone.
 * The sidecar is on disk, its directory entry is not: sync `metadataDirectory(path)`.
 * @returns the sidecar's path
 */
export async function publishMetadata(
  file: TemporaryFile,
  sidecar: TemporaryFile,
  path: string,
  nowMs: number,
): Promise<string> {
  for (let attempt = 0; attempt < CLAIM_ATTEMPTS_MAX; attempt++) {
    // Doubling the choice each time gets apart any number of racers, and past the granularity of any file system's clock.
    const bumpUs = attempt === 0 ? 0 : randomInt(1, 2 ** attempt + 1);
    const seconds = (Math.round(nowMs * 1_000) + bumpUs) / 1_000_000;
    await file.handle.utimes(seconds, seconds);
    const stats = await file.handle.stat({ bigint: true });
    const sidecarPath = sidecarPathOf(path, { sizeBytes: Number(stats.size), modifiedAtUs: stats.mtimeNs / 1_000n });
    if ((await linkIfAbsent(sidecar.path, sidecarPath)) === 'created') return sidecarPath;
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

/** Encodes metadata as the content of a sidecar. */
export function encodeMetadata(metadata: Metadata): Uint8Array {
  return Buffer.from(`${JSON.stringify(metadata)}\n`);
}

/** The metadata of the file at `path`; empty when it was put without. */
export async function readMetadata(path: string, identity: FileIdentity): Promise<Metadata> {
  const sidecar = await findSidecar(path, identity);
  if (sidecar === undefined) return {};
  return parseMetadata(sidecar, await readFile(sidecar, 'utf8'));
}

/** Removes the metadata of a file that was removed. */
export async function removeMetadata(path: string, identity: FileIdentity): Promise<void> {
  const sidecar = await findSidecar(path, identity);
  if (sidecar === undefined) return;
  await unlinkIfPresent(sidecar);
  await syncDirectory(dirname(sidecar));
}

/**
 * The sidecar of exactly this file, else (the tree was copied, and the copies have new times) the only one for its name and size.
 */
async function findSidecar(path: string, identity: FileIdentity): Promise<string | undefined> {
  const exact = sidecarPathOf(path, identity);
  if ((await identify(exact)) !== undefined) return exact;
  const start = `${basename(path)}.${identity.sizeBytes}-`;
  const candidates = (await namesIn(metadataDirectory(path))).filter((name) => name.startsWith(start));
  const [only] = candidates;
  return candidates.length === 1 && only !== undefined ? join(metadataDirectory(path), only) : undefined;
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (cause) {
    if (isAbsent(cause)) return [];
    throw cause;
  }
}

function sidecarPathOf(path: string, identity: FileIdentity): string {
  return join(metadataDirectory(path), `${basename(path)}.${identity.sizeBytes}-${identity.modifiedAtUs}`);
}

function parseMetadata(sidecar: string, json: string): Metadata {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch (cause) {
    throw damagedSidecar(sidecar, cause);
  }
  if (typeof parsed !== 'object' || parsed === null) throw damagedSidecar(sidecar);
  const metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(parsed)) {
    if (typeof value !== 'string') throw damagedSidecar(sidecar);
    metadata[name] = value;
  }
  return metadata;
}

function damagedSidecar(sidecar: string, cause?: unknown): AppError {
  return new AppError('BUCKET_CONTRACT_BROKEN', `read ${sidecar}: not the JSON object that was written`, {
    subject: sidecar,
    hint: 'Restore the file from a copy; remove it only when the object may lose its metadata.',
    cause,
  });
}

/** Removes a name; one that is not there is no error. */
export async function unlinkIfPresent(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (cause) {
    if (!isAbsent(cause)) throw cause;
  }
}
