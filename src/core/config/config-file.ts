import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node } from 'yaml';
import type { ConfigProblem } from './config-problem.ts';
import { suggestion } from './nearest-name.ts';
import type { Environment, OptionTable, Parsed, RawValue } from './option.ts';
import { hasPlaceholder, substituteVariables } from './substitute-variables.ts';

/** A configuration file that was read. */
export interface ConfigFile {
  /** As the user named it. */
  readonly path: string;
  readonly text: string;
}

/** A value of the file. */
export interface FileValue {
  /** `bss.yaml:4 kafka.brokers`. */
  readonly where: string;
  readonly raw: RawValue;
  /** True when a variable was put in: the value is text then, to be read as a flag's would be. */
  readonly isText: boolean;
}

/** What a file holds, and what is wrong with it as a whole. What is wrong with a value matters only if it is used. */
export interface FileContents {
  readonly values: ReadonlyMap<string, FileValue | ConfigProblem>;
  readonly problems: readonly ConfigProblem[];
}

/** Reads a `bss.yaml`. Keys are known when one of the tables has them; `kafka.brokers:` is the same as nesting. */
export function readConfigFile(file: ConfigFile, tables: readonly OptionTable[], env: Environment): FileContents {
  const lines = new LineCounter();
  const document = parseDocument(file.text, { lineCounter: lines, version: '1.2', prettyErrors: false });
  const problems: ConfigProblem[] = document.errors.map((error) => ({
    where: `${file.path}:${lines.linePos(error.pos[0]).line}`,
    problem: `is not valid YAML: ${error.message}`,
  }));
  if (problems.length > 0) return { values: new Map(), problems };
  const reader = new FileReader(file.path, document, lines, tables, env);
  reader.readSection(document.contents, '');
  return { values: reader.values, problems: reader.problems };
}

/** A section of another file that holds what a `bss.yaml` would. */
export interface ConfigSection {
  /** The file, as the user named it. */
  readonly path: string;
  readonly document: Document;
  readonly lines: LineCounter;
  /** The section's name, which messages put before every key. */
  readonly name: string;
}

/** Reads the section as `readConfigFile` does a file. The document has been parsed without errors. */
export function readConfigSection(
  { path, document, lines, name }: ConfigSection,
  tables: readonly OptionTable[],
  env: Environment,
): FileContents {
  const reader = new FileReader(path, document, lines, tables, env, `${name}.`);
  reader.readSection(document.get(name, true), '');
  return { values: reader.values, problems: reader.problems };
}

class FileReader {
  readonly values = new Map<string, FileValue | ConfigProblem>();
  readonly problems: ConfigProblem[] = [];
  readonly #path: string;
  readonly #document: Document;
  readonly #lines: LineCounter;
  readonly #known: ReadonlySet<string>;
  readonly #env: Environment;
  /** What stands before every key in messages: the section of the file that this is. */
  readonly #under: string;

  constructor(
    path: string,
    document: Document,
    lines: LineCounter,
    tables: readonly OptionTable[],
    env: Environment,
    under = '',
  ) {
    this.#under = under;
    this.#path = path;
    this.#document = document;
    this.#lines = lines;
    this.#known = new Set(tables.flatMap((table) => Object.keys(table)));
    this.#env = env;
  }

  readSection(node: unknown, prefix: string): void {
    const section = this.#resolved(node);
    if (section === null || (isScalar(section) && section.value === null)) return;
    if (!isMap(section)) {
      const whole = this.#under + prefix;
      const where = whole === '' ? this.#path : this.#where(node, whole.slice(0, -1));
      this.problems.push({ where, problem: `must be a section with ${this.#below(prefix).join(', ')}` });
      return;
    }
    for (const { key, value } of section.items) this.#readEntry(key, value, prefix);
  }

  #readEntry(key: unknown, value: unknown, prefix: string): void {
    const name = isScalar(key) ? String(key.value) : String(key);
    const path = prefix + name;
    const where = this.#where(key, this.#under + path);
    if (this.#known.has(path)) this.#readValue(value, path, where);
    else if ([...this.#known].some((known) => known.startsWith(`${path}.`))) this.readSection(value, `${path}.`);
    else {
      const known = [...this.#below(prefix).map((below) => prefix + below), ...this.#known];
      this.problems.push({ where, problem: `is not an option${suggestion(path, known)}` });
    }
  }

  #readValue(node: unknown, path: string, where: string): void {
    const found = this.#substituted(node);
    if ('problem' in found) {
      this.values.set(path, { where, problem: found.problem });
      return;
    }
    const raw = found.value;
    if (raw === null || raw === '') return;
    if (this.values.has(path)) this.problems.push({ where, problem: 'is given twice' });
    const scalar = this.#resolved(node);
    const isText = isScalar(scalar) && typeof scalar.value === 'string' && hasPlaceholder(scalar.value);
    this.values.set(path, { where, raw, isText });
  }

  /** The node as plain data, with variables put into its texts (not into keys). */
  #substituted(node: unknown): Parsed<RawValue> {
    const found = this.#resolved(node);
    if (isSeq(found)) {
      const items: RawValue[] = [];
      for (const item of found.items) {
        const parsed = this.#substituted(item);
        if ('problem' in parsed) return parsed;
        items.push(parsed.value);
      }
      return { value: items };
    }
    if (isMap(found)) {
      const entries: [string, RawValue][] = [];
      for (const { key, value } of found.items) {
        const parsed = this.#substituted(value);
        if ('problem' in parsed) return parsed;
        entries.push([isScalar(key) ? String(key.value) : String(key), parsed.value]);
      }
      return { value: Object.fromEntries(entries) };
    }
    const value = isScalar(found) ? found.value : null;
    if (typeof value === 'string') return substituteVariables(value, this.#env);
    if (typeof value === 'number' || typeof value === 'boolean' || value === null) return { value };
    return { problem: 'has a value of a kind that no option takes' };
  }

  #resolved(node: unknown): Node | null {
    if (isAlias(node)) return node.resolve(this.#document) ?? null;
    return isMap(node) || isSeq(node) || isScalar(node) ? node : null;
  }

  /** Names of what may stand directly in a section. */
  #below(prefix: string): string[] {
    const names = [...this.#known].filter((path) => path.startsWith(prefix));
    return [...new Set(names.map((path) => path.slice(prefix.length).split('.', 1)[0] ?? ''))];
  }

  #where(node: unknown, path: string): string {
    const range = isScalar(node) || isMap(node) || isSeq(node) ? node.range : undefined;
    return range ? `${this.#path}:${this.#lines.linePos(range[0]).line} ${path}` : `${this.#path} ${path}`;
  }
}
