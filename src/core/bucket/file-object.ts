import { lstat, readdir, readFile, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { AppError } from '../errors.ts';
import { isAbsent } from './file-error.ts';
import { syncDirectory } from './sync-directory.ts';

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

/** Where the metadata of exactly this file is. */
export function sidecarPathOf(path: string, identity: FileIdentity): string {
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
