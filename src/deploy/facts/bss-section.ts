import {
  type ConfigSection,
  type FileContents,
  type FileValue,
  readConfigSection,
} from '../../core/config/config-file.ts';
import type { ConfigProblem } from '../../core/config/config-problem.ts';
import { type LoadedConfig, tryConfig } from '../../core/config/load-config.ts';
import type { OptionTable, RawValue } from '../../core/config/option.ts';
import { isObject } from '../../core/config/raw-value.ts';
import { ALL_TABLES, RELOADER_SHAPE, STORER_SHAPE } from '../../core/config/service-shapes.ts';
import type { TopicMapping } from '../../core/config/topic-mapping.ts';
import type { FileAround } from './read-deployment-file.ts';

/** The section `bss`, checked as the services will. */
export interface BssSection {
  /** As a `bss.yaml` would hold it, variables and the texts of files put in. */
  readonly value: Readonly<Record<string, unknown>>;
  /** What is archived; empty when there are problems. */
  readonly topics: readonly TopicMapping[];
  readonly problems: readonly ConfigProblem[];
}

/**
 * Checks the section with the options of Storer and Reloader. The environment of this process is not that of the
 * services: its variables count only where the section names them.
 */
export function bssSection(section: ConfigSection, { env, readFile }: FileAround): BssSection {
  const contents = readConfigSection(section, ALL_TABLES, env);
  const sources = { section: contents, env: {}, flags: new Map<string, string>(), coreCount: 1, readFile };
  const storer = tryConfig(STORER_SHAPE, sources);
  const problems = [...problemsOf(storer), ...problemsOf(tryConfig(RELOADER_SHAPE, sources))].map(
    ({ where, problem }) => ({
      // An option that is not in the file is named by its path alone.
      where: where.includes(' ') || where.startsWith(section.path) ? where : `${section.path} ${section.name}.${where}`,
      problem,
    }),
  );
  const distinct = [...new Map(problems.map((found) => [`${found.where} ${found.problem}`, found])).values()];
  if ('problems' in storer || distinct.length > 0) return { value: {}, topics: [], problems: distinct };
  return { value: nestedValues(contents, readFile), topics: storer.config.storer.topics, problems: [] };
}

function problemsOf(
  loaded: LoadedConfig<OptionTable> | { readonly problems: readonly ConfigProblem[] },
): readonly ConfigProblem[] {
  return 'problems' in loaded ? loaded.problems : [];
}

function nestedValues({ values }: FileContents, readFile: (path: string) => string): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  for (const [path, value] of values) {
    if ('problem' in value) continue;
    const names = path.split('.');
    const last = names.pop() ?? path;
    let section = root;
    for (const name of names) section = (section[name] ??= {}) as Record<string, unknown>;
    section[last] = finalValue(path, value, readFile);
  }
  return root;
}

/** As the option takes it: a text with variables as a flag's text would be, `{file: ...}` as the text of the file. */
function finalValue(path: string, { raw, isText }: FileValue, readFile: (path: string) => string): RawValue {
  const option = ALL_TABLES.find((table) => Object.hasOwn(table, path))?.[path];
  if (isText && typeof raw === 'string') return option?.type.fromText?.(raw) ?? raw;
  if (option?.mayBeFile !== true || !isObject(raw)) return raw;
  const pointer = raw['file'];
  return typeof pointer === 'string' ? readFile(pointer).trimEnd() : raw;
}
