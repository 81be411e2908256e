import { AppError, ERROR_CODES, type ErrorCode } from '../../core/errors.ts';
import type { ReloadPort, ShownJob, ShownPlan } from './reload-port.ts';

/** Where a reloader's API is. */
export interface RemoteReloaderOptions {
  /** `http://host:port`, with a path where a gateway has one. */
  readonly url: string;
  readonly apiToken: string | undefined;
  readonly requestTimeoutMs: number;
}

/**
 * Jobs of a reloader that runs elsewhere, over its API. Errors are the reloader's own, with code and hint.
 * @throws API_UNAVAILABLE when nothing answers, or something else than a reloader.
 */
export function remoteReloader(options: RemoteReloaderOptions): ReloadPort {
  const base = options.url.replace(/\/+$/, '');
  const post = (path: string, body?: unknown): Promise<unknown> => call(options, 'POST', `${base}${path}`, body);
  return {
    plan: async (request) => (await post('/v1/jobs', { ...request, dryRun: true })) as ShownPlan,
    create: async (request) => (await post('/v1/jobs', request)) as ShownJob,
    job: async (jobId) => (await call(options, 'GET', `${base}/v1/jobs/${encodeURIComponent(jobId)}`)) as ShownJob,
    command: async (jobId, command) => (await post(`/v1/jobs/${encodeURIComponent(jobId)}/${command}`)) as ShownJob,
    afterwards: (jobId) =>
      `Job ${jobId} goes on at ${base}.\n  watch it:  bss reload --api ${base} --resume ${jobId}\n  stop it:   curl -X POST ${base}/v1/jobs/${jobId}/stop\n`,
    whenInterrupted: 'leave',
  };
}

async function call(options: RemoteReloaderOptions, method: string, url: string, body?: unknown): Promise<unknown> {
  const { apiToken, requestTimeoutMs } = options;
  const headers = {
    accept: 'application/json',
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...(apiToken !== undefined && { authorization: `Bearer ${apiToken}` }),
  };
  let status: number;
  let text: string;
  try {
    const signal = AbortSignal.timeout(requestTimeoutMs);
    const response = await fetch(url, {
      method,
      headers,
      signal,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    ({ status } = response);
    text = await response.text();
  } catch (cause) {
    throw unavailable(options.url, 'nothing answers there', cause);
  }
  const answer = parsed(text);
  if (answer === undefined) throw unavailable(options.url, `the answer (${status}) is not a reloader's`);
  if (status >= 200 && status < 300) return answer;
  throw errorOf(answer, options.url, status);
}

function parsed(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function errorOf(answer: object, url: string, status: number): AppError {
  const field = (name: string): string | undefined => {
    const value: unknown = Reflect.get(answer, name);
    return typeof value === 'string' ? value : undefined;
  };
  const code = field('code');
  const message = field('message');
  if (code === undefined || message === undefined || !isErrorCode(code)) {
    return unavailable(url, `it answered ${status}${message === undefined ? '' : `: ${message}`}`);
  }
  return new AppError(code, message, { subject: field('field') ?? field('subject'), hint: field('hint') });
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_CODES, code);
}

function unavailable(url: string, reason: string, cause?: unknown): AppError {
  return new AppError('API_UNAVAILABLE', `the reloader at ${url} cannot be used: ${reason}`, {
    subject: url,
    hint: 'Check the address given with --api (http://host:port), and that a `bss reloader` runs there.',
    cause,
  });
}
