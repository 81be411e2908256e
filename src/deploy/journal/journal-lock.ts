import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { AppError } from '../../core/errors.ts';

const NAME = 'journal.lock';
const ATTEMPTS_MAX = 20;

/** Who holds a lock. A process that was killed leaves it behind; one that has its number later is told apart by its start. */
interface Holder {
  readonly pid: number;
  readonly host: string;
  /** When the process started, in the kernel's own count; undefined where that cannot be known. */
  readonly started: string | undefined;
  readonly token: string;
}

/**
 * Keeps every other process away from a deployment's folder until it is disposed of. A lock whose process was killed, or
 * whose machine was started anew, is taken over.
 * @throws DEPLOY_JOURNAL_LOCKED naming the process that holds it.
 */
export async function lockJournal(folder: string): Promise<AsyncDisposable> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, NAME);
  const mine: Holder = {
    pid: process.pid,
    host: hostname(),
    started: await startOf(process.pid),
    token: randomUUID(),
  };
  const draft = `${path}.${mine.token}`;
  await writeFile(draft, `${JSON.stringify(mine)}\n`, { mode: 0o600 });
  try {
    await claim(path, draft);
  } finally {
    await rm(draft, { force: true });
  }
  return { [Symbol.asyncDispose]: () => release(path, mine) };
}

/** A link is made whole or not at all, so that nobody ever reads half a lock. */
async function claim(path: string, draft: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await link(draft, path);
      return;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    }
    const holder = await readHolder(path);
    if (holder === undefined) continue;
    if (attempt >= ATTEMPTS_MAX || (await isAlive(holder))) throw locked(path, holder);
    await takeAway(path, holder);
  }
}

/** Two who find a dead holder at once must not take away what the faster of them has put in its place. */
async function takeAway(path: string, dead: Holder): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  const taken = await readHolder(aside);
  if (taken !== undefined && taken.token !== dead.token) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
}

async function release(path: string, mine: Holder): Promise<void> {
  if ((await readHolder(path))?.token === mine.token) await rm(path, { force: true });
}

async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    const parsed: unknown = JSON.parse(await readFile(path, 'utf8'));
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
