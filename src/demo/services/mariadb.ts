import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';

import type { Announce } from './cached.ts';
import { freePorts } from './free-ports.ts';
import { type MariadbDistribution, mariadbDistribution } from './mariadb-distribution.ts';
import { runCommand } from './run-command.ts';
import { startService } from './service-process.ts';

const START_TIMEOUT_MS = 60_000;
const STOP_GRACE_MS = 10_000;
const INSTALL_TIMEOUT_MS = 2 * 60_000;
const USER = 'bss';
/** Run at each start; a statement for each line. */
const INIT_SQL = `create or replace user ${USER}@'%' identified by '';
grant all on *.* to ${USER}@'%' with grant option;
`;

/** A running MariaDB. It never outlives this process, and does not keep it alive. */
export interface Mariadb {
  readonly port: number;
  /** `mysql://`, without a database, as a user who may do everything and has no password. */
  readonly url: string;
  /** Makes a database; gives its URL. */
  readonly createDatabase: (name: string) => Promise<string>;
  readonly stop: () => Promise<void>;
}

/**
 * Starts MariaDB on a free port of 127.0.0.1 with data in a temporary folder; three seconds, plus a download the first
 * time.
 * @throws SETUP_FAILED with the remedy.
 */
export async function startMariadb(announce?: Announce): Promise<Mariadb> {
  const distribution = await mariadbDistribution(announce);
  const [port = 0] = await freePorts(1);
  const folder = await mkdtemp(join(tmpdir(), 'bss-mariadb-'));
  try {
    await initialise(distribution, folder);
    return await startIn(distribution, folder, port);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function initialise({ base, installer, environment }: MariadbDistribution, folder: string): Promise<void> {
  const options = [
    '--no-defaults',
    `--basedir=${base}`,
    `--datadir=${join(folder, 'data')}`,
    '--auth-root-authentication-method=normal',
    '--skip-name-resolve',
    '--skip-test-db',
    ...asRoot(),
  ];
  const limits = { cwd: folder, environment, timeoutMs: INSTALL_TIMEOUT_MS, name: 'mariadb-install-db' };
  await runCommand(installer, options, limits);
}

async function startIn(
  { base, server, environment }: MariadbDistribution,
  folder: string,
  port: number,
): Promise<Mariadb> {
  const socket = join(folder, 'socket');
  const url = `mysql://${USER}@127.0.0.1:${port}/`;
  const initFile = join(folder, 'init.sql');
  await writeFile(initFile, INIT_SQL);
  const service = await startService({
    name: 'MariaDB',
    command: server,
    // Data that go anyway need not be safe.
    args: [
      '--no-defaults',
      `--basedir=${base}`,
      `--datadir=${join(folder, 'data')}`,
      `--tmpdir=${folder}`,
      `--socket=${socket}`,
      '--bind-address=127.0.0.1',
      `--port=${port}`,
      '--skip-name-resolve',
      `--init-file=${initFile}`,
      '--innodb-flush-log-at-trx-commit=0',
      '--innodb-buffer-pool-size=32M',
      ...asRoot(),
    ],
    cwd: folder,
    environment,
    logPath: join(folder, 'mariadb.log'),
    temporaryFolder: folder,
    isReady: () => answers(url),
    startTimeoutMs: START_TIMEOUT_MS,
  });
  return {
    port,
    url,
    createDatabase: async (name) => {
      await query(url, `create database \`${name}\` character set utf8mb4`);
      return `${url}${name}`;
    },
    stop: async () => {
      await service.stop(STOP_GRACE_MS);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** It refuses to serve as root unless it is told to. */
function asRoot(): string[] {
  return process.getuid?.() === 0 ? ['--user=root'] : [];
}

async function answers(url: string): Promise<boolean> {
  return query(url, 'select 1').then(
    () => true,
    () => false,
  );
}

async function query(url: string, sql: string): Promise<void> {
  const connection = await createConnection({ uri: url, connectTimeout: 2_000 });
  try {
    await connection.query(sql);
  } finally {
    await connection.end();
  }
}
