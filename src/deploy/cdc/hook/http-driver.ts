import { AppError } from '../../../core/errors.ts';
import { systemClock } from '../../../core/runtime/clock.ts';
import type { CdcFacts } from '../../facts/deployment.ts';
import type { JsonValue } from '../../step/step.ts';
import type { CdcDriver, CdcState } from '../cdc-driver.ts';
import { failureReason, type HttpRequest, sendHttp, tlsHint, openAddress, type OpenAddress } from '../send-http.ts';
import { parseAnswer, readCdcState, readLoadState } from './hook-answers.ts';

const TIMEOUT_MS = 5 * 60_000;
const REQUEST_TIMEOUT_MS = 30_000;
const POLL_MS = 500;

/** The section `cdc` for an HTTP service. */
export type HttpFacts = Extract<CdcFacts, { readonly driver: 'http' }>;

/** A CDC that a service of the user's speaks to. docs/cdc.md has its routes. */
export function httpDriver(facts: HttpFacts): CdcDriver {
  const { url: base, authorization } = openAddress(facts.url);
  const timeoutMs = facts.timeoutMs ?? TIMEOUT_MS;
  const ask = (method: string, path: string, body?: JsonValue, signal?: AbortSignal): Promise<HookAnswer> =>
    askHook(`${base}${path}`, facts, { method, body, signal, authorization });

  const state = async (): Promise<CdcState> => readCdcState(`GET ${base}/state`, (await ask('GET', '/state')).body);

  /** 200: done. 202: begun, and to be waited for. */
  const change = async (path: string, wanted: CdcState['state'], signal: AbortSignal): Promise<void> => {
    const startedMs = systemClock.monotonicMs();
    if ((await ask('POST', path, {}, signal)).status !== 202) return;
    for (;;) {
      const { state: found } = await state();
      if (found === wanted) return;
      if (found === 'failed') throw failed('DEPLOY_CDC_FAILED', base, `has failed after POST ${path}`);
      if (systemClock.monotonicMs() - startedMs > timeoutMs) {
        throw failed('DEPLOY_CDC_TIMEOUT', base, `is ${found}, not ${wanted}, ${timeoutMs} ms after POST ${path}`);
      }
      await systemClock.sleep(POLL_MS, signal);
    }
  };

  return {
    kind: 'http',
    subject: `the CDC behind ${base}`,
    state,
    stop: ({ signal }) => change('/stop', 'stopped', signal),
    start: ({ signal }) => change('/start', 'running', signal),
    async describeLoad({ id, topics }) {
      const targets = topics.map(({ topic, target }) => (topic === target ? topic : `${topic} into ${target}`));
      return [`ask ${base}/load for load ${id}: ${targets.join(', ')}`, `ask ${base}/load/${id} until it has finished`];
    },
    async startLoad({ id, by, topics }, { signal }) {
      const body = { id, by, topics: topics.map(({ topic, target }) => ({ topic, target })) };
      return (await ask('POST', '/load', body, signal)).body;
    },
    async loadState({ id }) {
      const hook = `GET ${base}/load/${id}`;
      const { status, body } = await ask('GET', `/load/${id}`);
      if (status !== 404) return readLoadState(hook, body);
      return { state: 'failed', reason: 'the service knows of no such load', detail: null };
    },
    async endLoad({ id }, _handle, { signal }) {
      await ask('DELETE', `/load/${id}`, undefined, signal);
    },
  };
}

interface HookAnswer {
  readonly status: number;
  readonly body: JsonValue;
}

interface HookRequest extends Pick<HttpRequest, 'method'> {
  readonly body: JsonValue | undefined;
  readonly signal: AbortSignal | undefined;
  /** What user and password of the address make, if there are any. */
  readonly authorization: OpenAddress['authorization'];
}

/** 404 is an answer for what may be absent: a load. */
async function askHook(url: string, { token, tls }: HttpFacts, request: HookRequest): Promise<HookAnswer> {
  const { method, signal: stop } = request;
  const hook = `${method} ${url}`;
  const timeout = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
  const signal = stop === undefined ? timeout : AbortSignal.any([timeout, stop]);
  const headers = token === undefined ? request.authorization : { authorization: `Bearer ${token}` };
  const { status, text, location } = await sendHttp(url, { ...request, headers, tls, signal }).catch(
    (cause: unknown) => {
      stop?.throwIfAborted();
      const hint = tlsHint(cause);
      const code = hint === undefined ? 'DEPLOY_CDC_UNREACHABLE' : 'DEPLOY_CDC_REFUSED';
      throw new AppError(code, `${hook}: ${failureReason(cause)}`, { subject: hook, hint, cause });
    },
  );
  if (status >= 200 && status < 300) return { status, body: parseAnswer(hook, text) };
  const isLoad = /\/load\/[^/]+$/.test(url);
  if (status === 404 && isLoad) return { status: 404, body: null };
  const code = status >= 500 ? 'DEPLOY_CDC_UNREACHABLE' : 'DEPLOY_CDC_REFUSED';
  const reason = location === undefined ? text.trim().slice(0, 300) : `moved to ${location}`;
  throw new AppError(code, `${hook} answered ${status}: ${reason}`, { subject: url, hint: hintOf(status, location) });
}

function hintOf(status: number, location: string | undefined): string | undefined {
  if (location !== undefined) return 'Correct `cdc.url`.';
  return status === 401 || status === 403 ? 'Set `cdc.token` to the token that the service expects.' : undefined;
}

function failed(code: 'DEPLOY_CDC_FAILED' | 'DEPLOY_CDC_TIMEOUT', subject: string, what: string): AppError {
  return new AppError(code, `${subject} ${what}`, { subject });
}
