import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { RenderedFile } from './runtime.ts';

/** Writes files below a folder; secret ones for their owner alone. */
export async function writeRendered(folder: string, files: readonly RenderedFile[]): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const { path, text, secret } of files) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    // A file that exists would keep its mode.
    await rm(file, { force: true });
    await writeFile(file, text, { mode: secret ? 0o600 : 0o644 });
  }
}
