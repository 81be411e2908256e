import { AppError } from '../../../core/errors.ts';
import type { Clock } from '../../../core/runtime/clock.ts';
import type { CdcState } from '../cdc-driver.ts';
import { type ConnectApi, type ConnectorStatus, unknownConnector } from '../connect-api.ts';

const POLL_MS = 200;
/** A task that cannot read from the database runs first and fails a moment later. */
const SETTLE_MS = 1_000;
/** For so long Kafka Connect may go on to show the failure of what is started anew. */
const STALE_MS = 5_000;

/** Stops and starts connectors, and waits until they have done it. */
export class ConnectorControl {
  readonly #api: ConnectApi;
  readonly #clock: Clock;
  readonly #timeoutMs: number;

  constructor(api: ConnectApi, clock: Clock, timeoutMs: number) {
    this.#api = api;
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  /** What Kafka Connect says, in our words. */
  async state(name: string): Promise<CdcState> {
    const status = await this.#api.status(name);
    if (status !== undefined) return { state: stateOf(status), detail: summary(status) };
    const exists = (await this.#api.config(name)) !== undefined;
    return { state: exists ? 'unknown' : 'absent', detail: null };
  }

  /** Resolves when the connector has no tasks any more. @throws DEPLOY_CDC_REFUSED when it is absent, or somebody removes it */
  async stop(name: string, signal: AbortSignal): Promise<void> {
    await this.#api.stop(name);
    await this.#until(name, 'to stop', signal, async (status) => {
      if (status !== undefined) return stateOf(status) === 'stopped';
      if ((await this.#api.config(name)) === undefined) throw unknownConnector(name, this.#api.url);
      return false;
    });
  }

  /**
   * Resolves when all tasks run. Tasks that had failed before are started anew.
   * @throws DEPLOY_CDC_FAILED when one fails (again)
   */
  async start(name: string, signal: AbortSignal): Promise<void> {
    let failedUntilMs = 0;
    if ((await this.state(name)).state === 'failed') {
      await this.#api.restartFailed(name);
      failedUntilMs = this.#clock.monotonicMs() + STALE_MS;
    }
    await this.#api.resume(name);
    const runs = (status: ConnectorStatus | undefined): boolean => {
      // Kafka Connect has none of a new connector for a moment.
      if (status === undefined) return false;
      if (this.#clock.monotonicMs() >= failedUntilMs) assertNotFailed(name, status);
      return stateOf(status) === 'running';
    };
    await this.#until(name, 'to run', signal, runs);
    await this.#clock.sleep(SETTLE_MS, signal);
    await this.#until(name, 'to go on running', signal, runs);
  }

  /** Resolves when Kafka Connect does not know the connector any more: it keeps the status for a moment. */
  async remove(name: string, signal: AbortSignal): Promise<void> {
    await this.#api.remove(name);
    await this.#until(name, 'to be gone', signal, (status) => status === undefined);
  }

  /** Why a task of the connector has failed; undefined when none has. @throws DEPLOY_CDC_REFUSED when it is absent */
  async failure(name: string): Promise<string | undefined> {
    const status = await this.#api.status(name);
    if (status !== undefined) return failureOf(status);
    // A worker that was started anew answers before it knows the status of any connector.
    if ((await this.#api.config(name)) === undefined) throw unknownConnector(name, this.#api.url);
    return undefined;
  }

  /** Waits until it has done something; false when it does not run, or no more. @throws DEPLOY_CDC_TIMEOUT */
  async whileRunning(
    name: string,
    what: string,
    signal: AbortSignal,
    isDone: () => Promise<boolean>,
  ): Promise<boolean> {
    let done = false;
    await this.#until(name, what, signal, async (status) => {
      done = await isDone();
      return done || status === undefined || stateOf(status) !== 'running';
    });
    return done;
  }

  async #until(
    name: string,
    what: string,
    signal: AbortSignal,
    accepts: (status: ConnectorStatus | undefined) => boolean | Promise<boolean>,
  ): Promise<void> {
    const startedMs = this.#clock.monotonicMs();
    for (;;) {
      const status = await this.#api.status(name);
      if (await accepts(status)) return;
      if (this.#clock.monotonicMs() - startedMs > this.#timeoutMs) {
        const found = status === undefined ? 'it has no status' : JSON.stringify(summary(status));
        const message = `connector ${name} was asked ${what} and did not within ${this.#timeoutMs} ms: ${found}`;
        throw new AppError('DEPLOY_CDC_TIMEOUT', message, { subject: name });
      }
      await this.#clock.sleep(POLL_MS, signal);
    }
  }
}

/** A failed task leaves the connector's own state RUNNING, and a connector that stops says STOPPED before its tasks have. */
function stateOf({ state, tasks }: ConnectorStatus): CdcState['state'] {
  if (state === 'FAILED' || tasks.some((task) => task.state === 'FAILED')) return 'failed';
  const all = (wanted: string): boolean => state === wanted && tasks.every((task) => task.state === wanted);
  if (state === 'STOPPED' && tasks.length === 0) return 'stopped';
  if (all('PAUSED')) return 'paused';
  return all('RUNNING') && tasks.length > 0 ? 'running' : 'unknown';
}

function summary({ state, tasks }: ConnectorStatus): { readonly state: string; readonly tasks: readonly string[] } {
  return { state, tasks: tasks.map((task) => task.state) };
}

function assertNotFailed(name: string, status: ConnectorStatus): void {
  const reason = failureOf(status);
  if (reason === undefined) return;
  throw new AppError('DEPLOY_CDC_FAILED', `connector ${name} has failed: ${reason}`, { subject: name });
}

function failureOf(status: ConnectorStatus): string | undefined {
  if (stateOf(status) !== 'failed') return undefined;
  const trace = status.tasks.find(({ state }) => state === 'FAILED')?.trace ?? status.trace ?? '';
  const lines = trace.split('\n').map((line) => line.trim());
  // The innermost cause says what is wrong; the first line is mostly about the task itself.
  return lines.filter((line) => line.startsWith('Caused by:')).at(-1) ?? lines[0] ?? '';
}
