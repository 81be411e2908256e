import { type Document, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import type { ConfigSection } from '../../core/config/config-file.ts';
import type { ConfigProblem } from '../../core/config/config-problem.ts';
import type { Environment } from '../../core/config/option.ts';
import { hasPlaceholder, substituteVariables } from '../../core/config/substitute-variables.ts';
import { DeploymentSchema, FILE_VALUES, sectionSchema } from './deployment-schema.ts';

/** What the file is read with. */
export interface FileAround {
  readonly env: Environment;
  /** Reads a file that a value is in; throws when it cannot. */
  readonly readFile: (path: string) => string;
}

/** A `deployment.yaml` as data, with what it takes to name its lines. */
export interface DeploymentText {
  /** Variables and files put in, but for the section `bss`, which is left as it was written. */
  readonly value: unknown;
  readonly problems: readonly ConfigProblem[];
  /** The section `bss`, to be read with the options of the services. */
  readonly bss: ConfigSection;
  /** `deployment.yaml:4 cdc.driver`, for a field as messages call it: `dump.inputs[0]`. */
  readonly where: (field: string) => string;
}

/** Reads the text of a `deployment.yaml`. `path` is for messages. */
export function readDeploymentText(text: string, path: string, around: FileAround): DeploymentText {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, version: '1.2', prettyErrors: false });
  const bss = { path, document, lines, name: 'bss' };
  const where = (field: string): string => {
    const range = nearestNode(document, field)?.range;
    return range ? `${path}:${lines.linePos(range[0]).line} ${field}` : `${path} ${field}`.trimEnd();
  };
  const [error] = document.errors;
  if (error !== undefined) {
    // The others are mostly what follows from the first.
    const line = lines.linePos(error.pos[0]).line;
    const problems = [{ where: `${path}:${line}`, problem: `is not valid YAML: ${error.message}` }];
    return { value: undefined, problems, bss, where };
  }
  const whole: unknown = document.toJS({ maxAliasCount: 100 });
  const reader = new ValueReader(whole, around, where);
  return { value: reader.read(whole, []), problems: reader.problems, bss, where };
}

/** Puts variables and files into a value, part by part. */
class ValueReader {
  readonly problems: ConfigProblem[] = [];
  readonly #whole: unknown;
  readonly #around: FileAround;
  readonly #where: (field: string) => string;

  constructor(whole: unknown, around: FileAround, where: (field: string) => string) {
    this.#whole = whole;
    this.#around = around;
    this.#where = where;
  }

  read(value: unknown, path: readonly string[]): unknown {
    if (path[0] === 'bss') return value;
    if (typeof value === 'string') return this.#readText(value, path);
    if (Array.isArray(value)) return value.map((item, index) => this.read(item, [...path, String(index)]));
    if (typeof value !== 'object' || value === null) return value;
    const pointer: unknown = Reflect.get(value, 'file');
    if (typeof pointer === 'string' && mayBeFile(path)) return this.#readPointer(pointer, path);
    return Object.fromEntries(
      Object.entries(value).map(([name, below]) => [name, this.read(below, [...path, name])] as const),
    );
  }

  /** A text that a variable was put in becomes a number or `true` where the field takes no text. */
  #readText(text: string, path: readonly string[]): unknown {
    if (!hasPlaceholder(text)) return text;
    const found = substituteVariables(text, this.#around.env);
    if ('problem' in found) {
      this.problems.push({ where: this.#where(path.join('.')), problem: found.problem });
      return undefined;
    }
    const kind = fieldKind(path, this.#whole);
    if (kind === 'integer' && /^\d{1,15}$/.test(found.value)) return Number(found.value);
    if (kind === 'boolean' && /^(true|false)$/i.test(found.value)) return found.value.toLowerCase() === 'true';
    return found.value;
  }

  #readPointer(pointer: string, path: readonly string[]): string | undefined {
    try {
      return this.#around.readFile(pointer).trimEnd();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.problems.push({
        where: this.#where(path.join('.')),
        problem: `names a file that cannot be read: ${reason}`,
      });
      return undefined;
    }
  }
}

function mayBeFile(path: readonly string[]): boolean {
  return FILE_VALUES.some((known) => known.join('.') === path.join('.'));
}

/** The JSON type of the field, by the schema. */
function fieldKind(path: readonly string[], whole: unknown): unknown {
  const section: unknown =
    typeof whole === 'object' && whole !== null && path[0] !== undefined ? Reflect.get(whole, path[0]) : undefined;
  const kind = path[0] === undefined ? undefined : sectionSchema(path[0], section);
  let schema: object | undefined = kind ?? DeploymentSchema;
  for (const name of kind === undefined ? path : path.slice(1)) schema = property(schema, name);
  return schema === undefined ? undefined : Reflect.get(schema, 'type');
}

function property(schema: object | undefined, name: string): object | undefined {
  const properties: unknown = schema === undefined ? undefined : Reflect.get(schema, 'properties');
  const found: unknown =
    typeof properties === 'object' && properties !== null ? Reflect.get(properties, name) : undefined;
  return typeof found === 'object' && found !== null ? found : undefined;
}

/** The key of the field, or of the nearest section above that is there. Names of topics have dots of their own. */
function nearestNode(document: Document, field: string): Node | undefined {
  let at: unknown = document.contents;
  let found: Node | undefined;
  let rest = field;
  while (rest !== '') {
    const index = /^\[(\d+)\]/.exec(rest);
    if (isSeq(at) && index !== null) {
      at = at.get(Number(index[1]), true);
      rest = rest.slice(index[0].length).replace(/^\./, '');
      if (isScalar(at) || isMap(at) || isSeq(at)) found = at;
      continue;
    }
    const pair = isMap(at) ? at.items.find(({ key }) => isScalar(key) && leads(rest, String(key.value))) : undefined;
    if (pair === undefined || !isScalar(pair.key)) return found;
    found = pair.key;
    rest = rest.slice(String(pair.key.value).length).replace(/^\./, '');
    at = pair.value;
  }
  return found;
}

function leads(field: string, name: string): boolean {
  return field === name || field.startsWith(`${name}.`) || field.startsWith(`${name}[`);
}
