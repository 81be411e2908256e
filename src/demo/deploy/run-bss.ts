import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { ALL_TABLES } from '../../core/config/service-shapes.ts';
import { optionVariables } from '../../core/config/variables.ts';
import { AppError } from '../../core/errors.ts';
import { childEnvironment } from '../services/host-environment.ts';

const MAIN = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
/** The variables of whoever runs this, which may well mean his production, set nothing here. */
const WITHOUT_SETTINGS = Object.fromEntries(
  ['BSS_CONFIG', ...optionVariables(ALL_TABLES)].map((name) => [name, undefined]),
);

/** Where a command is run, and who gets what it prints. */
export interface RunBssOptions {
  readonly cwd: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly onLine?: (line: string) => void;
  /** Exit codes that are as good as 0. */
  readonly alsoGood?: readonly number[];
}

/**
 * Runs `bss` with those arguments to its end, as its users do. Gives what it printed.
 * @throws SETUP_FAILED with what it says, unless it ends well
 */
export async function runBss(args: readonly string[], options: RunBssOptions): Promise<string> {
  const { cwd, environment = {}, onLine, alsoGood = [] } = options;
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd,
    env: childEnvironment({ ...WITHOUT_SETTINGS, ...environment }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close');
  const said = text(child.stderr);
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    onLine?.(line);
  }
  await closed;
  if (child.exitCode !== 0 && !alsoGood.includes(child.exitCode ?? -1)) {
    const command = `bss ${args.slice(0, 2).join(' ')}`;
    throw new AppError('SETUP_FAILED', `${command} ended with ${child.exitCode}:\n${await said}`, { subject: command });
  }
  return lines.join('\n');
}
