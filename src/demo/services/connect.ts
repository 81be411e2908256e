import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Announce } from './cached.ts';
import { debeziumPlugins } from './debezium-distribution.ts';
import { freePorts } from './free-ports.ts';
import { kafkaDistribution } from './kafka-distribution.ts';
import { javaArguments, SHORT_RUN_OPTIONS } from './kafka-tool.ts';
import { type KeyStore, makeKeyStore } from './key-store.ts';
import { answersGet } from './s3-service.ts';
import { startService } from './service-process.ts';

const START_TIMEOUT_MS = 120_000;
const JVM_OPTIONS = [...SHORT_RUN_OPTIONS, '-Xms128m', '-Xmx512m'];

/** How the worker is to differ. */
export interface ConnectOptions {
  /** Worker properties that replace or add to ours. */
  readonly properties?: Readonly<Record<string, string>>;
  /** It listens with TLS besides. */
  readonly tls?: boolean;
  /** Told what is being downloaded. */
  readonly announce?: Announce;
}

/** A REST API behind TLS. */
export interface SecureConnect {
  /** `https://127.0.0.1:port`. */
  readonly url: string;
  readonly certificatePath: string;
}

/** A running Kafka Connect worker with Debezium. It never outlives this process, and does not keep it alive. */
export interface Connect {
  /** `http://127.0.0.1:port`. */
  readonly url: string;
  /** Where it listens with TLS, and the certificate to trust (PEM). */
  readonly secure: SecureConnect | undefined;
  readonly logPath: string;
  /** Ends the worker as a power cut would (SIGKILL). */
  readonly kill: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/**
 * Starts a distributed worker of Kafka Connect with Debezium's connector for PostgreSQL on a free port of 127.0.0.1, and
 * waits until its REST API knows the connectors; some 4 seconds, plus a download the first time. Its own topics are made
 * in that Kafka, so that a further worker for the same Kafka takes over what a former one left.
 * @throws SETUP_FAILED with the remedy.
 */
export async function startConnect(bootstrap: string, options: ConnectOptions = {}): Promise<Connect> {
  const { announce } = options;
  const [distribution, plugins] = [await kafkaDistribution(announce), await debeziumPlugins(announce)];
  const [port = 0, tlsPort = 0] = await freePorts(2);
  const url = `http://127.0.0.1:${port}`;
  const folder = await mkdtemp(join(tmpdir(), 'bss-connect-'));
  const propertiesPath = join(folder, 'connect.properties');
  const logPath = join(folder, 'connect.log');
  const keyStore = options.tls === true ? await makeKeyStore(distribution.java, folder) : undefined;
  const secure = keyStore && { url: `https://127.0.0.1:${tlsPort}`, certificatePath: keyStore.certificatePath };
  const properties = {
    ...workerProperties(bootstrap, url, plugins),
    ...(keyStore && secure && secureListener(`${url},${secure.url}`, keyStore)),
  };
  await writeFile(propertiesPath, propertiesText({ ...properties, ...options.properties }));
  const mainClass = 'org.apache.kafka.connect.cli.ConnectDistributed';
  const service = await startService({
    name: 'Kafka Connect',
    command: distribution.java,
    args: javaArguments(distribution, JVM_OPTIONS, mainClass, [propertiesPath]),
    cwd: folder,
    logPath,
    temporaryFolder: folder,
    // The root answers a little before the connectors are known.
    isReady: () => answersGet(`${url}/connectors`),
    startTimeoutMs: START_TIMEOUT_MS,
  });
  // What it holds is in Kafka, and Debezium takes up from there, so it is never asked to end in order, which takes seconds.
  const stop = async (): Promise<void> => {
    await service.stop(0);
    await rm(folder, { recursive: true, force: true });
  };
  return { url, secure, logPath, kill: () => service.stop(0), stop };
}

/** No delays that only make sense in production, one replica of everything, JSON without schemas. */
function workerProperties(bootstrap: string, url: string, plugins: string): Record<string, string> {
  return {
    'bootstrap.servers': bootstrap,
    'group.id': 'bss-connect',
    listeners: url,
    'rest.advertised.host.name': '127.0.0.1',
    'config.storage.topic': '_connect-configs',
    'offset.storage.topic': '_connect-offsets',
    'status.storage.topic': '_connect-status',
    'config.storage.replication.factor': '1',
    'offset.storage.replication.factor': '1',
    'status.storage.replication.factor': '1',
    'offset.storage.partitions': '1',
    'status.storage.partitions': '1',
    'key.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'key.converter.schemas.enable': 'false',
    'value.converter.schemas.enable': 'false',
    'scheduled.rebalance.max.delay.ms': '0',
    'offset.flush.interval.ms': '1000',
    'task.shutdown.graceful.timeout.ms': '5000',
    'plugin.path': plugins,
    'plugin.discovery': 'service_load',
    'topic.creation.enable': 'true',
    'connector.client.config.override.policy': 'All',
  };
}

function secureListener(listeners: string, keyStore: KeyStore): Record<string, string> {
  return {
    listeners,
    'rest.advertised.listener': 'http',
    'listeners.https.ssl.keystore.type': 'PKCS12',
    'listeners.https.ssl.keystore.location': keyStore.path,
    'listeners.https.ssl.keystore.password': keyStore.password,
  };
}

function propertiesText(properties: Readonly<Record<string, string>>): string {
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}
