import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { AppError } from '../../core/errors.ts';
import { cacheDirectory } from './host-environment.ts';

/** A lock without a live owner's pid is broken after so long: its owner died between two system calls. */
const ANONYMOUS_LOCK_AGE_MAX_MS = 5_000;
const LOCK_WAIT_MAX_MS = 30 * 60_000;
const LOCK_POLL_MS = 100;

/** Takes one line that says what is being downloaded or compiled, for a person who waits. */
export type Announce = (line: string) => void;

/** Announces on standard error. */
export const announceOnStderr: Announce = (line) => void process.stderr.write(`${line}\n`);

export interface CachedItem {
  /** With the version it names the folder: `<cache>/<name>@<version>`. */
  readonly name: string;
  readonly version: string;
  /** What a person reads while the folder is made, such as `Downloading Kafka 4.3.1 (55 MB)`. */
  readonly announcement: string;
  /** Fills the empty folder it is given. It may be interrupted at any point; the folder is then thrown away. */
  readonly build: (folder: string) => Promise<void>;
}

/**
 * The path of a folder that is made once and kept outside the tree. Of any number of processes that want it at the same
 * time one builds it, under a temporary name; the others wait. A folder under its final name is therefore whole.
 * @throws whatever `build` throws; SETUP_FAILED when the lock cannot be had, or the disk refuses.
 */
export async function cached(item: CachedItem, announce: Announce = announceOnStderr): Promise<string> {
  const folder = join(cacheDirectory(), `${item.name}@${item.version}`);
  if (await exists(folder)) return folder;
  const release = await lock(`${folder}.lock`);
  try {
    if (await exists(folder)) return folder;
    const startedAtMs = performance.now();
    announce(`${item.announcement} ...`);
    const partial = `${folder}.partial`;
    await rm(partial, { recursive: true, force: true });
    await mkdir(partial);
    try {
      await item.build(partial);
      await rename(partial, folder);
    } catch (error) {
      await rm(partial, { recursive: true, force: true });
      throw error;
    }
    announce(`${item.announcement}: done in ${((performance.now() - startedAtMs) / 1000).toFixed(1)} s`);
    return folder;
  } finally {
    await release();
  }
}

/** Waits for the lock: a folder (its creation is atomic) that holds the owner's pid. Gives the function that frees it. */
async function lock(path: string): Promise<() => Promise<void>> {
  await mkdir(cacheDirectory(), { recursive: true });
  const deadlineMs = performance.now() + LOCK_WAIT_MAX_MS;
  for (;;) {
    try {
      await mkdir(path);
      await writeFile(join(path, 'pid'), String(process.pid));
      return () => rm(path, { recursive: true, force: true });
    } catch (cause) {
      if (!isCode(cause, 'EEXIST')) {
        const hint = `Make ${cacheDirectory()} writable, or set XDG_CACHE_HOME to a folder that is.`;
        throw new AppError('SETUP_FAILED', `cannot write to the cache folder: ${String(cause)}`, { subject: path, hint, cause });
      }
    }
    if (await isStale(path)) {
      await rm(path, { recursive: true, force: true });
      continue;
    }
    if (performance.now() > deadlineMs) {
      const hint = `If no other process is at work on it, remove ${path} and start again.`;
      throw new AppError('SETUP_FAILED', 'another process holds the lock of a cached folder too long', { subject: path, hint });
    }
    await sleep(LOCK_POLL_MS);
  }
}

async function isStale(path: string): Promise<boolean> {
  try {
    const pid = Number(await readFile(join(path, 'pid'), 'utf8'));
    if (Number.isSafeInteger(pid) && pid > 0) return !isAlive(pid);
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error;
  }
  const information = await stat(path).catch(() => undefined);
  return information !== undefined && Date.now() - information.mtimeMs > ANONYMOUS_LOCK_AGE_MAX_MS;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isCode(error, 'EPERM');
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
