import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServiceName } from '../runtime.ts';

/** Longer paths do not fit into a socket's address (104 bytes on macOS, 108 on Linux). */
const PATH_BYTES_MAX = 100;
const ANSWER_TIMEOUT_MS = 5000;

/** What a supervisor answers. */
export interface SupervisorState {
  readonly supervisorPid: number;
  /** Undefined between two starts. */
  readonly servicePid: number | undefined;
  /** See `configFingerprint`. */
  readonly fingerprint: string;
  /** Times that the service ended by itself since it was last up for a minute. */
  readonly failures: number;
  /** How it ended the last time. */
  readonly lastExit: string | undefined;
}

/** Where the supervisor of a service listens: in the folder, or in the temporary folder when that path is too long. */
export function controlSocketPath(folder: string, service: ServiceName): string {
  const path = join(folder, `${service}.sock`);
  if (Buffer.byteLength(path) <= PATH_BYTES_MAX) return path;
  const name = createHash('sha256').update(path).digest('hex').slice(0, 24);
  return join(tmpdir(), `bss-${name}.sock`);
}

/** Asks the supervisor; undefined when there is none. */
export async function askSupervisor(
  socketPath: string,
  what: { readonly method: 'GET' | 'POST'; readonly path: '/state' | '/stop' },
): Promise<SupervisorState | undefined> {
  const answered = Promise.withResolvers<SupervisorState | undefined>();
  const asking = request({ socketPath, ...what, timeout: ANSWER_TIMEOUT_MS }, (response) => {
    const parts: Buffer[] = [];
    response.on('data', (part: Buffer) => parts.push(part));
    response.once('error', answered.reject);
    // Written by `supervisor.ts`.
    response.once('end', () => answered.resolve(JSON.parse(Buffer.concat(parts).toString('utf8')) as SupervisorState));
  });
  asking.once('timeout', () => asking.destroy(new Error(`the supervisor at ${socketPath} does not answer`)));
  asking.once('error', (error: NodeJS.ErrnoException) => {
    const isGone = ['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE'].includes(error.code ?? '');
    if (isGone) answered.resolve(undefined);
    else answered.reject(error);
  });
  asking.end();
  return answered.promise;
}
