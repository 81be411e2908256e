import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { PassThrough, Readable, type Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip, createZstdCompress } from 'node:zlib';

import type { FoldedArchive } from './fold-archive.ts';

const BLOCK_CHARS = 256 * 1024;

/**
 * Writes the rows that are left as JSON lines, compressed as the name ends (`.gz`, `.zst`). The file has its name once
 * it is whole; one of that name is replaced.
 */
export async function writeFolded(folded: FoldedArchive, path: string, signal: AbortSignal): Promise<void> {
  const partial = `${path}.partial`;
  try {
    await pipeline(Readable.from(blocks(folded)), packing(path), createWriteStream(partial), { signal });
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

function packing(path: string): Transform {
  if (path.endsWith('.gz')) return createGzip();
  return path.endsWith('.zst') ? createZstdCompress() : new PassThrough();
}

async function* blocks(folded: FoldedArchive): AsyncGenerator<string> {
  let block = '';
  for await (const { row } of folded.rows()) {
    block += `${row}\n`;
    if (block.length < BLOCK_CHARS) continue;
    yield block;
    block = '';
  }
  if (block !== '') yield block;
}
