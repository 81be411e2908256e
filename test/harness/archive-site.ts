import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { type BssService, startBss } from '../../src/demo/bss-service.ts';
import { freePorts } from '../../src/demo/services/free-ports.ts';
import { type CommandResult, tryCommand } from '../../src/demo/services/run-command.ts';
import { until } from '../../src/demo/services/until.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

const LOG_LINES_SHOWN = 40;

type Config = Readonly<Record<string, unknown>>;

/**
 * Where a test runs `bss` as its users do: processes with a configuration file each, and commands. Everything is
 * stopped and removed by `close`.
 */
export class ArchiveSite {
  readonly #folder: string;
  /** Sections of bss.yaml that all share: kafka, bucket. */
  readonly #shared: Config;
  readonly #processes: BssService[] = [];

  constructor(folder: string, shared: Config) {
    this.#folder = folder;
    this.#shared = shared;
  }

  static async open(shared: Config): Promise<ArchiveSite> {
    return new ArchiveSite(await mkdtemp(join(tmpdir(), 'bss-site-')), shared);
  }

  /** A replica that can be killed and started again under its name. Its HTTP port stays the same. */
  async replica(command: 'storer' | 'reloader', name: string, section: Config): Promise<Replica> {
    const [port = 0] = await freePorts(1);
    const folder = await mkdtemp(join(this.#folder, `${name}-`));
    const config = { ...this.#shared, http: { host: '127.0.0.1', port }, log: { level: 'info' }, [command]: section };
    const start = async (): Promise<BssService> => {
      const service = await startBss({ command, config, folder });
      this.#processes.push(service);
      return service;
    };
    return new Replica(port, start);
  }

  /** Runs one command to its end: `site.run(['archive', 'ls'])`, with the shared configuration. */
  async run(args: readonly string[]): Promise<CommandResult> {
    const path = join(this.#folder, 'shared.yaml');
    await writeFile(path, stringify(this.#shared));
    return await tryCommand(process.execPath, [MAIN, ...args, '--config', path], { timeoutMs: 180_000 });
  }

  async close(): Promise<void> {
    await Promise.all(this.#processes.map((service) => service.stop(0)));
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** A process that tests kill. */
export class Replica {
  readonly port: number;
  readonly #start: () => Promise<BssService>;
  #service: BssService | undefined;

  constructor(port: number, start: () => Promise<BssService>) {
    this.port = port;
    this.#start = start;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The end of its log, for the message of a test that failed. */
  async lastLog(): Promise<string> {
    const log = this.#service === undefined ? '' : await readFile(this.#service.logPath, 'utf8');
    return log.split('\n').slice(-LOG_LINES_SHOWN).join('\n');
  }

  get isRunning(): boolean {
    return this.#service?.isRunning() ?? false;
  }

  async start(): Promise<void> {
    this.#service = await this.#start();
  }

  /** As a power cut would. */
  async kill(): Promise<void> {
    await this.#service?.stop(0);
  }

  /** SIGTERM, and time to drain. */
  async stop(): Promise<void> {
    await this.#service?.stop(60_000);
  }

  signal(name: NodeJS.Signals): void {
    this.#service?.signal(name);
  }

  async ready(): Promise<void> {
    await until(() => this.#answers('/-/health/ready'), { deadlineMs: 60_000, what: `${this.url} to be ready` });
  }

  async #answers(path: string): Promise<boolean> {
    return await fetch(`${this.url}${path}`).then(
      ({ ok }) => ok,
      () => false,
    );
  }
}
