import { once } from 'node:events';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { text } from 'node:stream/consumers';

import type { TlsFacts } from '../facts/deployment.ts';

/** A request to a CDC. */
export interface HttpRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON; undefined: none. */
  readonly body: unknown;
  readonly tls: TlsFacts | undefined;
  readonly signal: AbortSignal;
}

/** What was answered, whatever it was. */
export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
  /** Where it is to be asked instead. */
  readonly location: string | undefined;
}

/** An address that may be shown, without its user and password, and the header that these make. */
export interface OpenAddress {
  /** Without a slash at its end. */
  readonly url: string;
  readonly authorization: Readonly<Record<string, string>>;
}

/** @param address a URL; a user and a password in it become basic authentication */
export function openAddress(address: string): OpenAddress {
  const parsed = new URL(address);
  const { username, password } = parsed;
  const credentials = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`);
  parsed.username = '';
  parsed.password = '';
  return {
    url: parsed.href.replace(/\/+$/, ''),
    authorization: username === '' ? {} : { authorization: `Basic ${credentials.toString('base64')}` },
  };
}

/**
 * Sends a request by http or https and reads the whole answer. Redirects are not followed. `fetch` of Node cannot be told
 * whom to trust.
 * @throws what Node does when there is no answer: see `failureReason` and `tlsHint`
 */
export async function sendHttp(url: string, request: HttpRequest): Promise<HttpAnswer> {
  const { method, headers, body, tls = {}, signal } = request;
  const json = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
  const send = url.toLowerCase().startsWith('https:') ? requestHttps : requestHttp;
  const sent = send(url, {
    method,
    headers: {
      ...headers,
      ...(json !== undefined && { 'content-type': 'application/json' }),
      'content-length': json?.length ?? 0,
    },
    ca: tls.ca,
    cert: tls.certificate,
    key: tls.key,
    signal,
  });
  // One that comes after the answer began is told by its body.
  sent.on('error', () => undefined);
  const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
  sent.end(json);
  const [response] = await answered;
  const { statusCode = 0 } = response;
  return { status: statusCode, text: await text(response), location: response.headers.location };
}

/** Why there was no answer; of several addresses that were tried in vain, all that they said. */
export function failureReason(cause: unknown): string {
  if (cause instanceof AggregateError) return cause.errors.map(failureReason).join('; ');
  if (!(cause instanceof Error)) return String(cause);
  const { message } = cause.cause instanceof Error ? cause.cause : cause;
  // OpenSSL says where in its source it was; and what Node advises to run is not how this is run.
  return /:SSL routines:[^:]*:([^:]+):/.exec(message)?.[1] ?? message.replace(/; if the root CA is .*/, '');
}

const TLS_HINTS: readonly (readonly [RegExp, string])[] = [
  [
    /SELF_SIGNED|UNABLE_TO_|CERT_UNTRUSTED/,
    'Set `cdc.tls.ca` to the certificate of the authority that has signed that of the server: `{file: /path/ca.pem}`.',
  ],
  [/ALTNAME/, 'Use a host name that the certificate of the server has.'],
  [/EXPIRED|NOT_YET_VALID/, 'Renew the certificate of the server, or correct the clock of this machine.'],
  [/wrong version number/, 'No TLS is spoken there: begin the address with http://.'],
  [/alert/, 'Set `cdc.tls.certificate` and `cdc.tls.key` to what proves to the server who asks.'],
];

/** What to do about TLS that did not come about; undefined when something else went wrong, which may pass. */
export function tlsHint(cause: unknown): string | undefined {
  const { code } = (cause ?? {}) as { code?: unknown };
  // For some of what OpenSSL says, Node has no code of its own.
  const said = `${String(code)} ${failureReason(cause)}`;
  return TLS_HINTS.find(([pattern]) => pattern.test(said))?.[1];
}
