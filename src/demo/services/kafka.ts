import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Announce } from './cached.ts';
import { freePorts } from './free-ports.ts';
import { type KafkaDistribution, kafkaDistribution } from './kafka-distribution.ts';
import { kafkaProperties, type KafkaSecurity } from './kafka-properties.ts';
import { javaArguments, type KafkaToolOptions, runKafkaTool, SHORT_RUN_OPTIONS } from './kafka-tool.ts';
import { makeKeyStore } from './key-store.ts';
import type { CommandResult } from './run-command.ts';
import { type ServiceProcess, startService } from './service-process.ts';

const START_TIMEOUT_MS = 90_000;
const STOP_GRACE_MS = 20_000;

/** How the broker is to differ from one with temporary data and no security. */
export interface KafkaOptions {
  /** Keeps the data there: the folder is made when absent, used again when not. Otherwise the data go when Kafka stops. */
  readonly dataDirectory?: string;
  /** Broker properties that replace or add to ours (see `kafkaProperties`). */
  readonly properties?: Readonly<Record<string, string>>;
  /** Passwords by user name. When given, the listeners with SASL and TLS are opened too. */
  readonly users?: Readonly<Record<string, string>>;
  /** The most memory for the broker's objects, in MiB. */
  readonly heapMaxMib?: number;
  /** False: no optimising compiler and the simplest garbage collector, which gain nothing in a few minutes. */
  readonly optimised?: boolean;
  /** Told what is being downloaded. */
  readonly announce?: Announce;
}

/** `host:port` of the listeners with security. */
export interface SecureBootstraps {
  /** SASL (PLAIN, SCRAM-SHA-256, SCRAM-SHA-512), not encrypted. */
  readonly sasl: string;
  /** TLS, no authentication. */
  readonly tls: string;
  /** SASL over TLS. */
  readonly saslTls: string;
  /** The certificate to trust, PEM. */
  readonly certificatePath: string;
}

/** A running single-node Apache Kafka. It never outlives this process, and does not keep it alive. */
export interface Kafka {
  /** `host:port` of the listener without security. */
  readonly bootstrap: string;
  readonly secure: SecureBootstraps | undefined;
  /** The broker's data, configuration and log are here. */
  readonly directory: string;
  readonly logPath: string;
  readonly pid: () => number;
  /** Freezes the broker (SIGSTOP): connections stay open, nothing is answered. */
  readonly pause: () => void;
  readonly resume: () => void;
  /** Ends the broker as a power cut would (SIGKILL). */
  readonly kill: () => Promise<void>;
  /** Starts it again after `kill`, with the same ports and data; stops it first if it runs. */
  readonly restart: () => Promise<void>;
  /** Runs a class of Kafka's jars, such as `org.apache.kafka.tools.TopicCommand`. */
  readonly runTool: (className: string, args: readonly string[], options?: KafkaToolOptions) => Promise<CommandResult>;
  readonly stop: () => Promise<void>;
}

/**
 * Starts Apache Kafka on free ports of 127.0.0.1 and waits until it answers; some 3 seconds, plus a download the first
 * time.
 * @throws SETUP_FAILED with the remedy: no Java or jars to be had, or the broker's own last words.
 */
export async function startKafka(options: KafkaOptions = {}): Promise<Kafka> {
  const distribution = await kafkaDistribution(options.announce);
  const directory = options.dataDirectory ?? (await mkdtemp(join(tmpdir(), 'bss-kafka-')));
  const temporaryFolder = options.dataDirectory === undefined ? directory : undefined;
  try {
    await mkdir(directory, { recursive: true });
    return await startIn(directory, temporaryFolder, distribution, options);
  } catch (error) {
    if (temporaryFolder !== undefined) await rm(temporaryFolder, { recursive: true, force: true });
    throw error;
  }
}

async function startIn(
  directory: string,
  temporaryFolder: string | undefined,
  distribution: KafkaDistribution,
  options: KafkaOptions,
): Promise<Kafka> {
  const [plain = 0, controller = 0, sasl = 0, tls = 0, saslTls = 0] = await freePorts(5);
  const logPath = join(directory, 'kafka.log');
  const propertiesPath = join(directory, 'server.properties');
  const dataDirectory = join(directory, 'data');
  const { users } = options;
  const keyStore = users === undefined ? undefined : await makeKeyStore(distribution.java, directory);
  const security: KafkaSecurity | undefined =
    users === undefined || keyStore === undefined
      ? undefined
      : { ports: { sasl, tls, saslTls }, users, keyStorePath: keyStore.path, keyStorePassword: keyStore.password };
  const properties = kafkaProperties(dataDirectory, { plain, controller }, security, options.properties ?? {});
  await writeFile(propertiesPath, properties);
  await format(distribution, propertiesPath, dataDirectory, users ?? {});

  const start = (): Promise<ServiceProcess> =>
    startService({
      name: 'Kafka',
      command: distribution.java,
      args: javaArguments(
        distribution,
        [
          ...(options.optimised === false ? SHORT_RUN_OPTIONS : ['-XX:+UseG1GC']),
          '-Xms256m',
          `-Xmx${options.heapMaxMib ?? 768}m`,
        ],
        'kafka.Kafka',
        [propertiesPath],
      ),
      cwd: directory,
      logPath,
      temporaryFolder,
      isReady: () => answers(plain),
      startTimeoutMs: START_TIMEOUT_MS,
    });
  let broker = await start();
  // Data that go anyway need no orderly shutdown, which takes seconds.
  const stopGraceMs = temporaryFolder === undefined ? STOP_GRACE_MS : 0;
  return {
    bootstrap: `127.0.0.1:${plain}`,
    secure:
      keyStore === undefined
        ? undefined
        : {
            sasl: `127.0.0.1:${sasl}`,
            tls: `127.0.0.1:${tls}`,
            saslTls: `127.0.0.1:${saslTls}`,
            certificatePath: keyStore.certificatePath,
          },
    directory,
    logPath,
    pid: () => broker.pid,
    pause: () => broker.signal('SIGSTOP'),
    resume: () => broker.signal('SIGCONT'),
    kill: () => broker.stop(0),
    restart: async () => {
      await broker.stop(STOP_GRACE_MS);
      await mkdir(directory, { recursive: true });
      broker = await start();
    },
    runTool: (className, args, toolOptions) => runKafkaTool(distribution, className, args, toolOptions),
    stop: async () => {
      await broker.stop(stopGraceMs);
      if (temporaryFolder !== undefined) await rm(temporaryFolder, { recursive: true, force: true });
    },
  };
}

/** Prepares an empty data folder: a cluster id, and the users that SCRAM looks up in the cluster's metadata. */
async function format(
  distribution: KafkaDistribution,
  propertiesPath: string,
  dataDirectory: string,
  users: Readonly<Record<string, string>>,
): Promise<void> {
  if ((await stat(join(dataDirectory, 'meta.properties')).catch(() => undefined)) !== undefined) return;
  const scram = Object.entries(users).flatMap(([name, password]) =>
    ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
      '--add-scram',
      `${mechanism}=[name=${name},password=${password}]`,
    ]),
  );
  // A leading dash would be taken for another option.
  const clusterId = randomBytes(16).toString('base64url').replace(/^-/, 'A');
  await runKafkaTool(distribution, 'kafka.tools.StorageTool', [
    'format',
    '-t',
    clusterId,
    '-c',
    propertiesPath,
    ...scram,
  ]);
}

/**
 * An ApiVersions request, version 0, correlation id 1, no client id (Kafka protocol, request header 1). The broker
 * answers it only once it has joined the cluster, which comes later than the open port.
 */
const API_VERSIONS_REQUEST = Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 0xff, 0xff]);
const ANSWER_TIMEOUT_MS = 2_000;

async function answers(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port, timeout: ANSWER_TIMEOUT_MS });
  try {
    return await new Promise<boolean>((resolve) => {
      socket.once('error', () => resolve(false));
      socket.once('timeout', () => resolve(false));
      socket.once('close', () => resolve(false));
      socket.once('data', () => resolve(true));
      socket.write(API_VERSIONS_REQUEST);
    });
  } finally {
    socket.destroy();
  }
}
