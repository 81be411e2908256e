import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { AppError, isAppError } from '../../core/errors.ts';
import type { Announce } from './cached.ts';
import { debianPackages } from './debian-packages.ts';
import { tryCommand } from './run-command.ts';

const MAJOR_MIN = 12;
const PACKAGE = 'postgresql-15';
const HINT = 'Install PostgreSQL, on Debian: apt-get install postgresql-15; on macOS: brew install postgresql@15.';

/** Where PostgreSQL's programs are. */
export interface PostgresDistribution {
  /** The folder of `initdb` and `postgres`; empty where they are on the PATH. */
  readonly programs: string;
  /** The folder into which Debian's packages were unpacked; undefined where PostgreSQL is installed. */
  readonly unpacked: string | undefined;
}

/**
 * A PostgreSQL with its server: the machine's own, wherever its packages put it, else Debian's, unpacked into the cache
 * (17 MB).
 * @throws SETUP_FAILED with the remedy when there is none and none can be had.
 */
export async function postgresDistribution(announce?: Announce): Promise<PostgresDistribution> {
  // Debian keeps the server's programs off the PATH, one folder for each release.
  for (const programs of [...(await releasesBelow('/')), '']) {
    if (await works(programs, {})) return { programs, unpacked: undefined };
  }
  const unpacked = await debianPackages([PACKAGE], announce);
  for (const programs of unpacked === undefined ? [] : await releasesBelow(unpacked)) {
    if (await works(programs, await postgresEnvironment(unpacked))) return { programs, unpacked };
  }
  throw new AppError('SETUP_FAILED', 'there is no PostgreSQL server', { subject: 'postgres', hint: HINT });
}

/** What makes programs find the libraries that were unpacked with them below that folder. */
export async function postgresEnvironment(root: string | undefined): Promise<Record<string, string>> {
  if (root === undefined) return {};
  const folder = join(root, 'usr', 'lib');
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.includes('-linux-'));
  return { LD_LIBRARY_PATH: names.map((name) => join(folder, name)).join(':') };
}

/** The newest release first. */
async function releasesBelow(root: string): Promise<string[]> {
  const folder = join(root, 'usr', 'lib', 'postgresql');
  const releases = (await readdir(folder).catch(() => [])).map(Number).filter((release) => release >= MAJOR_MIN);
  return releases.sort((a, b) => b - a).map((release) => join(folder, String(release), 'bin'));
}

async function works(programs: string, environment: Readonly<Record<string, string>>): Promise<boolean> {
  try {
    for (const name of ['initdb', 'postgres']) {
      const { exitCode, stdout } = await tryCommand(join(programs, name), ['--version'], {
        environment,
        timeoutMs: 30_000,
      });
      if (exitCode !== 0 || Number(/ (\d+)/.exec(stdout)?.[1] ?? 0) < MAJOR_MIN) return false;
    }
    return true;
  } catch (error) {
    if (isAppError(error)) return false;
    throw error;
  }
}
