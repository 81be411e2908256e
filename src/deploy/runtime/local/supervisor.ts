import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { basename, dirname } from 'node:path';
import { isAppError } from '../../../core/errors.ts';
import { backoffDelayMs } from '../../../core/runtime/backoff.ts';
import type { Clock } from '../../../core/runtime/clock.ts';
import { takeLock } from '../../journal/journal-lock.ts';
import { askSupervisor, type SupervisorState } from './control-socket.ts';
import { processArguments } from './process-arguments.ts';

const RESTART = { initialMs: 500, delayMaxMs: 30_000, attemptsMax: 1 };
/** A service that was up for so long has not failed again, but anew. */
const SETTLED_MS = 60_000;
const LOG_BYTES_MAX = 64 * 1024 * 1024;
const WATCH_MS = 1000;
const ORPHAN_TIMEOUT_MS = 40_000;
/** Between taking the lock and answering is a moment. */
const LOCK_TIMEOUT_MS = 20_000;
const LOCK_POLL_MS = 20;

/** What is supervised. */
export interface Supervised {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly logPath: string;
  /** Holds the service's process id, so that one whose supervisor was killed is found. */
  readonly pidPath: string;
  readonly socketPath: string;
  readonly fingerprint: string;
  /** Everything ends when that process does; for tests and demonstrations. */
  readonly ownerPid?: number | undefined;
}

/**
 * Keeps one service running: starts it again whenever it ends by itself, later each time, until it is told to stop. One
 * supervisor for each socket: a second one sees the first and ends.
 */
export class Supervisor {
  readonly #supervised: Supervised;
  readonly #clock: Clock;
  readonly #stopping = new AbortController();
  #child: ChildProcess | undefined;
  #failures = 0;
  #lastExit: string | undefined;

  constructor(supervised: Supervised, clock: Clock) {
    this.#supervised = supervised;
    this.#clock = clock;
  }

  /** Resolves when the service was stopped, or somebody else supervises it. */
  async run(): Promise<void> {
    const lock = await this.#lock();
    if (lock === undefined) return;
    const { socketPath, pidPath } = this.#supervised;
    let server: Server | undefined;
    try {
      server = await this.#listen();
      await this.#endOrphan();
      const watching = this.#watch(await inodeOf(socketPath));
      await this.#keepRunning();
      await watching;
      await rm(pidPath, { force: true });
    } finally {
      // In this order: when nobody answers any more, another may be started, and the folder removed.
      try {
        await lock[Symbol.asyncDispose]();
      } finally {
        server?.close();
        server?.closeAllConnections();
      }
    }
  }

  /** Ends the service in good order, however often it is called: a second signal would cut the service's drain short. */
  stop(): void {
    this.#stopping.abort();
    if (this.#child?.killed === false) this.#child.kill('SIGTERM');
  }

  get #state(): SupervisorState {
    return {
      supervisorPid: process.pid,
      servicePid: this.#child?.pid,
      fingerprint: this.#supervised.fingerprint,
      failures: this.#failures,
      lastExit: this.#lastExit,
    };
  }

  /**
   * What makes us the only one; undefined when another supervisor answers. One that is about to listen is waited for. The
   * socket alone would not do: two that find one that was left behind may both replace it, and whoever closes his removes
   * the other's.
   */
  async #lock(): Promise<AsyncDisposable | undefined> {
    const { socketPath, pidPath } = this.#supervised;
    for (const deadlineMs = this.#clock.monotonicMs() + LOCK_TIMEOUT_MS; ;) {
      try {
        return await takeLock(dirname(pidPath), basename(pidPath, '.pid'));
      } catch (error) {
        if (!isAppError(error, 'DEPLOY_JOURNAL_LOCKED') || this.#clock.monotonicMs() > deadlineMs) throw error;
      }
      if ((await askSupervisor(socketPath, { method: 'GET', path: '/state' })) !== undefined) return undefined;
      await this.#clock.sleep(LOCK_POLL_MS);
    }
  }

  /** Under the lock: who answers is about to end, and a socket where nobody does was left behind by one that was killed. */
  async #listen(): Promise<Server> {
    const { socketPath } = this.#supervised;
    while ((await askSupervisor(socketPath, { method: 'GET', path: '/state' })) !== undefined)
      await this.#clock.sleep(LOCK_POLL_MS);
    await rm(socketPath, { force: true });
    const server = createServer((request, response) => {
      if (request.method === 'POST' && request.url === '/stop') this.stop();
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(this.#state));
    });
    server.listen({ path: socketPath });
    await once(server, 'listening');
    return server;
  }

  async #keepRunning(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const startedMs = this.#clock.monotonicMs();
      this.#lastExit = await this.#runOnce();
      if (signal.aborted) return;
      const wasUp = this.#clock.monotonicMs() - startedMs >= SETTLED_MS;
      this.#failures = wasUp ? 1 : this.#failures + 1;
      const pauseMs = backoffDelayMs(RESTART, this.#failures, Math.random);
      await this.#clock.sleep(pauseMs, signal).catch(() => undefined);
    }
  }

  /** How it ended. */
  async #runOnce(): Promise<string> {
    const { command, args, cwd, environment, logPath, pidPath } = this.#supervised;
    await turnLog(logPath);
    const log = openSync(logPath, 'a', 0o600);
    try {
      const child = spawn(command, args, { cwd, env: environment, stdio: ['ignore', log, log] });
      this.#child = child;
      const ended = Promise.race([
        once(child, 'exit').then(([code, killedBy]) =>
          code === null ? String(killedBy) : `exit code ${String(code)}`,
        ),
        once(child, 'error').then(([error]) => String(error)),
      ]);
      if (child.pid !== undefined) await writeFile(pidPath, `${child.pid}\n`);
      if (this.#stopping.signal.aborted) this.stop();
      return await ended;
    } finally {
      this.#child = undefined;
      closeSync(log);
    }
  }

  /** A service whose supervisor was killed goes on without one: two of them must not run. */
  async #endOrphan(): Promise<void> {
    const { pidPath, args } = this.#supervised;
    const pid = Number((await readFile(pidPath, 'utf8').catch(() => '')).trim());
    const isOurs = async (): Promise<boolean> => (await processArguments(pid))?.includes(args.join(' ')) === true;
    if (pid <= 0 || !(await isOurs())) return;
    const deadlineMs = this.#clock.monotonicMs() + ORPHAN_TIMEOUT_MS;
    process.kill(pid, 'SIGTERM');
    while (await isOurs()) {
      if (this.#clock.monotonicMs() > deadlineMs) process.kill(pid, 'SIGKILL');
      await this.#clock.sleep(50);
    }
  }

  /** Ends when the socket is no longer ours (somebody removed it, or the folder) or the owner is gone. */
  async #watch(inode: number | undefined): Promise<void> {
    const { socketPath, ownerPid } = this.#supervised;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const isAlone = (await inodeOf(socketPath)) === inode;
      if (!isAlone || (ownerPid !== undefined && !isAlive(ownerPid))) this.stop();
      await this.#clock.sleep(WATCH_MS, signal).catch(() => undefined);
    }
  }
}

async function inodeOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.ino;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Keeps the log, and the one before it, within a bound at each start. */
async function turnLog(path: string): Promise<void> {
  const size = (await stat(path).catch(() => undefined))?.size ?? 0;
  if (size > LOG_BYTES_MAX) await rename(path, `${path}.1`);
}
