import { opendir, lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ListEntry, ObjectKey } from './bucket.ts';
import { isAbsent } from './file-error.ts';
import { compareKeys, segmentProblem } from './object-key.ts';

/** Names of one directory kept at once. A larger directory is read several times, so that memory stays bounded. */
const NAMES_MAX = 50_000;
/** Files whose size and time are asked for together. */
const STATS_AT_ONCE = 64;
const READ_AHEAD_ENTRIES = 1_024;

/** What to walk: keys that start with `prefix` and come after `startAfter`. */
export interface WalkRange {
  readonly prefix: string;
  readonly startAfter?: ObjectKey | undefined;
}

/**
 * The objects below a root directory in the order of their keys' UTF-8 bytes. A folder sorts as its name with a slash (`a-b` comes
 * before `a/`), and folders that cannot hold a key of the range are not opened.
 * @param namesMax bound of the names kept of one directory
 */
export async function* walkObjects(
  root: string,
  range: WalkRange,
  namesMax: number = NAMES_MAX,
): AsyncGenerator<ListEntry> {
  const start = range.prefix.slice(0, range.prefix.lastIndexOf('/') + 1);
  yield* walkFolder(root, start, range, namesMax);
}

/** The names of the folders directly below `prefix` that hold an object, in the order of `name/`. */
export async function* walkFolders(root: string, prefix: string, namesMax: number = NAMES_MAX): AsyncGenerator<string> {
  for await (const names of sortedNames(join(root, prefix), isFolderName, namesMax)) {
    for (const name of names) {
      const first = await walkObjects(root, { prefix: `${prefix}${name}` }, namesMax).next();
      if (first.done !== true) yield name.slice(0, -1);
    }
  }
}

async function* walkFolder(
  root: string,
  folder: string,
  range: WalkRange,
  namesMax: number,
): AsyncGenerator<ListEntry> {
  const accept = (name: string) => (isFolderName(name) ? mayHold(folder + name, range) : holds(folder + name, range));
  for await (const names of sortedNames(join(root, folder), accept, namesMax)) {
    let files: ObjectKey[] = [];
    for (const name of names) {
      const isFolder = isFolderName(name);
      if (!isFolder) files.push(folder + name);
      if (isFolder || files.length === STATS_AT_ONCE) {
        yield* statAll(root, files);
        files = [];
      }
      if (isFolder) yield* walkFolder(root, folder + name, range, namesMax);
    }
    yield* statAll(root, files);
  }
}

function isFolderName(name: string): boolean {
  return name.endsWith('/');
}

function holds(key: ObjectKey, { prefix, startAfter }: WalkRange): boolean {
  return key.startsWith(prefix) && (startAfter === undefined || compareKeys(key, startAfter) > 0);
}

function mayHold(folder: string, { prefix, startAfter }: WalkRange): boolean {
  if (!folder.startsWith(prefix)) return false;
  return startAfter === undefined || compareKeys(folder, startAfter) > 0 || startAfter.startsWith(folder);
}

/** The accepted names of a directory, folders with a slash, ascending, at most `namesMax` at a time. */
async function* sortedNames(
  directory: string,
  accept: (name: string) => boolean,
  namesMax: number,
): AsyncGenerator<readonly string[]> {
  let after: string | undefined;
  for (;;) {
    const names = await smallestNames(directory, accept, after, namesMax);
    if (names.length > 0) yield names;
    if (names.length < namesMax) return;
    after = names.at(-1);
  }
}

/** The `namesMax` smallest accepted names after `after`; never more than twice as many are kept. */
async function smallestNames(
  directory: string,
  accept: (name: string) => boolean,
  after: string | undefined,
  namesMax: number,
): Promise<string[]> {
  let names: string[] = [];
  try {
    for await (const entry of await opendir(directory, { bufferSize: READ_AHEAD_ENTRIES })) {
      if (!(entry.isFile() || entry.isDirectory()) || segmentProblem(entry.name) !== undefined) continue;
      const name = entry.isDirectory() ? `${entry.name}/` : entry.name;
      if (!accept(name) || (after !== undefined && compareKeys(name, after) <= 0)) continue;
      names.push(name);
      if (names.length >= namesMax * 2) names = names.sort(compareKeys).slice(0, namesMax);
    }
  } catch (cause) {
    if (!isAbsent(cause)) throw cause;
  }
  return names.sort(compareKeys).slice(0, namesMax);
}

async function* statAll(root: string, keys: readonly ObjectKey[]): AsyncGenerator<ListEntry> {
  const entries = await Promise.all(keys.map((key) => statEntry(root, key)));
  for (const entry of entries) if (entry !== undefined) yield entry;
}

async function statEntry(root: string, key: ObjectKey): Promise<ListEntry | undefined> {
  try {
    const stats = await lstat(join(root, key));
    return { key, sizeBytes: stats.size, modifiedAtMs: Math.floor(stats.mtimeMs) };
  } catch (cause) {
    if (isAbsent(cause)) return undefined;
    throw cause;
  }
}
