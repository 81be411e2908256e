import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../../core/errors.ts';
import { configFingerprint } from '../config-fingerprint.ts';
import { mustRun, type Program, runProgram } from '../run-program.ts';
import type { RenderedFile, Runtime, RuntimeRun, ServiceConfig, ServiceName, ServiceState } from '../runtime.ts';
import type { ServicePorts } from '../service-port.ts';
import { writeRendered } from '../written-files.ts';
import { composeFiles, FINGERPRINT_LABEL } from './compose-files.ts';

const HINT = 'Install Docker with its Compose plugin, start its engine, and see that this user may use it.';
const COMMAND_TIMEOUT_MS = 10 * 60_000;
const LOG_LINES_SHOWN = '12';

/** What Compose is driven with. */
export interface ComposeRuntimeOptions {
  /** Name of the project. */
  readonly project: string;
  readonly folder: string;
  readonly image: string;
  readonly ports?: ServicePorts | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Runs services as containers of one Compose project, each with a file of its own. */
export class ComposeRuntime implements Runtime {
  readonly kind = 'compose';
  readonly subject: string;
  readonly #options: ComposeRuntimeOptions;
  readonly #docker: Program;

  constructor(options: ComposeRuntimeOptions) {
    this.#options = options;
    this.subject = `Docker Compose project ${options.project}, in ${options.folder}`;
    // One file for each service: the other service is no orphan.
    const environment = { ...options.environment, COMPOSE_IGNORE_ORPHANS: '1' };
    this.#docker = { command: 'docker', hint: HINT, environment, timeoutMs: COMMAND_TIMEOUT_MS };
  }

  render(service: ServiceName, config: ServiceConfig): readonly RenderedFile[] {
    return composeFiles(service, config, this.#options);
  }

  async probe(): Promise<readonly string[]> {
    const asked = [
      ['compose', 'version', '--short'],
      ['version', '--format', '{{.Server.Version}}'],
    ] as const;
    const [plugin, engine] = await Promise.all(asked.map((args) => runProgram(this.#docker, args)));
    for (const answer of [plugin, engine]) {
      if (answer?.exitCode === 0) continue;
      throw new AppError(
        'DEPLOY_RUNTIME_UNAVAILABLE',
        `Docker Compose cannot be used: ${answer?.stderr.trim() ?? ''}`,
        {
          subject: 'docker',
          hint: HINT,
        },
      );
    }
    return [`Docker ${engine?.stdout.trim()} with Compose ${plugin?.stdout.trim()}`];
  }

  async start(service: ServiceName, config: ServiceConfig, run: RuntimeRun): Promise<void> {
    const running = await this.state(service);
    const isAsWanted = running.fingerprint === configFingerprint(config) && running.state !== 'failed';
    if (isAsWanted) return;
    await writeRendered(this.#options.folder, this.render(service, config));
    await this.#compose(service, ['up', '--detach', '--force-recreate']);
    run.say(`Started container ${service} of project ${this.#options.project}`);
  }

  async stop(service: ServiceName): Promise<void> {
    if ((await this.#container(service)) === undefined) return;
    await this.#compose(service, ['down']);
  }

  async state(service: ServiceName): Promise<ServiceState> {
    const id = await this.#container(service);
    if (id === undefined) return { state: 'absent', detail: `no container ${service}` };
    const format = `{{.State.Status}} {{.RestartCount}} {{if .State.Health}}{{.State.Health.Status}}{{end}} {{index .Config.Labels "${FINGERPRINT_LABEL}"}}`;
    const answer = await mustRun(this.#docker, ['inspect', '--format', format, id]);
    const [status, restarts, health, fingerprint] = answer.trim().split(' ');
    if (status === 'running' && health === 'healthy') return { state: 'ready', fingerprint, detail: 'healthy' };
    const isFailed = status === 'exited' || status === 'dead' || Number(restarts) >= 3;
    const logs = await runProgram(this.#docker, ['logs', '--tail', LOG_LINES_SHOWN, id]);
    const detail = `${status}, ${health}, started again ${restarts} times; its log ends with:\n${logs.stdout}${logs.stderr}`;
    return { state: isFailed ? 'failed' : 'starting', fingerprint, detail };
  }

  async remove(): Promise<void> {
    for (const service of ['storer', 'reloader'] as const) {
      await this.stop(service);
      for (const { path } of this.render(service, {})) {
        await rm(join(this.#options.folder, path), { force: true });
      }
    }
  }

  async #container(service: ServiceName): Promise<string | undefined> {
    const { project } = this.#options;
    const filters = [`label=com.docker.compose.project=${project}`, `label=com.docker.compose.service=${service}`];
    const args = ['ps', '--all', '--quiet', ...filters.flatMap((filter) => ['--filter', filter])];
    return (await mustRun(this.#docker, args)).trim().split('\n')[0] || undefined;
  }

  async #compose(service: ServiceName, args: readonly string[]): Promise<void> {
    const { project, folder } = this.#options;
    const file = `compose.${service}.yaml`;
    await mustRun(this.#docker, ['compose', '--project-name', project, '--file', file, ...args], { cwd: folder });
  }
}
