import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What becomes of a request: */
export type HttpFault =
  /** nothing unusual; */
  | 'none'
  /** it is answered 503 and goes no further; */
  | 'refuse'
  /** it is carried out, and the connection breaks before the answer; */
  | 'lose-answer'
  /** the answer breaks off in the middle of its body; */
  | 'cut-answer'
  /** the answer stops in the middle of its body, and the connection stays open; */
  | 'stall-answer'
  /** it is never answered. */
  | 'stall';

/** A proxy in front of an HTTP service, on a port of 127.0.0.1. */
export interface FaultyHttpProxy extends AsyncDisposable {
  readonly endpoint: string;
  /** Requests that came in, as `METHOD /path`. */
  readonly requests: readonly string[];
}

/**
 * Starts a proxy that treats each request as `choose` says. Headers pass unchanged, Host too, so that signed requests stay valid.
 * @param target `http://host:port`
 */
export async function startFaultyHttpProxy(
  target: string,
  choose: (method: string, path: string) => HttpFault,
): Promise<FaultyHttpProxy> {
  const requests: string[] = [];
  const server = createServer((incoming, outgoing) => {
    const { method = '', url = '' } = incoming;
    requests.push(`${method} ${url}`);
    const fault = choose(method, url);
    if (fault === 'stall') return;
    if (fault === 'refuse') refuse(incoming, outgoing);
    else forward(target, incoming, outgoing, fault);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function refuse(incoming: IncomingMessage, outgoing: ServerResponse): void {
  incoming.resume();
  incoming.on('end', () => outgoing.writeHead(503).end());
}

function forward(target: string, incoming: IncomingMessage, outgoing: ServerResponse, fault: HttpFault): void {
  const { method, url, headers } = incoming;
  const forwarded = request(`${target}${url}`, { method, headers }, (answer) => {
    if (fault === 'lose-answer') {
      answer.resume();
      answer.on('end', () => outgoing.destroy());
      return;
    }
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    if (fault === 'none') {
      answer.pipe(outgoing);
      return;
    }
    const halfBytes = Math.floor(Number(answer.headers['content-length'] ?? 0) / 2);
    let passedBytes = 0;
    answer.on('data', (chunk: Buffer) => {
      outgoing.write(chunk.subarray(0, Math.max(0, halfBytes - passedBytes)), () => {
        if (passedBytes >= halfBytes && fault === 'cut-answer') outgoing.destroy();
      });
      passedBytes += chunk.byteLength;
    });
  });
  forwarded.on('error', () => outgoing.destroy());
  incoming.pipe(forwarded);
}
