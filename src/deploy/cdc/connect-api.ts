import { AppError } from '../../core/errors.ts';
import { type BackoffPolicy, retry } from '../../core/runtime/backoff.ts';
import { systemClock } from '../../core/runtime/clock.ts';
import type { TlsFacts } from '../facts/deployment.ts';
import type { JsonValue } from '../step/step.ts';
import { failureReason, openAddress, sendHttp, tlsHint, type HttpAnswer } from './send-http.ts';

/** A connector's configuration: names and values of its properties. */
export type ConnectorConfig = Readonly<Record<string, string>>;

/** What Kafka Connect says of a connector. A task that has failed leaves the connector's own state `RUNNING`. */
export interface ConnectorStatus {
  readonly state: string;
  /** Why the connector itself has failed. */
  readonly trace?: string | undefined;
  readonly tasks: readonly { readonly id: number; readonly state: string; readonly trace?: string | undefined }[];
}

/** What a connector has noted of where it is, as Kafka Connect keeps it. */
export type ConnectorOffsets = readonly { readonly partition: JsonValue; readonly offset: JsonValue }[];

/** Passing refusals: the workers are about to share out the connectors anew. */
const RETRIES: BackoffPolicy = { initialMs: 100, delayMaxMs: 2_000, attemptsMax: 12, totalMaxMs: 15_000 };
const REQUEST_TIMEOUT_MS = 20_000;

/**
 * The REST API of Kafka Connect 3.6 or later. Passing refusals are tried again for a bounded time.
 * @throws DEPLOY_CDC_UNREACHABLE when it does not answer, DEPLOY_CDC_REFUSED with what it answered.
 */
export class ConnectApi {
  /** Without user and password: for messages. */
  readonly url: string;
  readonly #base: string;
  readonly #tls: TlsFacts | undefined;
  readonly #authorization: Readonly<Record<string, string>>;

  /** @param url of a worker; a user and a password in it become basic authentication */
  constructor(url: string, tls?: TlsFacts) {
    this.#tls = tls;
    const opened = openAddress(url);
    this.#authorization = opened.authorization;
    this.url = opened.url;
    this.#base = `${this.url}/connectors`;
  }

  /** Undefined when there is no such connector, or none yet that a worker has taken. */
  async status(name: string): Promise<ConnectorStatus | undefined> {
    const answer = await this.#ask<{ connector: Omit<ConnectorStatus, 'tasks'>; tasks: ConnectorStatus['tasks'] }>(
      'GET',
      `${encodeURIComponent(name)}/status`,
    );
    return answer === undefined ? undefined : { ...answer.connector, tasks: answer.tasks };
  }

  /** Undefined when there is no such connector. */
  async config(name: string): Promise<ConnectorConfig | undefined> {
    return this.#ask<ConnectorConfig>('GET', `${encodeURIComponent(name)}/config`);
  }

  /** Creates a connector, or leaves it alone when there is one of that name. */
  async create(name: string, config: ConnectorConfig, initialState: 'RUNNING' | 'STOPPED'): Promise<void> {
    const body = { name, config: { ...config, name }, initial_state: initialState };
    // Looked for before every attempt: one whose answer did not reach us (or a process before us) may have created it, and
    // another attempt would be told that it exists, by the same 409 as when the workers are busy.
    const attempt = async (): Promise<void> => {
      const known = await this.#askOnce('GET', `${encodeURIComponent(name)}/config`, undefined);
      if (known === undefined) await this.#askOnce('POST', '', body);
    };
    await retry(attempt, RETRIES, { clock: systemClock });
  }

  /** Replaces the configuration; of a connector that is not stopped, its tasks start anew. */
  async configure(name: string, config: ConnectorConfig): Promise<void> {
    await this.#must(name, 'PUT', 'config', config);
  }

  /** Ends the tasks. Returns before they have ended. */
  async stop(name: string): Promise<void> {
    await this.#must(name, 'PUT', 'stop');
  }

  /** Of a paused or stopped connector. Returns before its tasks run. */
  async resume(name: string): Promise<void> {
    await this.#must(name, 'PUT', 'resume');
  }

  /** Starts what has failed anew. */
  async restartFailed(name: string): Promise<void> {
    await this.#must(name, 'POST', 'restart?includeTasks=true&onlyFailed=true');
  }

  /** In any state of the connector. */
  async offsets(name: string): Promise<ConnectorOffsets> {
    return (await this.#must<{ offsets: ConnectorOffsets }>(name, 'GET', 'offsets')).offsets;
  }

  /** Makes the connector go on from there, in each partition that is named. It must be stopped. */
  async alterOffsets(name: string, offsets: ConnectorOffsets): Promise<void> {
    await this.#must(name, 'PATCH', 'offsets', { offsets });
  }

  /** Makes the connector forget where it is. It must be stopped. */
  async forgetOffsets(name: string): Promise<void> {
    await this.#must(name, 'DELETE', 'offsets');
  }

  /** Absent ones are no error. Kafka Connect keeps the offsets, and the database the slot. */
  async remove(name: string): Promise<void> {
    await this.#ask('DELETE', encodeURIComponent(name));
  }

  async #must<T>(name: string, method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.#ask<T>(method, `${encodeURIComponent(name)}/${path}`, body);
    if (answer !== undefined) return answer;
    throw unknownConnector(name, this.url);
  }

  async #ask<T>(method: string, path: string, body?: unknown): Promise<T | undefined> {
    return retry(() => this.#askOnce<T>(method, path, body), RETRIES, { clock: systemClock });
  }

  /** Undefined for 404, null for an answer without a body. */
  async #askOnce<T>(method: string, path: string, body: unknown): Promise<T | undefined> {
    const url = path === '' ? this.#base : `${this.#base}/${path}`;
    const headers = this.#authorization;
    const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
    const answer = await sendHttp(url, { method, headers, body, tls: this.#tls, signal }).catch((cause: unknown) => {
      throw this.#failed(method, path, failureReason(cause), { cause, tls: tlsHint(cause) });
    });
    const { status, text } = answer;
    if (status === 404) return undefined;
    if (status >= 200 && status < 300) return parse(text, this.url) as T;
    throw this.#refused(method, path, answer);
  }

  /** It was not answered: for a while, unless it is TLS. */
  #failed(
    method: string,
    path: string,
    reason: string,
    { cause, tls }: { readonly cause?: unknown; readonly tls?: string | undefined } = {},
  ): AppError {
    const code = tls === undefined ? 'DEPLOY_CDC_UNREACHABLE' : 'DEPLOY_CDC_REFUSED';
    return new AppError(code, `${method} ${path} at ${this.url}: ${reason}`, { subject: this.url, hint: tls, cause });
  }

  #refused(method: string, path: string, { status, text, location }: HttpAnswer): AppError {
    const reason = location === undefined ? messageOf(text) : `moved to ${location}`;
    // 409: the workers are sharing out the connectors anew. 5xx: also when the leader does not answer in time.
    if (status === 409 || status >= 500) return this.#failed(method, path, `${status} ${reason}`);
    return new AppError('DEPLOY_CDC_REFUSED', `${method} ${path} at ${this.url}: ${status} ${reason}`, {
      subject: this.url,
      hint: location === undefined ? this.#hint(status) : 'Correct `cdc.connectUrl`.',
    });
  }

  #hint(status: number): string | undefined {
    if (status !== 401 && status !== 403) return undefined;
    if (Object.keys(this.#authorization).length === 0) {
      return 'Put user and password into `cdc.connectUrl`: http://user:password@host:8083.';
    }
    return status === 401
      ? 'Correct user and password in `cdc.connectUrl`; what is special in an address is written as %40 for "@".'
      : 'Give the user in `cdc.connectUrl` the right to do it.';
  }
}

/** There is no such connector. */
export function unknownConnector(name: string, url: string): AppError {
  return new AppError('DEPLOY_CDC_REFUSED', `there is no connector ${name} at ${url}`, {
    subject: name,
    hint: `Correct \`cdc.connector\`; ${url}/connectors lists those that there are.`,
  });
}

/** Null for no text. */
function parse(text: string, url: string): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = `what answers at ${url} is not Kafka Connect: ${text.slice(0, 100)}`;
    throw new AppError('DEPLOY_CDC_REFUSED', reason, { subject: url, hint: 'Correct `cdc.connectUrl`.', cause });
  }
}

function messageOf(text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    if (typeof message === 'string') return message;
  } catch {
    // Not JSON: a proxy's page, perhaps.
  }
  return text.slice(0, 300);
}
