import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { isAppError } from '../errors.ts';
import { BrokerConnections } from './broker-connections.ts';

/** A broker that is frozen: it takes connections and says nothing. */
async function silentBroker(t: TestContext) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => void sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { server, address: { host: '127.0.0.1', port } };
}

for (const what of ['a client', 'a lane'] as const) {
  test(`${what} that is closed does not wait for a broker that does not answer`, async (t) => {
    const { server, address } = await silentBroker(t);
    const connections = new BrokerConnections({
      bootstrapServers: [],
      clientId: 'test',
      connectTimeoutMs: 2_147_483_647,
      requestTimeoutMs: 1_000,
    });
    const opening = connections.get('group', address);
    const refused = assert.rejects(opening, (error) => isAppError(error, 'KAFKA_UNAVAILABLE'));
    await once(server, 'connection');
    await (what === 'a lane' ? connections.closeLane('group') : connections.close());
    await refused;
    await connections.close();
  });
}
