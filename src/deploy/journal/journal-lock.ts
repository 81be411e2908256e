import { randomUUID } from 'node:crypto';
import { link, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { AppError } from '../../core/errors.ts';

const NUMBER = /^\d{1,12}$/;
const ATTEMPTS_MAX = 20;

/** Who holds a lock. A process that was killed leaves it behind; one that has its number later is told apart by its start. */
interface Holder {
  readonly pid: number;
  readonly host: string;
  /** When the process started, in the kernel's own count; undefined where that cannot be known. */
  readonly started: string | undefined;
  readonly token: string;
}

/** The lock as it was found: the one with the highest number counts. */
interface Found {
  readonly number: number;
  readonly path: string;
  /** Undefined when it was given back. */
  readonly holder: Holder | undefined;
}

/** Keeps every other process away from a deployment's folder until it is disposed of. @throws DEPLOY_JOURNAL_LOCKED */
export function lockJournal(folder: string): Promise<AsyncDisposable> {
  return takeLock(folder, 'journal');
}

/**
 * A lock of that name, until it is disposed of. One whose process was killed, or whose machine was started anew, is taken
 * over: the next number is claimed, which one alone can do. The last number stays when it is given back, so that whoever
 * was slow to claim it does not find it free.
 * @throws DEPLOY_JOURNAL_LOCKED naming the process that holds it.
 */
export async function takeLock(folder: string, name: string): Promise<AsyncDisposable> {
  await mkdir(folder, { recursive: true });
  const mine: Holder = {
    pid: process.pid,
    host: hostname(),
    started: await startOf(process.pid),
    token: randomUUID(),
  };
  const lock = join(folder, `${name}.lock.`);
  const draft = `${lock}draft-${mine.token}`;
  await writeFile(draft, `${JSON.stringify(mine)}\n`, { mode: 0o600 });
  try {
    const path = await claim(lock, draft);
    return { [Symbol.asyncDispose]: () => giveBack(path, draft) };
  } finally {
    await rm(draft, { force: true });
  }
}

/** A link is made whole or not at all, so that nobody ever reads half a lock. */
async function claim(lock: string, draft: string): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const found = await highest(lock);
    if (found?.holder !== undefined && (attempt > ATTEMPTS_MAX || (await isAlive(found.holder)))) {
      throw locked(found.path, found.holder);
    }
    const number = (found?.number ?? 0) + 1;
    const path = `${lock}${number}`;
    try {
      await link(draft, path);
    } catch (error) {
      if (codeOf(error) === 'EEXIST') continue;
      throw error;
    }
    const numbers = await lockNumbers(lock);
    // Somebody was so much faster that the number was taken, and removed as an old one.
    if (numbers.some((other) => other > number)) {
      await rm(path, { force: true });
      continue;
    }
    for (const old of numbers.filter((other) => other < number)) await rm(`${lock}${old}`, { force: true });
    return path;
  }
}

async function giveBack(path: string, draft: string): Promise<void> {
  await writeFile(draft, '');
  await rename(draft, path);
}

async function highest(lock: string): Promise<Found | undefined> {
  const number = Math.max(0, ...(await lockNumbers(lock)));
  if (number === 0) return undefined;
  const path = `${lock}${number}`;
  return { number, path, holder: await readHolder(path) };
}

/** Of the files whose paths begin with `lock`. */
async function lockNumbers(lock: string): Promise<number[]> {
  return (await readdir(dirname(lock))).flatMap((name) => {
    const digits = name.startsWith(basename(lock)) ? name.slice(basename(lock).length) : '';
    return NUMBER.test(digits) ? [Number(digits)] : [];
  });
}

async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    const text = await readFile(path, 'utf8');
    const parsed: unknown = text === '' ? undefined : JSON.parse(text);
    return isHolder(parsed) ? parsed : undefined;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function isHolder(value: unknown): value is Holder {
  return typeof value === 'object' && value !== null && 'pid' in value && 'host' in value && 'token' in value;
}

/** Of another machine nothing can be known: it is believed to be alive. */
async function isAlive({ pid, host, started }: Holder): Promise<boolean> {
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: there is such a process, of another user.
    if (codeOf(error) === 'ESRCH') return false;
  }
  const now = await startOf(pid);
  return started === undefined || now === undefined || now === started;
}

/** Field 22 of /proc/<pid>/stat, with the id of the boot that it counts from; undefined where there is no /proc. */
async function startOf(pid: number): Promise<string | undefined> {
  try {
    const [stat, boot] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
    ]);
    // The name, in brackets, may hold spaces.
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    return ticks === undefined ? undefined : `${boot.trim()}/${ticks}`;
  } catch {
    return undefined;
  }
}

function locked(path: string, { pid, host }: Holder): AppError {
  return new AppError('DEPLOY_JOURNAL_LOCKED', `process ${pid} on ${host} works on this deployment already`, {
    subject: path,
    hint: `Wait for it, or end it. If there is no such process on ${host} any more, delete ${path}.`,
  });
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
