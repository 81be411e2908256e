import { readFile, statfs } from 'node:fs/promises';
import { cpus, release, tmpdir, totalmem, type } from 'node:os';

import { KAFKA_VERSION } from '../src/demo/services/kafka-distribution.ts';
import { runCommand, tryCommand } from '../src/demo/services/run-command.ts';

/** Where figures come from: without this they mean nothing. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly kernel: string;
  readonly node: string;
  readonly java: string;
  readonly kafka: string;
  /** The commit, with `+` when files differ from it. */
  readonly commit: string;
  /** Work waiting for a core, averaged over the minute before the start: above 1 the machine was not quiet. */
  readonly loadBefore: number;
  /** What the broker's log and the bucket are on. */
  readonly storage: 'memory' | 'disk';
}

/** Describes this machine. */
export async function describeMachine(java: string, storage: Machine['storage']): Promise<Machine> {
  const [version, commit, changes, load] = await Promise.all([
    runCommand(java, ['-version'], { timeoutMs: 30_000 }),
    tryCommand('git', ['rev-parse', '--short=12', 'HEAD'], { timeoutMs: 30_000 }),
    tryCommand('git', ['status', '--porcelain'], { timeoutMs: 30_000 }),
    readFile('/proc/loadavg', 'utf8'),
  ]);
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryBytes: totalmem(),
    kernel: `${type()} ${release()}`,
    node: process.version,
    java: /version "([^"]+)"/.exec(version.stderr)?.[1] ?? 'unknown',
    kafka: KAFKA_VERSION,
    commit: commit.exitCode === 0 ? `${commit.stdout.trim()}${changes.stdout.trim() === '' ? '' : '+'}` : 'unknown',
    loadBefore: Number(load.split(' ')[0]),
    storage,
  };
}

/**
 * A folder for the broker's log and the bucket: on the memory file system when it has `bytesNeeded`, so that no disk is
 * measured, else where temporary files go.
 */
export async function storageFor(
  bytesNeeded: number,
): Promise<{ readonly folder: string; readonly storage: Machine['storage'] }> {
  const memory = await statfs('/dev/shm').catch(() => undefined);
  const enough = memory !== undefined && memory.bavail * memory.bsize >= bytesNeeded;
  return enough ? { folder: '/dev/shm', storage: 'memory' } : { folder: tmpdir(), storage: 'disk' };
}
