import type { ConfigProblem } from './config-problem.ts';
import { suggestion } from './nearest-name.ts';
import type { Environment, OptionTable } from './option.ts';
import { variableName } from './option-names.ts';

/** Variables of ours that are no options: the configuration file, and what the tests and the start script use. */
const OTHERS = /^BSS_(CONFIG|CACHE|TEST_.*|BENCH_.*|DEMO_.*)$/;

/** Kubernetes describes every service of the namespace so, among them one that is called `bss-...`. */
const SERVICE_LINKS = /^BSS_(.*_)?(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT|PORT_\d+_(TCP|UDP|SCTP)(_(PORT|PROTO|ADDR))?)$/;

/** Variables that start with `BSS_` and are nothing we know: most likely a slip that would go unnoticed. */
export function unknownVariables(env: Environment, tables: readonly OptionTable[]): ConfigProblem[] {
  const known = new Set(optionVariables(tables));
  return Object.keys(env)
    .filter((name) => name.startsWith('BSS_') && !known.has(name) && !OTHERS.test(name) && !SERVICE_LINKS.test(name))
    .map((name) => ({ where: name, problem: `is not a variable that sets an option${suggestion(name, known)}` }));
}

/** Every variable that sets an option of the tables, whether ours or the mirrored system's. */
export function optionVariables(tables: readonly OptionTable[]): string[] {
  return tables.flatMap((table) => Object.entries(table).flatMap(variablesOf));
}

/** Every variable that sets the option, in order of precedence. */
function variablesOf([path, option]: [string, OptionTable[string]]): string[] {
  const names = [variableName(path), ...option.aliases.map(({ env }) => env)];
  return option.mayBeFile ? names.flatMap((name) => [name, `${name}_FILE`]) : names;
}
