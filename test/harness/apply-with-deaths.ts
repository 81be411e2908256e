import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { must } from '../../src/core/assert.ts';
import type { DeploymentState } from '../../src/deploy/journal/deployment-state.ts';
import type { CommandSite } from './command-site.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const DYING = new URL('die-at-journal-line.ts', import.meta.url).href;
/** Processes that are loaded while another one works: as many as there are cores in CI. */
const READY_MAX = 2;

/** Where `bss deploy apply` or `bss deploy undo` is killed: at a line of its journal. */
export interface Death {
  readonly type: 'step-started' | 'step-applied' | 'note' | 'step-undone';
  readonly step: string;
  /** Of a note. */
  readonly key?: string;
  /** So long after the line was written; absent: when it is about to be written. */
  readonly afterMs?: number;
}

/** A death in a step that is known. */
export type StepDeath = Omit<Death, 'step'>;

/** Before a step: its preconditions hold, and nothing of it has begun. */
export const BEFORE: StepDeath = { type: 'step-started' };
/** Inside of a step: all of it is done, and nothing says so. */
export const BEFORE_APPLIED: StepDeath = { type: 'step-applied' };

/** How a deployment is to be killed. */
export interface DeathsOptions {
  /** By step, all in the order in which they come about. */
  readonly deaths: Readonly<Record<string, readonly StepDeath[]>>;
  /** Called after a death, while nothing runs but the services. */
  readonly onDeath?: (death: Death) => Promise<void>;
}

/**
 * Carries a deployment out by `bss deploy apply`, which is killed before its steps and inside of them, and started again as
 * often. The last run ends by itself; everything is done and checked then. Gives the number of deaths.
 */
export async function applyWithDeaths(site: CommandSite, options: DeathsOptions): Promise<number> {
  const deaths = Object.entries(options.deaths).flatMap(([step, ofStep]) => {
    return ofStep.map((death): Death => ({ ...death, step }));
  });
  await using ready = new ReadyProcesses(site, deaths.length + 1);
  let [kills, isExact] = [0, true];
  for (const death of deaths) {
    // One that came some time after a line may have come after this one's too.
    if (!isExact && isPast(death, await site.state())) continue;
    await ready.die(death);
    kills++;
    isExact = death.afterMs === undefined;
    await options.onDeath?.(death);
  }
  const last = await ready.run(null);
  assert.equal(last.exitCode, 0, last.stderr);
  assertAllDone(await site.state());
  return kills;
}

function isPast({ type, step, key }: Death, state: DeploymentState | undefined): boolean {
  const { status, notes } = must(state?.steps.get(step), `${step} is a step`);
  if (status === 'done') return true;
  if (type === 'note') return status === 'applied' || (key !== undefined && notes.has(key));
  return type === 'step-started' ? status !== 'pending' : status === 'applied';
}

function assertAllDone(state: DeploymentState | undefined): void {
  assert.equal(state?.phase, 'finished');
  const steps = [...state.steps.values()];
  assert.deepEqual([...new Set(steps.map(({ status }) => status))], ['done']);
  const failed = steps.flatMap(({ evidence }) => evidence).filter(({ outcome }) => outcome === 'failed');
  assert.deepEqual(failed, []);
}

interface EndedProcess {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stderr: string;
}

/** Processes of `bss deploy apply` (or `undo`) that wait for the word. */
export class ReadyProcesses implements AsyncDisposable {
  readonly #site: CommandSite;
  readonly #command: 'apply' | 'undo';
  readonly #waiting: ChildProcess[] = [];
  /** Runs to come. */
  #left: number;

  constructor(site: CommandSite, runs: number, command: 'apply' | 'undo' = 'apply') {
    this.#site = site;
    this.#command = command;
    this.#left = runs;
  }

  /** Lets one go, until it dies there or ends. */
  async run(death: Death | null): Promise<EndedProcess> {
    while (this.#waiting.length < Math.min(1 + READY_MAX, this.#left)) this.#waiting.push(this.#spawn());
    this.#left--;
    const child = must(this.#waiting.shift(), 'a process waits for each run');
    const { stdin, stderr } = child;
    assert.ok(stdin !== null && stderr !== null);
    stdin.end(`${JSON.stringify(death)}\n`);
    const [said] = await Promise.all([text(stderr), once(child, 'close')]);
    return { exitCode: child.exitCode, signal: child.signalCode, stderr: said };
  }

  /** As `run`, and it must die. */
  async die(death: Death): Promise<void> {
    const { signal, stderr } = await this.run(death);
    assert.equal(signal, 'SIGKILL', `it was to die at ${JSON.stringify(death)}: ${stderr}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      this.#waiting.map(async (child) => {
        child.stdin?.end();
        if (child.exitCode === null) await once(child, 'close');
      }),
    );
  }

  #spawn(): ChildProcess {
    const { cwd, environment } = this.#site;
    return spawn(process.execPath, ['--import', DYING, MAIN, 'deploy', this.#command, '--json'], {
      cwd,
      env: { ...process.env, ...environment },
      stdio: ['pipe', 'ignore', 'pipe'],
    });
  }
}
