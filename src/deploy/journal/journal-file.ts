import { type FileHandle, mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory } from '../../core/bucket/sync-directory.ts';
import type { JournalStore } from './journal.ts';

const NAME = 'journal.jsonl';

/** The file that the journal of a deployment is in. */
export function journalPath(folder: string): string {
  return join(folder, NAME);
}

/** A journal's lines without the right to change them; none when there is no file. */
export function journalReader(folder: string): Pick<JournalStore, 'read' | 'subject'> {
  const path = journalPath(folder);
  return { subject: path, read: async () => wholeLines(await readOrEmpty(path)).lines };
}

/** A journal in a file of JSON lines, synced line by line. Only whoever holds the lock of the folder opens it. */
export class JournalFile implements JournalStore, AsyncDisposable {
  readonly #folder: string;
  readonly subject: string;
  #handle: FileHandle | undefined;

  constructor(folder: string) {
    this.#folder = folder;
    this.subject = journalPath(folder);
  }

  async read(): Promise<readonly string[]> {
    const { lines, sizeBytes, torn } = wholeLines(await readOrEmpty(this.subject));
    if (torn) {
      const handle = await this.#open();
      await handle.truncate(sizeBytes);
      await handle.sync();
    }
    return lines;
  }

  async append(line: string): Promise<void> {
    const handle = await this.#open();
    await handle.appendFile(`${line}\n`);
    await handle.datasync();
  }

  async rotate(): Promise<void> {
    await this[Symbol.asyncDispose]();
    const stamp = new Date().toISOString().replaceAll(/[:.]/g, '-');
    await rename(this.subject, join(this.#folder, `journal-until-${stamp}.jsonl`));
    await syncDirectory(this.#folder);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }

  async #open(): Promise<FileHandle> {
    if (this.#handle !== undefined) return this.#handle;
    await mkdir(this.#folder, { recursive: true });
    this.#handle = await open(this.subject, 'a', 0o600);
    await syncDirectory(this.#folder);
    return this.#handle;
  }
}

interface WholeLines {
  readonly lines: readonly string[];
  /** Of the whole lines. */
  readonly sizeBytes: number;
  /** Something follows them: a line that was being written when its writer was killed. */
  readonly torn: boolean;
}

function wholeLines(bytes: Buffer): WholeLines {
  const sizeBytes = bytes.lastIndexOf(0x0a) + 1;
  const lines = bytes
    .subarray(0, sizeBytes)
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '');
  return { lines, sizeBytes, torn: sizeBytes < bytes.byteLength };
}

async function readOrEmpty(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}
