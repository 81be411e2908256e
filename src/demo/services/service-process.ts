import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Socket } from 'node:net';

import { assert } from '../../core/assert.ts';
import { AppError } from '../../core/errors.ts';
import { childEnvironment } from './host-environment.ts';
import { endOf } from './run-command.ts';
import { until } from './until.ts';

/**
 * Runs the service (`exec`, so that it keeps the shell's pid) beside a watchdog that reads our end of a pipe. When this
 * process ends, however it ends, the pipe closes; the watchdog then kills the service and removes its folder. So
 * neither Ctrl-C nor `kill -9` leaves a broker or its data behind, and nobody has to handle signals. A line on the pipe
 * sends the watchdog home: the service was stopped in order.
 */
const WATCHED = `
folder=$1; shift
( trap '' HUP INT TERM
  read -r released <&3 && exit
  kill -KILL $$
  if [ -n "$folder" ]; then
    rm -rf -- "$folder" || { sleep 1; rm -rf -- "$folder"; }
  fi
  kill -KILL 0
) >/dev/null 2>&1 &
exec "$@" 3<&-
`;

/** What to start, and how to tell that it is ready. */
export interface ServiceOptions {
  /** For messages: `Kafka`. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Standard output and error are appended here. */
  readonly logPath: string;
  /** Removed when this process ends without having stopped the service. */
  readonly temporaryFolder: string | undefined;
  /** Asked again and again until it says true. */
  readonly isReady: () => Promise<boolean>;
  readonly startTimeoutMs: number;
}

/** A child process that serves until it is stopped, and never outlives this process. It does not keep Node alive. */
export interface ServiceProcess {
  readonly pid: number;
  readonly isRunning: () => boolean;
  readonly signal: (name: NodeJS.Signals) => void;
  /** Ends it: SIGTERM, and SIGKILL when it has not ended after `graceMs`; 0 is SIGKILL at once. */
  readonly stop: (graceMs: number) => Promise<void>;
}

/**
 * Starts a service and waits until it is ready.
 * @throws SETUP_FAILED with the last lines of the log when it ends, or is not ready in time.
 */
export async function startService(options: ServiceOptions): Promise<ServiceProcess> {
  const { child, lifeline } = launch(options);
  await Promise.race([once(child, 'spawn'), once(child, 'error').then(([cause]) => Promise.reject(cause))]);
  const { pid } = child;
  assert(pid !== undefined, 'a spawned process has a pid');
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null;
  const stop = async (graceMs: number): Promise<void> => {
    if (isRunning()) {
      child.ref();
      const exited = once(child, 'exit');
      if (graceMs > 0) {
        const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
        child.kill('SIGTERM');
        await exited;
        clearTimeout(timer);
      } else {
        child.kill('SIGKILL');
        await exited;
      }
    }
    lifeline.end('released\n');
  };
  try {
    await until(async () => !isRunning() || (await options.isReady()), {
      deadlineMs: options.startTimeoutMs,
      what: `${options.name} to be ready`,
    });
    if (!isRunning()) {
      throw new AppError('SETUP_FAILED', `${options.name} ended with ${child.signalCode ?? `code ${child.exitCode}`}`);
    }
  } catch (cause) {
    await stop(0);
    const log = await readFile(options.logPath, 'utf8').catch(() => '');
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('SETUP_FAILED', `${options.name} did not start: ${reason}; its log ends with:\n${endOf(log)}`, {
      subject: options.name,
      hint: 'Look for a port in use, too little memory or a full disk, then start again.',
      cause,
    });
  }
  return { pid, isRunning, stop, signal: (name) => void child.kill(name) };
}

function launch(options: ServiceOptions): { readonly child: ChildProcess; readonly lifeline: Socket } {
  const log = openSync(options.logPath, 'a');
  try {
    const child = spawn(
      '/bin/sh',
      ['-c', WATCHED, options.name, options.temporaryFolder ?? '', options.command, ...options.args],
      {
        cwd: options.cwd,
        env: childEnvironment(options.environment ?? {}),
        // The fourth is the watchdog's pipe. (Standard input would not do: Node closes it when the service ends.)
        stdio: ['ignore', log, log, 'pipe'],
        // A process group of its own: Ctrl-C in the terminal reaches us, not the service, which others may still need.
        detached: true,
      },
    );
    const lifeline = child.stdio[3];
    assert(lifeline instanceof Socket, 'a pipe of a child process is a socket');
    // The watchdog may have gone already, with the service that it killed.
    lifeline.on('error', () => undefined);
    lifeline.unref();
    child.unref();
    return { child, lifeline };
  } finally {
    closeSync(log);
  }
}
