import { readConfigFile, type ConfigFile, type FileContents } from './config-file.ts';
import type { ConfigOf } from './config-of.ts';
import { configError, quoted, type ConfigProblem } from './config-problem.ts';
import type { ComputedDefault, Environment, Option, OptionTable, Parsed, RawValue } from './option.ts';
import { flagName, propertyPath, variableName } from './option-names.ts';
import { isObject } from './raw-value.ts';
import { unknownVariables } from './variables.ts';

/** Everything that a configuration is made from. Nothing else is looked at. */
export interface ConfigSources {
  readonly file?: ConfigFile | undefined;
  /** Instead of `file`: a section of another file, read already. */
  readonly section?: FileContents | undefined;
  readonly env: Environment;
  /** Texts of the flags that were given, by path of the option. */
  readonly flags: ReadonlyMap<string, string>;
  /** Processor cores that this process may use. */
  readonly coreCount: number;
  /** Reads a file that a secret or a certificate is in; throws when it cannot. */
  readonly readFile: (path: string) => string;
}

/** Which options there are. */
export interface ConfigShape<Table extends OptionTable> {
  readonly table: Table;
  /** Options of other services: they may stand in the same file and environment, and are left alone. */
  readonly otherTables?: readonly OptionTable[] | undefined;
  /** Finds what is wrong between options of which each alone is right. */
  check?(config: ConfigOf<Table>): readonly OptionProblem[];
}

/** A problem of an option, wherever its value came from. */
export interface OptionProblem {
  readonly path: string;
  readonly problem: string;
}

/** A configuration, and for each option where its value came from. */
export interface LoadedConfig<Table extends OptionTable> {
  readonly config: ConfigOf<Table>;
  readonly settings: readonly Setting[];
}

/** One option as it is in force. */
export interface Setting {
  readonly path: string;
  /** As it may be shown: secrets are masked. Undefined when the option is absent. */
  readonly shown: string | undefined;
  /** `bss.yaml:4 kafka.brokers`, `BSS_KAFKA_BROKERS`, `--kafka.brokers`, `default`, `not set`. */
  readonly origin: string;
}

interface Found {
  readonly where: string;
  readonly raw: RawValue;
}

/**
 * Makes the configuration: flags win over variables, `BSS_...` over the mirrored system's names, variables over the
 * file, the file over defaults. The result is frozen.
 * @throws CONFIG_INVALID with every problem there is.
 */
export function loadConfig<Table extends OptionTable>(
  shape: ConfigShape<Table>,
  sources: ConfigSources,
): LoadedConfig<Table> {
  const loaded = tryConfig(shape, sources);
  if ('problems' in loaded) throw configError(loaded.problems);
  return loaded;
}

/** As `loadConfig`; gives the problems instead of throwing them, for those who have more of their own. */
export function tryConfig<Table extends OptionTable>(
  shape: ConfigShape<Table>,
  sources: ConfigSources,
): LoadedConfig<Table> | { readonly problems: readonly ConfigProblem[] } {
  const tables = [shape.table, ...(shape.otherTables ?? [])];
  const file =
    sources.section ?? (sources.file === undefined ? undefined : readConfigFile(sources.file, tables, sources.env));
  const loader = new Loader(sources, file?.values ?? new Map());
  loader.problems.push(...(file?.problems ?? []), ...unknownVariables(sources.env, tables));
  for (const [path, option] of Object.entries(shape.table)) loader.load(path, option);
  if (loader.problems.length > 0) return { problems: loader.problems };
  const config = nested(loader.values, shape.table) as ConfigOf<Table>;
  const problems = shape.check?.(config) ?? [];
  if (problems.length > 0) {
    return { problems: problems.map(({ path, problem }) => ({ where: loader.origins.get(path) ?? path, problem })) };
  }
  return { config, settings: loader.settings };
}

class Loader {
  readonly values = new Map<string, unknown>();
  /** Where the user gave a value; options that he did not give are absent. */
  readonly origins = new Map<string, string>();
  readonly settings: Setting[] = [];
  readonly problems: ConfigProblem[] = [];
  readonly #sources: ConfigSources;
  readonly #fileValues: FileContents['values'];

  constructor(sources: ConfigSources, fileValues: FileContents['values']) {
    this.#sources = sources;
    this.#fileValues = fileValues;
  }

  load(path: string, option: Option): void {
    const found = this.#find(path, option);
    if (found !== undefined && 'problem' in found) this.problems.push(found);
    else if (found !== undefined) this.#accept(path, option, found);
    else if (option.default !== undefined) this.#acceptDefault(path, option, option.default);
    else if (option.required) {
      const variable = variableName(path);
      const places = `set it in bss.yaml, ${variable} or ${flagName(path)}`;
      const problem = this.#sources.section === undefined ? `is required: ${places}` : 'is required';
      this.problems.push({ where: path, problem });
    } else this.settings.push({ path, shown: undefined, origin: defaultOrigin(option) });
  }

  #accept(path: string, option: Option, { where, raw }: Found): void {
    this.origins.set(path, where);
    const parsed = option.type.parse(raw);
    if ('problem' in parsed) {
      // "must be ..." is about the value as a whole; what is said of a part names that part itself.
      const given = parsed.problem.startsWith('must') ? `, not ${quoted(raw, option.secret)}` : '';
      this.problems.push({ where, problem: parsed.problem + given });
      return;
    }
    this.values.set(path, parsed.value);
    this.settings.push({ path, shown: option.secret ? '********' : option.type.show(parsed.value), origin: where });
  }

  #acceptDefault(path: string, option: Option, fallback: RawValue | ComputedDefault): void {
    const inputs = { coreCount: this.#sources.coreCount, valueOf: (other: string) => this.values.get(other) };
    const raw = typeof fallback === 'function' ? fallback(inputs) : fallback;
    const parsed = option.type.parse(raw);
    // A computed default rests on options that may be wrong themselves; those are reported, not this.
    if ('problem' in parsed) return;
    this.values.set(path, parsed.value);
    this.settings.push({ path, shown: option.type.show(parsed.value), origin: 'default' });
  }

  #find(path: string, option: Option): Found | ConfigProblem | undefined {
    const flag = this.#sources.flags.get(path);
    if (flag !== undefined) return { where: flagName(path), raw: fromText(option, flag) };
    return this.#findVariable(path, option) ?? this.#findInFile(path, option);
  }

  #findVariable(path: string, option: Option): Found | ConfigProblem | undefined {
    const { env } = this.#sources;
    for (const alias of [{ env: variableName(path), convert: undefined }, ...option.aliases]) {
      const text = nonEmpty(env[alias.env]);
      const pointer = option.mayBeFile ? nonEmpty(env[`${alias.env}_FILE`]) : undefined;
      if (text !== undefined && pointer !== undefined) {
        return { where: alias.env, problem: `and ${alias.env}_FILE are both set; one of them is too many` };
      }
      if (pointer !== undefined) return this.#readPointer(`${alias.env}_FILE`, pointer);
      if (text === undefined) continue;
      const converted: Parsed<string> = alias.convert === undefined ? { value: text } : alias.convert(text, env);
      if ('problem' in converted) return { where: alias.env, problem: converted.problem };
      return { where: alias.env, raw: fromText(option, converted.value) };
    }
    return undefined;
  }

  #findInFile(path: string, option: Option): Found | ConfigProblem | undefined {
    const value = this.#fileValues.get(path);
    if (value === undefined || 'problem' in value) return value;
    const { where, raw, isText } = value;
    if (isText && typeof raw === 'string') return { where, raw: fromText(option, raw) };
    if (option.mayBeFile && isObject(raw)) {
      const pointer = raw['file'];
      if (typeof pointer === 'string' && Object.keys(raw).length === 1) return this.#readPointer(where, pointer);
      return { where, problem: 'must be a text or {file: /path}' };
    }
    return { where, raw };
  }

  #readPointer(where: string, path: string): Found | ConfigProblem {
    try {
      const raw = this.#sources.readFile(path).trimEnd();
      return raw === '' ? { where, problem: `names the file ${path}, which is empty` } : { where, raw };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { where, problem: `names the file ${path}, which cannot be read (${reason})` };
    }
  }
}

function defaultOrigin({ defaultText }: Option): string {
  return defaultText === undefined ? 'not set' : `default: ${defaultText}`;
}

function fromText(option: Option, text: string): RawValue {
  return option.type.fromText?.(text) ?? text;
}

/** An empty variable is the same as none: templates leave them behind. */
function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === '' ? undefined : text;
}

/** The tree that `ConfigOf` describes. Every option has its property, be it undefined. */
function nested(values: ReadonlyMap<string, unknown>, table: OptionTable): Readonly<Record<string, unknown>> {
  const root: Record<string, unknown> = {};
  const sections = [root];
  for (const path of Object.keys(table)) {
    const names = propertyPath(path, table).split('.');
    const last = names.pop() ?? path;
    let section = root;
    for (const name of names) {
      const below = (section[name] ??= newSection(sections));
      section = below as Record<string, unknown>;
    }
    section[last] = values.get(path);
  }
  for (const section of sections) Object.freeze(section);
  return root;
}

function newSection(sections: Record<string, unknown>[]): Record<string, unknown> {
  const section: Record<string, unknown> = {};
  sections.push(section);
  return section;
}
