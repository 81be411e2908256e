import { variableName } from '../../core/config/option-names.ts';
import type { OptionTable } from '../../core/config/option.ts';
import type { ServiceConfig } from './runtime.ts';

/** A configuration in two parts: what anybody may read, and variables that set the secrets. */
export interface SplitConfig {
  readonly open: ServiceConfig;
  /** `BSS_KAFKA_SASL_PASSWORD` and its text. */
  readonly secrets: Readonly<Record<string, string>>;
}

/**
 * Takes secrets out of a configuration, as the tables of options know them. One that is the name of a file
 * (`{file: /path}`) stays: what is in the file is the business of whoever mounts it.
 */
export function splitSecrets(config: ServiceConfig, tables: readonly OptionTable[]): SplitConfig {
  const secrets: Record<string, string> = {};
  let open = config;
  for (const [path, option] of tables.flatMap((table) => Object.entries(table))) {
    const value = option.secret ? valueAt(config, path.split('.')) : undefined;
    if (typeof value !== 'string' && typeof value !== 'number') continue;
    secrets[variableName(path)] = String(value);
    open = without(open, path.split('.'));
  }
  return { open, secrets };
}

function valueAt(config: unknown, [name, ...rest]: readonly string[]): unknown {
  if (name === undefined) return config;
  return typeof config === 'object' && config !== null ? valueAt(Reflect.get(config, name), rest) : undefined;
}

function without(config: ServiceConfig, [name = '', ...rest]: readonly string[]): ServiceConfig {
  const { [name]: below, ...others } = config;
  if (rest.length === 0 || typeof below !== 'object' || below === null) return others;
  const remaining = without({ ...below }, rest);
  return Object.keys(remaining).length === 0 ? others : { ...config, [name]: remaining };
}
