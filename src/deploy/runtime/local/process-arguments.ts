import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** The command line of a process, or undefined when there is none of that id. */
export async function processArguments(pid: number): Promise<string | undefined> {
  try {
    const text = await readFile(`/proc/${pid}/cmdline`, 'utf8');
    // A process that has ended and was not waited for has none.
    return text === '' ? undefined : text.replaceAll('\0', ' ');
  } catch {
    // Where there is no /proc, `ps` knows.
  }
  try {
    return (await promisify(execFile)('ps', ['-o', 'args=', '-p', String(pid)])).stdout.trim();
  } catch {
    return undefined;
  }
}
