import { enableCompileCache } from 'node:module';
import { availableParallelism, homedir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from './option.ts';

/** The environment variables of this process. The only place that looks at them; everything else is given them. */
export function processEnvironment(): Environment {
  return process.env;
}

/**
 * Keeps what Node compiles (and strips of its types) for the next start, in the user's cache: later starts, and threads,
 * do without the compiler's time and memory. For modules that are loaded from now on, here and in threads and processes
 * of ours. Where nothing can be written, nothing is kept.
 */
export function keepCompiledCode(): void {
  const { env } = process;
  const { XDG_CACHE_HOME: base } = env;
  env['NODE_COMPILE_CACHE'] ??= join(
    base === undefined || base === '' ? join(homedir(), '.cache') : base,
    'bss/compiled',
  );
  enableCompileCache(env['NODE_COMPILE_CACHE']);
}

/** Processor cores that this process may use. */
export function processCoreCount(): number {
  return availableParallelism();
}
