import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { AppError, isAppError } from '../../core/errors.ts';
import type { Announce } from './cached.ts';
import { debianPackages } from './debian-packages.ts';
import { runCommand, tryCommand } from './run-command.ts';

const TIMEOUT_MS = 10 * 60_000;
const PIPS: readonly (readonly [string, ...string[]])[] = [['python3', '-m', 'pip'], ['pip3'], ['pip']];

/** How to run pip: the command, its first arguments and what it needs in its environment. */
export interface Pip {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Unpacks one wheel of the Python package index, and nothing that it depends on, into a folder.
 * @throws SETUP_FAILED, with `hint`, when there is no pip and none can be had, or the wheel cannot.
 */
export async function installWheel(
  wheel: { readonly name: string; readonly version: string },
  folder: string,
  hint: string,
  announce?: Announce,
): Promise<void> {
  const pip = (await findPip()) ?? (await debianPip(announce));
  if (pip === undefined) {
    throw new AppError('SETUP_FAILED', `there is no pip to download ${wheel.name} with`, { subject: 'pip', hint });
  }
  const options = ['--quiet', '--no-deps', '--no-compile', '--only-binary', ':all:', '--target', folder];
  await runCommand(pip.command, [...pip.args, 'install', ...options, `${wheel.name}==${wheel.version}`], {
    environment: pip.environment,
    timeoutMs: TIMEOUT_MS,
    hint,
  });
}

/** The machine's own pip. */
export async function findPip(): Promise<Pip | undefined> {
  for (const [command, ...args] of PIPS) {
    const pip = { command, args, environment: {} };
    if (await works(pip)) return pip;
  }
  return undefined;
}

/** Debian's Python and pip, unpacked into the cache. */
async function debianPip(announce: Announce | undefined): Promise<Pip | undefined> {
  const root = await debianPackages(['python3-pip'], announce);
  if (root === undefined) return undefined;
  const libraries = join(root, 'usr', 'lib');
  // Those that the processor's folder holds, such as x86_64-linux-gnu.
  const folders = (await readdir(libraries))
    .filter((name) => name.includes('-linux-'))
    .map((name) => join(libraries, name));
  const modules = { PYTHONPATH: join(libraries, 'python3', 'dist-packages') };
  const own = { ...modules, PYTHONHOME: join(root, 'usr'), LD_LIBRARY_PATH: folders.join(':') };
  const candidates: readonly Pip[] = [
    { command: 'python3', args: ['-m', 'pip'], environment: modules },
    { command: join(root, 'usr', 'bin', 'python3'), args: ['-m', 'pip'], environment: own },
  ];
  for (const pip of candidates) {
    if (await works(pip)) return pip;
  }
  return undefined;
}

async function works({ command, args, environment }: Pip): Promise<boolean> {
  try {
    return (await tryCommand(command, [...args, '--version'], { environment, timeoutMs: 60_000 })).exitCode === 0;
  } catch (error) {
    if (isAppError(error)) return false;
    throw error;
  }
}
