import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';

import { isAppError } from '../../core/errors.ts';
import { type Announce, cached } from './cached.ts';
import { runCommand, tryCommand } from './run-command.ts';

const TIMEOUT_MS = 15 * 60_000;
const HINT = 'Check that apt-get reaches its package archive, then start again.';

/**
 * The folder into which Debian packages, and those that they need and this machine lacks, were unpacked, as if it were
 * the root of the file system. Nothing is installed and no rights are needed. Undefined on a machine without apt.
 * @throws SETUP_FAILED when the packages cannot be had.
 */
export async function debianPackages(names: readonly string[], announce?: Announce): Promise<string | undefined> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const version = /^VERSION_ID="?([\w.]+)/m.exec(release)?.[1];
  if (version === undefined || !(await hasApt())) return undefined;
  return cached(
    {
      name: names.join('+'),
      version: `debian-${version}`,
      announcement: `Downloading ${names.join(', ')} from Debian`,
      build: (folder) => unpack(names, folder),
    },
    announce,
  );
}

async function hasApt(): Promise<boolean> {
  try {
    const options = { timeoutMs: 30_000 };
    const results = [
      await tryCommand('apt-get', ['--version'], options),
      await tryCommand('dpkg-deb', ['--version'], options),
    ];
    return results.every(({ exitCode }) => exitCode === 0);
  } catch (error) {
    if (isAppError(error)) return false;
    throw error;
  }
}

async function unpack(names: readonly string[], folder: string): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'bss-apt-'));
  try {
    // Lists and archives of our own; of the machine's we only read what is installed.
    const own = ['state/lists/partial', 'cache/archives/partial'];
    for (const path of own) await mkdir(join(work, path), { recursive: true });
    const settings = {
      'Dir::State': join(work, 'state'),
      'Dir::State::status': '/var/lib/dpkg/status',
      'Dir::Cache': join(work, 'cache'),
      'Debug::NoLocking': 'true',
      // The lists stay readable for the user who runs this, whoever that is.
      'APT::Sandbox::User': '',
    };
    const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
    const apt = (args: readonly string[]): Promise<unknown> =>
      runCommand('apt-get', [...options, '-qq', ...args], {
        timeoutMs: TIMEOUT_MS,
        hint: HINT,
        name: `apt-get ${args.join(' ')}`,
      });
    await apt(['update']);
    await apt(['install', '--yes', '--download-only', '--no-install-recommends', ...names]);
    const archives = join(work, 'cache', 'archives');
    for (const name of (await readdir(archives)).filter((entry) => entry.endsWith('.deb'))) {
      await runCommand('dpkg-deb', ['--extract', join(archives, name), folder], { timeoutMs: TIMEOUT_MS, hint: HINT });
    }
    await redirectLinks(folder, folder);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Makes links that lead out of the folder, or nowhere, lead to the same path inside it, or else on the machine. */
async function redirectLinks(root: string, folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await redirectLinks(root, path);
    if (!entry.isSymbolicLink()) continue;
    const target = await readlink(path);
    const inside = target.startsWith('/') ? join(root, target) : resolve(dirname(path), target);
    if (await isThere(inside)) {
      // Relative, since the folder is renamed when it is whole.
      if (target.startsWith('/')) await relink(path, relative(dirname(path), inside));
    } else if (!target.startsWith('/') && (await isThere(inside.slice(root.length)))) {
      await relink(path, inside.slice(root.length));
    }
  }
}

async function relink(path: string, target: string): Promise<void> {
  await rm(path);
  await symlink(target, path);
}

async function isThere(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined;
}
