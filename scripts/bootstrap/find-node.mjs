import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { cachedFolder, SetupError } from '../../src/demo/services/cached-folder.mjs';
import { lastLines, runCaptured } from './run-captured.mjs';

/** The first version that runs our TypeScript as it is, without a warning. */
const NODE_MIN = [24, 12];
const NODE_PACKAGE_VERSION = '24.21.0';
const PLATFORMS = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64'];
const REMEDY = `Install Node ${NODE_MIN.join('.')} or later and start again.`;

/**
 * The path of a Node that is new enough: the one that runs this, else one that npm downloads into the cache.
 * Throws SetupError when that cannot be had.
 * @param {(line: string) => void} announce
 */
export async function findNode(announce) {
  if (isNewEnough(process.versions.node)) return process.execPath;
  const platform = `${process.platform}-${process.arch}`;
  if (!PLATFORMS.includes(platform)) {
    throw new SetupError(`Node ${process.versions.node} is too old, and npm has no newer one for ${platform}`, REMEDY);
  }
  const packageName = `node-${platform}`;
  const folder = await cachedFolder(
    {
      name: 'node',
      version: NODE_PACKAGE_VERSION,
      announcement: `Downloading Node ${NODE_PACKAGE_VERSION} (45 MB)`,
      build: (target) => download(packageName, target),
    },
    announce,
  );
  return nodePath(folder, packageName);
}

/** @param {string} version */
function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [majorMin = 0, minorMin = 0] = NODE_MIN;
  return major > majorMin || (major === majorMin && minor >= minorMin);
}

/**
 * @param {string} packageName
 * @param {string} folder
 */
async function download(packageName, folder) {
  await writeFile(join(folder, 'package.json'), '{"private":true}\n');
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', `${packageName}@${NODE_PACKAGE_VERSION}`];
  const { exitCode, output } = await runCaptured('npm', args, { cwd: folder });
  if (exitCode !== 0) {
    const remedy = `Check that npm reaches its registry, or: ${REMEDY}`;
    throw new SetupError(`npm could not download Node ${NODE_PACKAGE_VERSION}:\n${lastLines(output)}`, remedy);
  }
  const check = await runCaptured(nodePath(folder, packageName), ['--version']);
  if (check.exitCode !== 0) {
    throw new SetupError(
      `the Node that npm downloaded does not run on this machine:\n${lastLines(check.output)}`,
      REMEDY,
    );
  }
}

/**
 * @param {string} folder
 * @param {string} packageName
 */
function nodePath(folder, packageName) {
  return join(folder, 'node_modules', packageName, 'bin', 'node');
}
