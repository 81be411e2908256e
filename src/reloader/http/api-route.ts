import type { TSchema } from 'typebox';
import type { JobDesk } from '../job-desk.ts';

/** A request of the API, as far as routes look at it. */
export interface ApiCall {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  /** Names in lower case. */
  readonly header: (name: string) => string | undefined;
  readonly body: unknown;
  /** Aborted when the caller has gone. */
  readonly gone: AbortSignal;
}

/** An answer: JSON, or a stream of server-sent events. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly events?: AsyncIterable<string>;
}

/** A parameter in the path, the query or the header. */
export interface ApiParameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly description: string;
  readonly schema: TSchema;
}

/** One route: what the server registers and what the OpenAPI document says of it are the same. */
export interface ApiRoute {
  readonly method: 'GET' | 'POST';
  /** With parameters in braces, as OpenAPI has them. */
  readonly path: string;
  readonly operationId: string;
  readonly tag: 'Jobs' | 'Archive' | 'Compatibility';
  readonly summary: string;
  readonly description?: string;
  readonly parameters?: readonly ApiParameter[];
  readonly body?: TSchema;
  readonly answers: Readonly<
    Record<number, { readonly description: string; readonly schema?: TSchema; readonly media?: string }>
  >;
  readonly handle: (desk: JobDesk, call: ApiCall) => Promise<ApiAnswer>;
}

/** A route's path parameter; absent only if the route was not registered with it. */
export function pathParameter(call: ApiCall, name: string): string {
  return call.params[name] ?? '';
}
