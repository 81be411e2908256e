import { randomUUID } from 'node:crypto';
import { closeSync, linkSync, openSync, statSync, unlinkSync, writevSync } from 'node:fs';
import { join } from 'node:path';
import { isAbsent, systemErrorCode } from './file-error.ts';

/** writev(2) takes at most 1,024 pieces; more are passed on in several calls anyway. */
const PIECES_MAX = 1_024;

/** A file with a name of its own that nobody reads yet. Dispose of it to remove that name, whatever became of its content. */
export class TemporaryFile implements Disposable {
  readonly path: string;
  readonly descriptor: number;

  /** Creates an empty one in the directory. */
  constructor(directory: string) {
    this.path = join(directory, randomUUID());
    this.descriptor = openSync(this.path, 'wx', 0o644);
  }

  /** Writes all chunks, without joining them. */
  write(chunks: readonly Uint8Array[]): void {
    let pending = chunks.filter((chunk) => chunk.byteLength > 0);
    while (pending.length > 0) {
      pending = afterBytes(pending, writevSync(this.descriptor, pending.slice(0, PIECES_MAX)));
    }
  }

  [Symbol.dispose](): void {
    try {
      closeSync(this.descriptor);
    } finally {
      removeIfPresent(this.path);
    }
  }
}

/** The chunks without their first `count` bytes: a write may take less than it was given. */
function afterBytes(chunks: readonly Uint8Array[], count: number): Uint8Array[] {
  let at = 0;
  let left = count;
  for (let chunk = chunks[at]; chunk !== undefined && chunk.byteLength <= left; chunk = chunks[at]) {
    left -= chunk.byteLength;
    at++;
  }
  const rest = chunks.slice(at);
  if (rest[0] !== undefined) rest[0] = rest[0].subarray(left);
  return rest;
}

/** Gives the file at `from` a second name, unless that name is taken. */
export function linkIfAbsent(from: string, to: string): 'created' | 'exists' {
  try {
    linkSync(from, to);
    return 'created';
  } catch (cause) {
    // A network file system may repeat a request whose answer was lost, and report the name that it has just made as taken.
    if (statSync(from).nlink > 1) return 'created';
    if (systemErrorCode(cause) === 'EEXIST') return 'exists';
    throw cause;
  }
}

/** Removes a name; one that is not there is no error. */
export function removeIfPresent(path: string): void {
  try {
    unlinkSync(path);
  } catch (cause) {
    if (!isAbsent(cause)) throw cause;
  }
}
