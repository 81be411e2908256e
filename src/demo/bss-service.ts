import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { stringify } from 'yaml';
import { ALL_TABLES } from '../core/config/service-shapes.ts';
import { AppError } from '../core/errors.ts';
import { optionVariables } from '../core/config/variables.ts';
import { startService, type ServiceProcess } from './services/service-process.ts';

const MAIN = fileURLToPath(new URL('../cli/main.ts', import.meta.url));
const START_TIMEOUT_MS = 30_000;
const LOG_LINES_SHOWN = 12;
/** The variables of whoever runs this, which may well mean his production, set nothing here. */
const WITHOUT_SETTINGS = Object.fromEntries(
  ['BSS_CONFIG', ...optionVariables(ALL_TABLES)].map((name) => [name, undefined]),
);

/** A Storer or a Reloader to start as a process of its own. */
export interface BssServiceOptions {
  readonly command: 'storer' | 'reloader';
  /** What `bss.yaml` is to hold, by section. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Gets `<command>.yaml` and `<command>.log`. */
  readonly folder: string;
  /** Asked again and again until it says true; absent: not waited for. */
  readonly isReady?: () => Promise<boolean>;
}

/** The process, and where its configuration and its log (JSON lines) are. */
export interface BssService extends ServiceProcess {
  readonly configPath: string;
  readonly logPath: string;
  /** @throws SETUP_FAILED with the end of its log when it has ended. */
  readonly expectRunning: () => void;
}

/**
 * Starts `bss storer` or `bss reloader` as a user would, with a configuration file, which alone says what it does.
 * @throws SETUP_FAILED with the end of its log when it does not come up.
 */
export async function startBss(options: BssServiceOptions): Promise<BssService> {
  const { command, config, folder, isReady } = options;
  const configPath = join(folder, `${command}.yaml`);
  const logPath = join(folder, `${command}.log`);
  await writeFile(configPath, stringify(config));
  await writeFile(logPath, '');
  const service = await startService({
    name: `bss ${command}`,
    command: process.execPath,
    args: [MAIN, command, '--config', configPath],
    cwd: folder,
    environment: WITHOUT_SETTINGS,
    logPath,
    temporaryFolder: undefined,
    isReady: isReady ?? (() => Promise.resolve(true)),
    startTimeoutMs: START_TIMEOUT_MS,
  });
  const expectRunning = (): void => {
    if (service.isRunning()) return;
    const last = readFileSync(logPath, 'utf8').trimEnd().split('\n').slice(-LOG_LINES_SHOWN).join('\n');
    throw new AppError('SETUP_FAILED', `bss ${command} has ended; its log ends with:\n${last}`, {
      subject: `bss ${command}`,
    });
  };
  return { ...service, configPath, logPath, expectRunning };
}

/** True when the service says that it can work. */
export async function answersReady(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/-/health/ready`)).ok;
  } catch {
    return false;
  }
}
