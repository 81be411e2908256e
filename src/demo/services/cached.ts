import { AppError } from '../../core/errors.ts';
import { cachedFolder, type CachedItem, SetupError } from './cached-folder.mjs';

/** Takes one line that says what is being downloaded or compiled, for a person who waits. */
export type Announce = (line: string) => void;

/** Announces on standard error. */
export const announceOnStderr: Announce = (line) => void process.stderr.write(`${line}\n`);

/**
 * The path of a folder that is made once and kept outside the tree; whole when it is there (see `cachedFolder`).
 * @throws whatever the item's `build` throws; SETUP_FAILED when the lock cannot be had, or the disk refuses.
 */
export async function cached(item: CachedItem, announce: Announce = announceOnStderr): Promise<string> {
  try {
    return await cachedFolder(item, announce);
  } catch (cause) {
    if (!(cause instanceof SetupError)) throw cause;
    throw new AppError('SETUP_FAILED', cause.message, { subject: item.name, hint: cause.remedy, cause });
  }
}
