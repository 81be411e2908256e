import { createHash, timingSafeEqual } from 'node:crypto';
import { Readable } from 'node:stream';
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { AppError } from '../../core/errors.ts';
import type { Clock } from '../../core/runtime/clock.ts';
import { withDeadline } from '../../core/runtime/deadline.ts';
import { listenError } from '../../core/runtime/health-server.ts';
import type { Logger } from '../../core/runtime/logger.ts';
import { OPERATIONAL_ROUTES, type OperationalSources } from '../../core/runtime/operational-routes.ts';
import type { JobDesk } from '../job-desk.ts';
import { InvalidRequestError } from '../request/schema-problems.ts';
import type { ApiAnswer, ApiRoute } from './api-route.ts';
import { API_ROUTES } from './api-routes.ts';
import { errorAnswer } from './error-answer.ts';
import { openApiDocument } from './openapi.ts';

const BODY_BYTES_MAX = 1024 * 1024;
const REQUEST_TIMEOUT_MS = 30_000;
const CONNECTIONS_MAX = 1_000;
const EVENT_STREAMS_MAX = 200;
/** How long a request waits for a reloader that is still starting. */
const DESK_TIMEOUT_MS = 10_000;

/** What the API server needs. */
export interface ApiServerOptions {
  readonly host: string;
  readonly port: number;
  /** Callers must send it as `Authorization: Bearer ...`; undefined: everybody may call. */
  readonly apiToken: string | undefined;
  readonly sources: OperationalSources;
  /** Rejects when the reloader cannot work. */
  readonly desk: Promise<JobDesk>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onAnswer?: ((status: number) => void) | undefined;
}

/** A running server. */
export interface ApiServer {
  readonly port: number;
  /** `http://127.0.0.1:3000`: where it can be reached from this machine. */
  readonly url: string;
  /** Stops listening, lets requests end, and ends event streams. */
  close(): Promise<void>;
}

/** @throws HTTP_LISTEN_FAILED when the port is taken or the address is not ours. */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { host, port, sources, logger, onAnswer } = options;
  const app = fastify({
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: true,
    // Bodies are checked by the routes: all problems at once, with suggestions.
    exposeHeadRoutes: true,
  });
  app.server.maxConnections = CONNECTIONS_MAX;
  app.setValidatorCompiler(() => () => true);
  acceptEmptyJson(app);
  const closing = new AbortController();
  app.addHook('preClose', (done) => {
    closing.abort();
    done();
  });
  if (onAnswer !== undefined) {
    app.addHook('onResponse', (_, reply, done) => {
      onAnswer(reply.statusCode);
      done();
    });
  }
  registerOperational(app, sources);
  const document = openApiDocument(API_ROUTES, sources.version, options.apiToken !== undefined);
  app.get('/openapi.json', () => document);
  registerRoutes(app, options, closing.signal);
  registerErrors(app, logger);
  try {
    await app.listen({ host, port });
  } catch (cause) {
    throw listenError(host, port, cause);
  }
  const address = app.server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return { port: bound, url: `http://${name.includes(':') ? `[${name}]` : name}:${bound}`, close: () => app.close() };
}

/** Many clients send `content-type: application/json` with every request, also with one that has no body. */
function acceptEmptyJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body.length === 0) done(null, undefined);
    else void parse(request, String(body), done);
  });
}

function registerOperational(app: FastifyInstance, sources: OperationalSources): void {
  for (const [path, route] of Object.entries(OPERATIONAL_ROUTES)) {
    app.get(path, async (_, reply) => {
      const { statusCode, contentType, body } = await route(sources);
      return reply.code(statusCode).header('cache-control', 'no-store').type(contentType).send(body);
    });
  }
}

function registerRoutes(app: FastifyInstance, options: ApiServerOptions, closing: AbortSignal): void {
  const checkToken = tokenCheck(options.apiToken);
  const streams = { open: 0 };
  for (const route of API_ROUTES) {
    app.route({
      method: route.method,
      url: route.path.replaceAll(/\{(\w+)\}/g, ':$1'),
      onRequest: (request, _, done) => done(checkToken(request.headers.authorization)),
      handler: async (request, reply) => {
        const gone = new AbortController();
        reply.raw.once('close', () => gone.abort());
        const desk = await withDeadline(options.desk, DESK_TIMEOUT_MS, options.clock, notReady);
        const answer = await call(route, desk, request, AbortSignal.any([gone.signal, closing]));
        return await send(reply, answer, streams);
      },
    });
  }
}

function notReady(): AppError {
  return new AppError('KAFKA_UNAVAILABLE', 'the reloader has not been able to read its jobs yet', {
    hint: 'GET /-/health/ready says when it is ready, and its log why it is not.',
  });
}

function call(route: ApiRoute, desk: JobDesk, request: FastifyRequest, gone: AbortSignal): Promise<ApiAnswer> {
  const header = (name: string): string | undefined => {
    const value = request.headers[name];
    return Array.isArray(value) ? value[0] : value;
  };
  const { body } = request;
  return route.handle(desk, { params: textsOf(request.params), query: textsOf(request.query), header, body, gone });
}

async function send(reply: FastifyReply, answer: ApiAnswer, streams: { open: number }): Promise<unknown> {
  void reply.code(answer.status).headers(answer.headers ?? {});
  if (answer.events === undefined) return reply.send(answer.body);
  if (streams.open >= EVENT_STREAMS_MAX) {
    throw new AppError('API_BUSY', `${EVENT_STREAMS_MAX} event streams are open already`, {
      hint: 'Ask after the job with GET /v1/jobs/{jobId} instead.',
    });
  }
  streams.open++;
  const stream = Readable.from(answer.events);
  stream.once('close', () => {
    streams.open--;
  });
  return reply.type('text/event-stream').header('cache-control', 'no-store').send(stream);
}

function registerErrors(app: FastifyInstance, logger: Logger): void {
  const refuse = (reply: FastifyReply, error: unknown): FastifyReply => {
    const answer = errorAnswer(error);
    if (answer.status >= 500) logger.error('an API request failed', { error });
    return reply.code(answer.status).send(answer.body);
  };
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '/';
    const allowed = (['GET', 'POST'] as const).filter((method) => isRoute(app, method, path));
    const wrongMethod = allowed.length > 0;
    const error = new AppError('API_ROUTE_MISSING', `there is no route ${request.method} ${path}`, {
      hint: wrongMethod ? `Use ${allowed.join(' or ')}.` : 'GET /openapi.json lists the routes.',
    });
    if (wrongMethod) void reply.header('allow', allowed.join(', '));
    return reply.code(wrongMethod ? 405 : 404).send(errorAnswer(error).body);
  });
  app.setErrorHandler((error, _, reply) => {
    const status = statusOf(error);
    // What fastify itself refuses: JSON that is none, a body too long, another media type.
    if (error instanceof AppError || status === undefined || status >= 500) return refuse(reply, error);
    const problem =
      status === 413
        ? `must be at most ${BODY_BYTES_MAX} bytes long`
        : `must be JSON (application/json): ${messageOf(error)}`;
    return reply.code(status).send(errorAnswer(new InvalidRequestError([{ field: '', problem }])).body);
  });
}

/** Whether the path, parameters and all, is one of a route with that method. */
function isRoute(app: FastifyInstance, method: 'GET' | 'POST', path: string): boolean {
  return (
    app.findRoute({ method, url: path }) !== null ||
    API_ROUTES.some((route) => route.method === method && matches(route.path, path))
  );
}

function matches(template: string, path: string): boolean {
  const wanted = template.split('/');
  const found = path.split('/');
  return wanted.length === found.length && wanted.every((part, index) => part.startsWith('{') || part === found[index]);
}

/** Compares digests, so that the time it takes tells nothing of the token. */
function tokenCheck(token: string | undefined): (header: string | undefined) => AppError | undefined {
  if (token === undefined) return () => undefined;
  const wanted = digest(`Bearer ${token}`);
  return (header) => {
    if (header !== undefined && timingSafeEqual(digest(header), wanted)) return undefined;
    return new AppError('API_UNAUTHORIZED', 'the API token is missing or wrong', {
      hint: 'Send it as `Authorization: Bearer <token>` (the reloader has it from reloader.apiToken).',
    });
  };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function textsOf(values: unknown): Record<string, string> {
  if (typeof values !== 'object' || values === null) return {};
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
}

function statusOf(error: unknown): number | undefined {
  const status: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'statusCode') : undefined;
  return typeof status === 'number' ? status : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
