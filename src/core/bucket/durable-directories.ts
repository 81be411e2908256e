import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { assert } from '../assert.ts';
import { systemErrorCode } from './file-error.ts';
import { syncEntries } from './sync-directory.ts';

const KNOWN_MAX = 10_000;

/**
 * Makes directories below a root so that they survive a crash of the machine: the entry of a new directory is only on disk when
 * its parent was synced. Another process may have made one and not synced it yet, so each is synced once by each user of this.
 */
export class DurableDirectories {
  readonly #root: string;
  readonly #known = new Set<string>();

  /** @param root an existing directory; it is never made. */
  constructor(root: string) {
    this.#root = root;
  }

  /** Makes the directory and those between it and the root. Errors are those of `node:fs`. */
  ensure(directory: string): void {
    if (directory === this.#root || this.#known.has(directory)) return;
    const parent = dirname(directory);
    assert(parent !== directory, 'the directory is below the root');
    this.ensure(parent);
    try {
      mkdirSync(directory);
    } catch (cause) {
      if (systemErrorCode(cause) !== 'EEXIST') throw cause;
    }
    syncEntries(parent);
    if (this.#known.size >= KNOWN_MAX) this.#known.clear();
    this.#known.add(directory);
  }
}
