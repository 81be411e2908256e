import { availableParallelism } from 'node:os';
import type { Environment } from './option.ts';

/** The environment variables of this process. The only place that looks at them; everything else is given them. */
export function processEnvironment(): Environment {
  return process.env;
}

/** Processor cores that this process may use. */
export function processCoreCount(): number {
  return availableParallelism();
}
