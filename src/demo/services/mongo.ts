import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Announce } from './cached.ts';
import { freePorts } from './free-ports.ts';
import { SHORT_RUN_OPTIONS } from './kafka-tool.ts';
import { mongoDistribution } from './mongo-distribution.ts';
import { startService } from './service-process.ts';

const START_TIMEOUT_MS = 60_000;
const CONNECT_TIMEOUT_MS = 2_000;
const JVM_OPTIONS = [...SHORT_RUN_OPTIONS, '-Xmx768m'];

/** A running server of MongoDB's protocol. It never outlives this process, and does not keep it alive. */
export interface Mongo {
  /** `mongodb://127.0.0.1:port`; databases and collections come into being when written to. */
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/**
 * Starts a server that speaks MongoDB's protocol (see `mongoDistribution` for what it cannot do) on a free port of
 * 127.0.0.1, with its data in memory; about a second.
 * @throws SETUP_FAILED with the remedy.
 */
export async function startMongo(announce?: Announce): Promise<Mongo> {
  const { java, classPath, mainClass } = await mongoDistribution(announce);
  const [port = 0] = await freePorts(1);
  const folder = await mkdtemp(join(tmpdir(), 'bss-mongo-'));
  const service = await startService({
    name: 'mongo-java-server',
    command: java,
    args: [...JVM_OPTIONS, '-cp', classPath, mainClass, String(port)],
    cwd: folder,
    logPath: join(folder, 'mongo.log'),
    temporaryFolder: folder,
    isReady: () => accepts(port),
    startTimeoutMs: START_TIMEOUT_MS,
  });
  return {
    url: `mongodb://127.0.0.1:${port}`,
    stop: async () => {
      await service.stop(0);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** True when somebody listens on the port: the server binds when it is ready. */
async function accepts(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port, timeout: CONNECT_TIMEOUT_MS });
  try {
    return await new Promise<boolean>((resolve) => {
      socket.once('error', () => resolve(false));
      socket.once('timeout', () => resolve(false));
      socket.once('connect', () => resolve(true));
    });
  } finally {
    socket.destroy();
  }
}
