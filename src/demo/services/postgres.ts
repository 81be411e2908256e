import { chown, cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

import type { Announce } from './cached.ts';
import { freePorts } from './free-ports.ts';
import { type PostgresDistribution, postgresDistribution, postgresEnvironment } from './postgres-distribution.ts';
import { runCommand, tryCommand } from './run-command.ts';
import { startService } from './service-process.ts';

const START_TIMEOUT_MS = 60_000;
const STOP_GRACE_MS = 10_000;
const INITDB_TIMEOUT_MS = 2 * 60_000;
const SUPERUSER = 'postgres';

/** A running PostgreSQL with logical decoding. It never outlives this process, and does not keep it alive. */
export interface Postgres {
  readonly port: number;
  /** The first database, as superuser. Everybody on this machine is let in without a password. */
  readonly url: string;
  /** Makes a database; gives its URL, for the superuser. */
  readonly createDatabase: (name: string) => Promise<string>;
  readonly stop: () => Promise<void>;
}

/** How to run PostgreSQL's programs: it refuses to serve as root. */
interface Launch {
  readonly prefix: readonly [string, ...string[]] | readonly [];
  readonly programs: string;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Starts PostgreSQL on a free port of 127.0.0.1 with data in a temporary folder; about a second, plus a download the
 * first time. Run by root, it runs as the user `postgres`, or `nobody` where there is none.
 * @throws SETUP_FAILED with the remedy.
 */
export async function startPostgres(announce?: Announce): Promise<Postgres> {
  const distribution = await postgresDistribution(announce);
  const [port = 0] = await freePorts(1);
  const folder = await mkdtemp(join(tmpdir(), 'bss-postgres-'));
  try {
    const launch = await prepareLaunch(distribution, folder);
    const data = join(folder, 'data');
    await initialise(launch, folder, data, port);
    return await startIn(launch, folder, data, port);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function startIn(launch: Launch, folder: string, data: string, port: number): Promise<Postgres> {
  const [command = '', ...args] = [...launch.prefix, join(launch.programs, 'postgres'), '-D', data];
  const urlOf = (database: string): string => `postgresql://${SUPERUSER}@127.0.0.1:${port}/${database}`;
  const service = await startService({
    name: 'PostgreSQL',
    command,
    args,
    cwd: folder,
    environment: launch.environment,
    logPath: join(folder, 'postgres.log'),
    temporaryFolder: folder,
    isReady: () => answers(urlOf('postgres')),
    startTimeoutMs: START_TIMEOUT_MS,
  });
  return {
    port,
    url: urlOf('postgres'),
    createDatabase: async (name) => {
      await query(urlOf('postgres'), `create database ${pg.escapeIdentifier(name)}`);
      return urlOf(name);
    },
    stop: async () => {
      // "Immediate": waits for no client and no checkpoint, but gives shared memory back, as SIGKILL does not.
      service.signal('SIGQUIT');
      await service.stop(STOP_GRACE_MS);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function prepareLaunch(distribution: PostgresDistribution, folder: string): Promise<Launch> {
  const { programs, unpacked } = distribution;
  const owner = process.getuid?.() === 0 ? await serviceAccount() : undefined;
  if (owner === undefined) return { prefix: [], programs, environment: await postgresEnvironment(unpacked) };
  await chown(folder, owner.uid, owner.gid);
  const prefix = ['setpriv', `--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups', '--'] as const;
  if (unpacked === undefined) return { prefix, programs, environment: {} };
  // The cache is below root's home, which that user cannot enter. The compiler for queries is large and not used.
  const copy = join(folder, 'programs');
  for (const part of [join('usr', 'lib'), join('usr', 'share', 'postgresql')]) {
    await cp(join(unpacked, part), join(copy, part), {
      recursive: true,
      dereference: true,
      filter: (path) => !/llvm/i.test(path.slice(unpacked.length)),
    });
  }
  return {
    prefix,
    programs: join(copy, programs.slice(unpacked.length)),
    environment: await postgresEnvironment(copy),
  };
}

async function serviceAccount(): Promise<{ readonly uid: number; readonly gid: number }> {
  const { exitCode } = await tryCommand('id', ['postgres'], { timeoutMs: 10_000 });
  const name = exitCode === 0 ? 'postgres' : 'nobody';
  const idOf = async (option: string): Promise<number> =>
    Number((await runCommand('id', [option, name], { timeoutMs: 10_000 })).stdout);
  return { uid: await idOf('-u'), gid: await idOf('-g') };
}

async function initialise(launch: Launch, folder: string, data: string, port: number): Promise<void> {
  const options = ['-U', SUPERUSER, '-A', 'trust', '--encoding=UTF8', '--locale=C', '--no-sync'];
  const [command = '', ...args] = [...launch.prefix, join(launch.programs, 'initdb'), '-D', data, ...options];
  const limits = { cwd: folder, environment: launch.environment, timeoutMs: INITDB_TIMEOUT_MS, name: 'initdb' };
  await runCommand(command, args, limits);
  await writeFile(join(data, 'postgresql.auto.conf'), configuration(port));
}

/** Data that go anyway need not be safe; what is captured from them is what matters. */
function configuration(port: number): string {
  const settings = {
    listen_addresses: `'127.0.0.1'`,
    port: String(port),
    // Everybody comes by the network; a path of a socket may also be too long.
    unix_socket_directories: `''`,
    wal_level: 'logical',
    max_replication_slots: '16',
    max_wal_senders: '16',
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
    jit: 'off',
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${value}\n`)
    .join('');
}

async function answers(url: string): Promise<boolean> {
  return query(url, 'select 1').then(
    () => true,
    () => false,
  );
}

async function query(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
