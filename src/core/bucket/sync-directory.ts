import { open } from 'node:fs/promises';

/** Puts the entries of a directory (what was linked into it, or unlinked) on disk. */
export async function syncDirectory(directory: string): Promise<void> {
  await using handle = await open(directory, 'r');
  await handle.sync();
}
