import { dirname, isAbsolute, join } from 'node:path';

import { AppError, isAppError } from '../../core/errors.ts';
import type { Announce } from './cached.ts';
import { debianPackages } from './debian-packages.ts';
import { tryCommand } from './run-command.ts';
import { writeTrustStore } from './trust-store.ts';

/** How to run Maven: the command and what it needs in its environment. */
export interface Maven {
  readonly command: string;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * A Maven that runs on the given Java: the one on the PATH, else one of Debian, unpacked into the cache.
 * @param workFolder where a file may be put that must live as long as Maven runs
 * @throws SETUP_FAILED when there is none and none can be had.
 */
export async function findMaven(java: string, workFolder: string, announce?: Announce): Promise<Maven> {
  const environment = await javaEnvironment(java, workFolder);
  if (await runs('mvn', environment)) return { command: 'mvn', environment };
  const debian = await debianPackages(['maven'], announce);
  const command = join(debian ?? '', 'usr', 'share', 'maven', 'bin', 'mvn');
  if (debian !== undefined && (await runs(command, environment))) return { command, environment };
  throw new AppError('SETUP_FAILED', 'there is no Maven to download Kafka with', {
    subject: 'mvn',
    hint: 'Install Maven, on Debian: apt-get install maven; on macOS: brew install maven.',
  });
}

/** A Java that is not the machine's own has to be pointed out, and told whom to trust. */
async function javaEnvironment(java: string, workFolder: string): Promise<Record<string, string>> {
  if (!isAbsolute(java)) return {};
  const trustStorePath = join(workFolder, 'trust.jks');
  await writeTrustStore(trustStorePath);
  return {
    JAVA_HOME: dirname(dirname(java)),
    MAVEN_OPTS: `-Djavax.net.ssl.trustStore=${trustStorePath} -Djavax.net.ssl.trustStoreType=JKS`,
  };
}

async function runs(command: string, environment: Readonly<Record<string, string>>): Promise<boolean> {
  try {
    return (await tryCommand(command, ['--version'], { environment, timeoutMs: 60_000 })).exitCode === 0;
  } catch (error) {
    if (isAppError(error)) return false;
    throw error;
  }
}
