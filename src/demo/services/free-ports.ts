import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';

/** Below the range from which the kernel takes ports for outgoing connections, which could take ours before we bind. */
const PORT_MIN = 15_000;
const PORT_MAX = 32_000;
const TRIES_MAX = 1_000;

/** So many different ports of 127.0.0.1 that nobody listens on at this moment. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  for (let attempt = 0; attempt < TRIES_MAX && ports.size < count; attempt += 1) {
    const port = randomInt(PORT_MIN, PORT_MAX);
    if (!ports.has(port) && (await isFree(port))) ports.add(port);
  }
  if (ports.size < count) throw new Error(`no ${count} free ports between ${PORT_MIN} and ${PORT_MAX}`);
  return [...ports];
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const bound = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => resolve(true));
  });
  if (bound) await closed(server);
  return bound;
}

async function closed(server: Server): Promise<void> {
  await new Promise((resolve) => server.close(resolve));
}
