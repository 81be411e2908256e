import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * The folder that holds what was downloaded or compiled once, such as Kafka's jars: `$XDG_CACHE_HOME/bss`, or
 * `~/.cache/bss`. It may be removed at any time; everything in it is fetched again when next wanted.
 */
export function cacheDirectory(): string {
  const base = process.env['XDG_CACHE_HOME'];
  return join(base === undefined || base === '' ? join(homedir(), '.cache') : base, 'bss');
}

/** The value of an environment variable of the machine (such as `JAVA_HOME`); an empty one counts as not set. */
export function hostVariable(name: string): string | undefined {
  const value = process.env[name];
  return value === '' ? undefined : value;
}

/** The whole environment with changes, for a child process; undefined removes a variable. */
export function childEnvironment(changes: Readonly<Record<string, string | undefined>>): NodeJS.ProcessEnv {
  return { ...process.env, ...changes };
}
