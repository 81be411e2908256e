import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { ALL_TABLES } from '../../../core/config/service-shapes.ts';
import { optionVariables } from '../../../core/config/variables.ts';
import { AppError } from '../../../core/errors.ts';
import type { Clock } from '../../../core/runtime/clock.ts';
import { configFingerprint } from '../config-fingerprint.ts';
import type { RenderedFile, Runtime, RuntimeRun, ServiceConfig, ServiceName, ServiceState } from '../runtime.ts';
import { servicePort, type ServicePorts, withHttp } from '../service-port.ts';
import { writeRendered } from '../written-files.ts';
import { askSupervisor, controlSocketPath } from './control-socket.ts';
import type { Supervised } from './supervisor.ts';

const MAIN = fileURLToPath(new URL('../../../cli/main.ts', import.meta.url));
const SUPERVISE = fileURLToPath(new URL('supervise.ts', import.meta.url));
const START_TIMEOUT_MS = 30_000;
/** A drain may take 30 seconds, and an orphan's as long again. */
const STOP_TIMEOUT_MS = 90_000;
const POLL_MS = 50;
const READY_TIMEOUT_MS = 2000;
/** A service that ended so often in a row does not come up by itself. */
const FAILURES_MAX = 3;
const LOG_LINES_SHOWN = 8;

/** What a local runtime needs. */
export interface LocalRuntimeOptions {
  /** For configurations, logs and sockets; made when it is missing, for its owner alone. */
  readonly folder: string;
  readonly ports?: ServicePorts | undefined;
  /** The environment that services inherit, without what would set options of theirs. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Services end when that process does. */
  readonly ownerPid?: number | undefined;
}

/** Runs services as processes of this machine, each under a supervisor that outlives this process. */
export class LocalRuntime implements Runtime {
  readonly kind = 'local';
  readonly subject: string;
  readonly #options: LocalRuntimeOptions;

  constructor(options: LocalRuntimeOptions) {
    this.#options = options;
    this.subject = `processes of this machine, in ${options.folder}`;
  }

  render(service: ServiceName, config: ServiceConfig): readonly RenderedFile[] {
    return [{ path: `${service}.yaml`, text: stringify(this.#resolved(service, config)), secret: true }];
  }

  async probe(): Promise<readonly string[]> {
    const { folder } = this.#options;
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const probe = join(folder, `.probe-${process.pid}`);
      await writeFile(probe, '');
      await rm(probe);
    } catch (cause) {
      throw new AppError('DEPLOY_RUNTIME_UNAVAILABLE', `cannot write to the folder ${folder}`, {
        subject: folder,
        hint: 'Name a folder that this user may write to as `runtime.folder`.',
        cause,
      });
    }
    return [`${folder} can be written to; services run with Node ${process.version}`];
  }

  async start(service: ServiceName, config: ServiceConfig, run: RuntimeRun): Promise<void> {
    const fingerprint = configFingerprint(this.#resolved(service, config));
    const running = await this.#ask(service);
    if (running?.fingerprint === fingerprint) return;
    if (running !== undefined) await this.stop(service, run);
    const { folder, ports } = this.#options;
    await writeRendered(folder, this.render(service, config));
    this.#spawn(service, fingerprint);
    run.say(
      `Started bss ${service} on port ${servicePort(service, config, ports)}; its log: ${this.#path(service, 'log')}`,
    );
    await this.#until(
      async () => (await this.#ask(service))?.fingerprint === fingerprint,
      { service, timeoutMs: START_TIMEOUT_MS, what: 'its supervisor does not answer' },
      run.signal,
    );
  }

  async stop(service: ServiceName, run: RuntimeRun): Promise<void> {
    const socketPath = controlSocketPath(this.#options.folder, service);
    await this.#until(
      async () => (await askSupervisor(socketPath, { method: 'POST', path: '/stop' })) === undefined,
      { service, timeoutMs: STOP_TIMEOUT_MS, what: 'it does not stop' },
      run.signal,
    );
  }

  async state(service: ServiceName): Promise<ServiceState> {
    const supervisor = await this.#ask(service);
    if (supervisor === undefined) return { state: 'absent', detail: `no supervisor of ${service} runs` };
    const { fingerprint, failures, lastExit, servicePid } = supervisor;
    if (failures > 0 && (servicePid === undefined || failures >= FAILURES_MAX)) {
      const detail = `ended ${failures} times, last with ${lastExit ?? 'nothing'}; its log ends with:\n${await this.#logEnd(service)}`;
      return { state: failures >= FAILURES_MAX ? 'failed' : 'starting', fingerprint, detail };
    }
    // Without it, whoever answers on the port is somebody else.
    if (servicePid === undefined) return { state: 'starting', fingerprint, detail: 'it is not started yet' };
    const answer = await this.#readiness(service);
    return { state: answer.ready ? 'ready' : 'starting', fingerprint, detail: answer.detail };
  }

  async remove(run: RuntimeRun): Promise<void> {
    for (const service of ['storer', 'reloader'] as const) {
      await this.stop(service, run);
      for (const kind of ['yaml', 'log', 'log.1', 'pid', 'supervisor.log'] as const) {
        await rm(this.#path(service, kind), { force: true });
      }
      for (const name of await readdir(this.#options.folder).catch(() => [])) {
        if (name.startsWith(`${service}.lock.`)) await rm(join(this.#options.folder, name), { force: true });
      }
    }
  }

  #resolved(service: ServiceName, config: ServiceConfig): ServiceConfig {
    return withHttp(config, { host: '127.0.0.1', port: servicePort(service, config, this.#options.ports) });
  }

  #spawn(service: ServiceName, fingerprint: string): void {
    const { folder, environment, ownerPid } = this.#options;
    const supervised: Omit<Supervised, 'environment'> = {
      command: process.execPath,
      args: [MAIN, service, '--config', this.#path(service, 'yaml')],
      cwd: folder,
      logPath: this.#path(service, 'log'),
      pidPath: this.#path(service, 'pid'),
      socketPath: controlSocketPath(folder, service),
      fingerprint,
      ...(ownerPid !== undefined && { ownerPid }),
    };
    const settings = new Set(['BSS_CONFIG', ...optionVariables(ALL_TABLES)]);
    const inherited = Object.entries(environment).filter(([name]) => !settings.has(name));
    const log = openSync(this.#path(service, 'supervisor.log'), 'a', 0o600);
    try {
      spawn(process.execPath, [SUPERVISE, JSON.stringify(supervised)], {
        cwd: folder,
        env: Object.fromEntries(inherited),
        stdio: ['ignore', log, log],
        detached: true,
      }).unref();
    } finally {
      closeSync(log);
    }
  }

  #ask(service: ServiceName): ReturnType<typeof askSupervisor> {
    return askSupervisor(controlSocketPath(this.#options.folder, service), { method: 'GET', path: '/state' });
  }

  async #readiness(service: ServiceName): Promise<{ readonly ready: boolean; readonly detail: string }> {
    const text = await readFile(this.#path(service, 'yaml'), 'utf8').catch(() => '{}');
    // Written by `start`.
    const port = servicePort(service, parse(text) as ServiceConfig, this.#options.ports);
    try {
      const signal = AbortSignal.timeout(READY_TIMEOUT_MS);
      const answer = await fetch(`http://127.0.0.1:${port}/-/health/ready`, { signal });
      return { ready: answer.ok, detail: (await answer.text()).slice(0, 1000) };
    } catch {
      return {
        ready: false,
        detail: `nothing answers on port ${port} yet; its log ends with:\n${await this.#logEnd(service)}`,
      };
    }
  }

  async #logEnd(service: ServiceName): Promise<string> {
    const log = await readFile(this.#path(service, 'log'), 'utf8').catch(() => '');
    return log.trimEnd().split('\n').slice(-LOG_LINES_SHOWN).join('\n');
  }

  #path(service: ServiceName, kind: 'yaml' | 'log' | 'log.1' | 'pid' | 'supervisor.log'): string {
    return join(this.#options.folder, `${service}.${kind}`);
  }

  async #until(
    holds: () => Promise<boolean>,
    what: { readonly service: ServiceName; readonly timeoutMs: number; readonly what: string },
    signal: AbortSignal,
  ): Promise<void> {
    const { clock } = this.#options;
    const deadlineMs = clock.monotonicMs() + what.timeoutMs;
    while (!(await holds())) {
      if (clock.monotonicMs() > deadlineMs) {
        const log = await readFile(this.#path(what.service, 'supervisor.log'), 'utf8').catch(() => '');
        throw new AppError('DEPLOY_RUNTIME_FAILED', `bss ${what.service}: ${what.what}\n${log.slice(-2000)}`, {
          subject: what.service,
          hint: `Look at ${this.#path(what.service, 'log')}.`,
        });
      }
      await clock.sleep(POLL_MS, signal);
    }
  }
}
