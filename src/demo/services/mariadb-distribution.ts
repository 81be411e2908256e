import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { AppError, isAppError } from '../../core/errors.ts';
import type { Announce } from './cached.ts';
import { debianPackages } from './debian-packages.ts';
import { tryCommand } from './run-command.ts';

/** The server and what fills its folder; `mariadb-dump`. */
const PACKAGES = ['mariadb-server-core', 'mariadb-client'];
const HINT = 'Install MariaDB, on Debian: apt-get install mariadb-server; on macOS: brew install mariadb.';

/** A MariaDB with its server and its dump tool. */
export interface MariadbDistribution {
  /** The folder of `bin` and `sbin`. */
  readonly base: string;
  readonly server: string;
  readonly dump: string;
  readonly installer: string;
  /** What the programs need in their environment. */
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * A MariaDB: the machine's own, else Debian's, unpacked into the cache (15 MB).
 * @throws SETUP_FAILED with the remedy when there is none and none can be had.
 */
export async function mariadbDistribution(announce?: Announce): Promise<MariadbDistribution> {
  for (const base of ['/usr', '/usr/local', '/opt/homebrew']) {
    const own = await distributionBelow(base, {});
    if (own !== undefined) return own;
  }
  const root = await debianPackages(PACKAGES, announce);
  const unpacked = root === undefined ? undefined : await distributionBelow(join(root, 'usr'), await libraries(root));
  if (unpacked !== undefined) return unpacked;
  throw new AppError('SETUP_FAILED', 'there is no MariaDB server', { subject: 'mariadb', hint: HINT });
}

async function distributionBelow(
  base: string,
  environment: Readonly<Record<string, string>>,
): Promise<MariadbDistribution | undefined> {
  const [dump, installer] = [join(base, 'bin', 'mariadb-dump'), join(base, 'bin', 'mariadb-install-db')];
  for (const folder of ['sbin', 'bin', 'libexec']) {
    const server = join(base, folder, 'mariadbd');
    if ((await works(server, environment)) && (await works(dump, environment))) {
      return { base, server, dump, installer, environment };
    }
  }
  return undefined;
}

async function libraries(root: string): Promise<Record<string, string>> {
  const folder = join(root, 'usr', 'lib');
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.includes('-linux-'));
  return { LD_LIBRARY_PATH: names.map((name) => join(folder, name)).join(':') };
}

async function works(program: string, environment: Readonly<Record<string, string>>): Promise<boolean> {
  try {
    const options = { environment, timeoutMs: 30_000 };
    return (await tryCommand(program, ['--no-defaults', '--version'], options)).exitCode === 0;
  } catch (error) {
    if (isAppError(error)) return false;
    throw error;
  }
}
