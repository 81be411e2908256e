import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { AppError } from '../errors.ts';
import { OPERATIONAL_ROUTES, type OperationalSources } from './operational-routes.ts';

/** What a service does when it is asked to, by `POST`. Gives what is answered as JSON. */
export type HttpAction = () => Promise<object>;

/** A small HTTP server that answers the operational routes, and the service's own few actions. */
export interface HealthServer {
  /** The port it listens on, also when 0 was asked for. */
  readonly port: number;
  /** Stops listening and drops open connections. */
  close(): Promise<void>;
}

/** @throws HTTP_LISTEN_FAILED when the port is taken or the address is not ours. */
export async function startHealthServer(options: {
  readonly host: string;
  readonly port: number;
  readonly sources: OperationalSources;
  /** By path. */
  readonly actions?: Readonly<Record<string, HttpAction>> | undefined;
}): Promise<HealthServer> {
  const { host, port, sources, actions = {} } = options;
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 10_000 }, (request, response) => {
    void answer(request, response, sources, actions);
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

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  sources: OperationalSources,
  actions: Readonly<Record<string, HttpAction>>,
): Promise<void> {
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  const action = Object.hasOwn(actions, path) ? actions[path] : undefined;
  if (action !== undefined) return await act(request, response, action);
  const route = Object.hasOwn(OPERATIONAL_ROUTES, path) ? OPERATIONAL_ROUTES[path] : undefined;
  if (route === undefined) return refuse(response, 404, 'no such route');
  if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, 405, 'only GET');
  try {
    const { statusCode, contentType, body } = await route(sources);
    response.writeHead(statusCode, { 'content-type': contentType, 'cache-control': 'no-store' });
    response.end(request.method === 'HEAD' ? undefined : body);
  } catch (error) {
    refuse(response, 500, error instanceof Error ? error.message : String(error));
  }
}

async function act(request: IncomingMessage, response: ServerResponse, action: HttpAction): Promise<void> {
  if (request.method !== 'POST') return refuse(response, 405, 'only POST');
  try {
    const body = JSON.stringify(await action());
    response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' });
    response.end(body);
  } catch (error) {
    refuse(response, 500, error instanceof Error ? error.message : String(error));
  }
}

function refuse(response: ServerResponse, statusCode: number, message: string): void {
  response.writeHead(statusCode, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify({ message, statusCode }));
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
