import { AppError, isAppError } from '../../core/errors.ts';
import type { Announce } from './cached.ts';
import { tryCommand } from './run-command.ts';

/** How to run Maven: the command, its first arguments and what it needs in its environment. */
export interface Maven {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * The machine's Maven.
 * @throws SETUP_FAILED when there is none.
 */
export async function findMaven(_java: string, _announce?: Announce): Promise<Maven> {
  try {
    const { exitCode } = await tryCommand('mvn', ['--version'], { timeoutMs: 60_000 });
    if (exitCode === 0) return { command: 'mvn', args: [], environment: {} };
  } catch (error) {
    if (!isAppError(error)) throw error;
  }
  throw new AppError('SETUP_FAILED', 'there is no Maven to download it with', {
    subject: 'mvn',
    hint: 'Install Maven, on Debian: apt-get install maven',
  });
}
