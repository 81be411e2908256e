import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below the range from which the kernel takes ports for outgoing connections, which could take ours before we bind. */
const PORT_MIN = 10_000;
const PORT_MAX = 32_000;
const TRIES_MAX = 1_000;

/** So many different ports of 127.0.0.1 that nobody listens on at this moment. */
export async function freePorts(count: number): Promise<number[]> {
  return choosePorts(count, PORT_MAX, []);
}

/** As `freePorts`, and the ports `distance` above them are free too, for servers that open those of their own accord. */
export async function freePortsWithTwins(count: number, distance: number): Promise<number[]> {
  return choosePorts(count, PORT_MAX - distance, [distance]);
}

async function choosePorts(count: number, portMax: number, distances: readonly number[]): Promise<number[]> {
  const ports = new Set<number>();
  for (let attempt = 0; attempt < TRIES_MAX && ports.size < count; attempt += 1) {
    const port = randomInt(PORT_MIN, portMax);
    const wanted = [port, ...distances.map((distance) => port + distance)];
    if (!ports.has(port) && (await Promise.all(wanted.map(isFree))).every(Boolean)) ports.add(port);
  }
  if (ports.size < count) throw new Error(`no ${count} free ports between ${PORT_MIN} and ${PORT_MAX}`);
  return [...ports];
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
