import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { compareKeys } from '../../core/bucket/object-key.ts';
import type { ByteInput } from './byte-input.ts';
import { fileInput } from './file-input.ts';
import { type FoundInput, isWithoutRows } from './found-input.ts';
import { reasonOf, unreadable } from './unreadable.ts';

/**
 * The file of that path, or all files below the folder of that path, sorted by their paths.
 * @throws LOAD_INPUT_UNREADABLE when there is nothing.
 */
export async function localInputs(path: string): Promise<FoundInput[]> {
  if (!(await isFolder(path))) return [await found(path, false)];
  const inside = await filesBelow(path, '');
  const paths = inside.filter((name) => !isWithoutRows(name)).sort(compareKeys);
  if (paths.length === 0) throw unreadable(path, 'the folder holds no files of data');
  return await Promise.all(paths.map((name) => found(join(path, name), true)));
}

async function found(path: string, isInFolder: boolean): Promise<FoundInput> {
  const bytes = await fileInput(path);
  const localPath = bytes.readOnce === true ? undefined : path;
  return { bytes, path, localPath, isInFolder, beside: (fileName) => besideFile(path, fileName) };
}

async function besideFile(path: string, fileName: string): Promise<ByteInput | undefined> {
  if (fileName === basename(path)) return undefined;
  const other = join(dirname(path), fileName);
  const facts = await stat(other).catch(() => undefined);
  return facts?.isFile() === true ? await fileInput(other) : undefined;
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (cause) {
    throw unreadable(path, reasonOf(cause), { cause });
  }
}

/** Paths relative to `root`, with slashes. Links are followed. */
async function filesBelow(root: string, below: string): Promise<string[]> {
  const folder = join(root, below);
  const names = await readdir(folder).catch((cause: unknown) => {
    throw unreadable(folder, reasonOf(cause), { cause });
  });
  const paths: string[] = [];
  for (const name of names) {
    const path = below === '' ? name : `${below}/${name}`;
    if (await isFolder(join(root, path))) paths.push(...(await filesBelow(root, path)));
    else paths.push(path);
  }
  return paths;
}
