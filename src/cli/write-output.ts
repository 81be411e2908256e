import type { TextOutput } from './cli-host.ts';

/** Writes, and waits while the reader is behind, so that memory does not grow with what is written. */
export async function writeOutput(output: TextOutput, chunk: string | Uint8Array): Promise<void> {
  if (output.write(chunk)) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  output.once('drain', resolve);
  await promise;
}
