// Plain JavaScript, without imports but Node's own: the bootstrap runs it on a Node that does not run TypeScript.
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A lock without a live owner's pid is broken after so long: its owner died between two system calls. */
const ANONYMOUS_LOCK_AGE_MAX_MS = 5_000;
const LOCK_WAIT_MAX_MS = 30 * 60_000;
const LOCK_POLL_MS = 100;

/** Something that a command needs could not be had. The message says what and why, `remedy` what to do. */
export class SetupError extends Error {
  /**
   * @param {string} message
   * @param {string} remedy
   * @param {unknown} [cause]
   */
  constructor(message, remedy, cause) {
    super(message, { cause });
    this.name = 'SetupError';
    this.remedy = remedy;
  }
}

/**
 * What is made once and kept. `build` fills the empty folder it is given; it may be interrupted at any point, and the
 * folder is then thrown away. `announcement` is what a person reads meanwhile: `Downloading Kafka 4.3.1 (55 MB)`.
 * @typedef {{ name: string, version: string, announcement: string, build: (folder: string) => Promise<void> }} CachedItem
 */

/**
 * The folder that holds what was downloaded or compiled once, such as Kafka's jars: `$XDG_CACHE_HOME/bss`, or
 * `~/.cache/bss`. It may be removed at any time; everything in it is fetched again when next wanted.
 */
export function cacheDirectory() {
  const base = process.env['XDG_CACHE_HOME'];
  return join(base === undefined || base === '' ? join(homedir(), '.cache') : base, 'bss');
}

/**
 * The path of `<cache>/<name>@<version>`, built when absent. Of any number of processes that want it at the same time
 * one builds it, under a temporary name; the others wait. A folder under its final name is therefore whole.
 * Throws SetupError when the lock cannot be had or the disk refuses, and whatever `build` throws.
 * @param {CachedItem} item
 * @param {(line: string) => void} announce
 */
export async function cachedFolder(item, announce) {
  const folder = join(cacheDirectory(), `${item.name}@${item.version}`);
  if (await exists(folder)) return folder;
  const release = await lockPath(`${folder}.lock`);
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

/**
 * Waits for a lock between processes: a folder (its creation is atomic) that holds the owner's pid. Gives the function
 * that frees it.
 * @param {string} path
 * @returns {Promise<() => Promise<void>>}
 */
export async function lockPath(path) {
  const deadlineMs = performance.now() + LOCK_WAIT_MAX_MS;
  for (;;) {
    try {
      await mkdir(join(path, '..'), { recursive: true });
      await mkdir(path);
      await writeFile(join(path, 'pid'), String(process.pid));
      return () => rm(path, { recursive: true, force: true });
    } catch (cause) {
      if (!isCode(cause, 'EEXIST')) {
        const remedy = 'Make the folder above it writable, or set XDG_CACHE_HOME to one that is.';
        throw new SetupError(`cannot write ${path}: ${String(cause)}`, remedy, cause);
      }
    }
    if (await isStale(path)) {
      await rm(path, { recursive: true, force: true });
      continue;
    }
    if (performance.now() > deadlineMs) {
      const remedy = `If no other process is at work there, remove ${path} and start again.`;
      throw new SetupError(`another process holds the lock ${path} for too long`, remedy);
    }
    await sleep(LOCK_POLL_MS);
  }
}

/** @param {string} path */
async function isStale(path) {
  try {
    const pid = Number(await readFile(join(path, 'pid'), 'utf8'));
    if (Number.isSafeInteger(pid) && pid > 0) return !isAlive(pid);
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error;
  }
  const information = await stat(path).catch(() => undefined);
  return information !== undefined && Date.now() - information.mtimeMs > ANONYMOUS_LOCK_AGE_MAX_MS;
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isCode(error, 'EPERM');
  }
}

/** @param {string} path */
async function exists(path) {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

/**
 * @param {unknown} error
 * @param {string} code
 */
function isCode(error, code) {
  return error instanceof Error && 'code' in error && error.code === code;
}
