import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { lockPath, SetupError } from '../../src/demo/services/cached-folder.mjs';
import { lastLines, runCaptured } from './run-captured.mjs';

/**
 * Installs the versions of the lock file and leaves that file alone. Not `npm ci`: it refuses a lock file that lacks
 * optional packages for other platforms, which npm writes where a registry does not serve those.
 */
const INSTALL = ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund'];
/** Names the lock file that node_modules was installed from. */
const STAMP = join('node_modules', '.bss-installed');

/**
 * Makes node_modules match package-lock.json; does nothing when it does already. Throws SetupError when it cannot.
 * @param {string} root the folder with package.json
 * @param {(line: string) => void} announce
 */
export async function installDependencies(root, announce) {
  // An installed package has its dependencies already, and no lock file.
  const lockFile = await readFile(join(root, 'package-lock.json')).catch(() => undefined);
  if (lockFile === undefined) return;
  const wanted = createHash('sha256').update(lockFile).update(`${process.platform}-${process.arch}`).digest('hex');
  if ((await stampOf(root)) === wanted) return;
  const release = await lockPath(join(root, '.bss', 'install.lock'));
  try {
    if ((await stampOf(root)) === wanted) return;
    const startedAtMs = performance.now();
    announce('Installing dependencies ...');
    const { exitCode, output } = await runCaptured('npm', INSTALL, { cwd: root });
    if (exitCode !== 0 || !existsSync(join(root, 'node_modules'))) {
      const remedy = `Check that npm reaches its registry, then start again; to see more, run: npm ${INSTALL.join(' ')}`;
      throw new SetupError(`npm could not install the dependencies:\n${lastLines(output)}`, remedy);
    }
    await writeFile(join(root, STAMP), wanted);
    announce(`Installing dependencies: done in ${((performance.now() - startedAtMs) / 1000).toFixed(1)} s`);
  } finally {
    await release();
  }
}

/** @param {string} root */
async function stampOf(root) {
  return readFile(join(root, STAMP), 'utf8').catch(() => undefined);
}
