import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { AppError } from '../errors.ts';
import { reportError } from './error-report.ts';
import { type HttpAnswer, OPERATIONAL_ROUTES, type OperationalSources } from './operational-routes.ts';

const JSON_TYPE = 'application/json; charset=utf-8';

/** What a service does when it is asked to, by `POST`. Gives what is answered as JSON. */
export type HttpAction = () => Promise<object>;

/** A small HTTP server that answers the operational routes, and the service's own few actions. */
export interface HealthServer {
  /** The port it listens on, also when 0 was asked for. */
  readonly port: number;
  /** Stops listening and drops open connections. */
  close(): Promise<void>;
}

/** How to start it. */
export interface HealthServerOptions {
  readonly host: string;
  readonly port: number;
  readonly sources: OperationalSources;
  /** Actions by path. An operating error is answered with its code and status 503. */
  readonly actions?: Readonly<Record<string, HttpAction>> | undefined;
}

/** @throws HTTP_LISTEN_FAILED when the port is taken or the address is not ours. */
export async function startHealthServer(options: HealthServerOptions): Promise<HealthServer> {
  const { host, port } = options;
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 10_000 }, (request, response) => {
    void answer(request, response, options);
  });
  server.maxConnections = 256;
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw listenError(host, port, cause);
  }
  return { port: portOf(server, port), close: () => close(server) };
}

/** Why a server cannot listen, as an operating error with what to do about it. */
export function listenError(host: string, port: number, cause: unknown): AppError {
  return new AppError('HTTP_LISTEN_FAILED', `cannot listen on ${host}:${port}`, {
    subject: `${host}:${port}`,
    hint: 'Another process may have the port: choose one with http.port (0 takes any free one), and http.host.',
    cause,
  });
}

async function answer(request: IncomingMessage, response: ServerResponse, options: HealthServerOptions): Promise<void> {
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  try {
    const { sources, actions = {} } = options;
    const route = own(OPERATIONAL_ROUTES, path);
    const action = own(actions, path);
    if (route !== undefined && (request.method === 'GET' || request.method === 'HEAD')) {
      send(response, await route(sources), request.method === 'HEAD');
    } else if (action !== undefined && request.method === 'POST') {
      send(response, { statusCode: 200, contentType: JSON_TYPE, body: JSON.stringify(await action()) }, false);
    } else if (route === undefined && action === undefined) refuse(response, 404, { message: 'no such route' });
    else refuse(response, 405, { message: route === undefined ? 'only POST' : 'only GET' });
  } catch (error) {
    const { message, code, hint } = reportError(error);
    refuse(response, code === undefined ? 500 : 503, { message, code, hint });
  }
}

function own<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

function send(response: ServerResponse, { statusCode, contentType, body }: HttpAnswer, headOnly: boolean): void {
  response.writeHead(statusCode, { 'content-type': contentType, 'cache-control': 'no-store' });
  response.end(headOnly ? undefined : body);
}

function refuse(response: ServerResponse, statusCode: number, body: object): void {
  response.writeHead(statusCode, { 'content-type': JSON_TYPE });
  response.end(JSON.stringify({ ...body, statusCode }));
}

function portOf(server: Server, asked: number): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : asked;
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
