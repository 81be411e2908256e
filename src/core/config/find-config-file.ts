import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { AppError } from '../errors.ts';
import type { ConfigFile } from './config-file.ts';
import type { Environment } from './option.ts';

/** Taken from the working directory when no other file is named. */
const USUAL_NAME = 'bss.yaml';

/**
 * The configuration file: the one that is named, else `BSS_CONFIG`, else `bss.yaml` in the working directory if there
 * is one, else none.
 * @throws CONFIG_FILE_MISSING when a file that was named cannot be read.
 */
export function findConfigFile(named: string | undefined, env: Environment, directory: string): ConfigFile | undefined {
  const variable = env['BSS_CONFIG'];
  const path = named ?? (variable === '' ? undefined : variable);
  try {
    return { path: path ?? USUAL_NAME, text: readFileSync(resolve(directory, path ?? USUAL_NAME), 'utf8') };
  } catch (cause) {
    if (path === undefined && isAbsent(cause)) return undefined;
    throw new AppError('CONFIG_FILE_MISSING', `cannot read the configuration file ${path ?? USUAL_NAME}`, {
      subject: path ?? USUAL_NAME,
      hint: 'Name the file with --config or BSS_CONFIG, and check that this user may read it.',
      cause,
    });
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
