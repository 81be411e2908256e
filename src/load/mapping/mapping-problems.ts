import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { nearestName } from '../../core/config/nearest-name.ts';
import { fieldName, pointerParts, propertiesOf, schemaAt } from '../../core/config/schema-location.ts';
import { AppError, type ErrorCode } from '../../core/errors.ts';
import { COLUMN_TYPES, ColumnSchema, FORMAT_SCHEMAS } from './mapping-schema.ts';

/** One thing that is wrong with a mapping file: `tables[0].columns.id`, "must be ...". */
export interface MappingProblem {
  readonly field: string;
  readonly problem: string;
}

/** LOAD_MAPPING_INVALID (or another code) with every problem there is. */
export function mappingError(
  name: string,
  problems: readonly MappingProblem[],
  code: ErrorCode = 'LOAD_MAPPING_INVALID',
): AppError {
  const lines = problems.map(({ field, problem }) => `\n  ${field === '' ? 'the file' : field} ${problem}`);
  return new AppError(code, `the mapping ${name} cannot be used:${lines.join('')}`, { subject: name });
}

/** What does not fit the schema, in the words of its `expects`: one problem a field. */
export function schemaProblems(schema: TSchema, value: unknown, prefix: readonly string[] = []): MappingProblem[] {
  const validator = Compile(schema);
  if (validator.Check(value)) return [];
  const found = new Map<string, string>();
  const add = (path: readonly string[], problem: string): void => {
    const field = fieldName([...prefix, ...path]);
    if (!found.has(field)) found.set(field, problem);
  };
  for (const error of validator.Errors(value)) {
    const path = pointerParts(error.instancePath);
    const part = partAt(path, value);
    if (part !== undefined) {
      for (const { field, problem } of part.problems(prefix)) if (!found.has(field)) found.set(field, problem);
    } else if (error.keyword === 'additionalProperties') {
      const known = Object.keys(propertiesOf(schemaAt(schema, path)));
      for (const name of error.params.additionalProperties) add([...path, name], unknownName(name, known));
    } else if (error.keyword === 'required') {
      for (const name of error.params.requiredProperties) {
        add([...path, name], `is missing; it must be ${expectation(schemaAt(schema, [...path, name]), 'given')}`);
      }
    } else if (error.keyword !== 'boolean') {
      add(path, `must be ${expectation(schemaAt(schema, path), error.message.replace(/^must (be )?/, ''))}`);
    }
  }
  return [...found].map(([field, problem]) => ({ field, problem }));
}

/**
 * A column or a format is one of several schemas, of which the errors would all be told: what its own type asks for is
 * what counts.
 */
function partAt(
  path: readonly string[],
  root: unknown,
): { problems(prefix: readonly string[]): MappingProblem[] } | undefined {
  const columnsAt = path.indexOf('columns');
  if (path[0] === 'tables' && columnsAt === 2 && path.length > 3) {
    const at = path.slice(0, 4);
    return { problems: (prefix) => columnProblems(valueAt(root, at), [...prefix, ...at]) };
  }
  const formatAt = path.indexOf('format');
  if (formatAt === 0 || (path[0] === 'tables' && formatAt === 2)) {
    const at = path.slice(0, formatAt + 1);
    return { problems: (prefix) => formatProblems(valueAt(root, at), [...prefix, ...at]) };
  }
  return undefined;
}

function columnProblems(value: unknown, path: readonly string[]): MappingProblem[] {
  if (typeof value === 'object' && value !== null) return schemaProblems(ColumnSchema, value, path);
  const words = [...COLUMN_TYPES, 'omit'];
  const nearest = typeof value === 'string' ? nearestName(value, words) : undefined;
  const hint = nearest === undefined ? '' : `; did you mean "${nearest}"?`;
  return [{ field: fieldName(path), problem: `must be a type (${words.join(', ')}) or an object with one${hint}` }];
}

function formatProblems(value: unknown, path: readonly string[]): MappingProblem[] {
  const type: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'type') : undefined;
  const names = Object.keys(FORMAT_SCHEMAS);
  if (typeof type !== 'string' || !names.includes(type)) {
    return [{ field: fieldName([...path, 'type']), problem: `must be one of ${names.join(', ')}` }];
  }
  return schemaProblems(FORMAT_SCHEMAS[type as keyof typeof FORMAT_SCHEMAS], value, path);
}

function unknownName(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  return `is not a known field; ${nearest === undefined ? `known are ${known.join(', ')}` : `did you mean "${nearest}"?`}`;
}

function expectation(schema: object | undefined, fallback: string): string {
  const expects: unknown = schema === undefined ? undefined : Reflect.get(schema, 'expects');
  return typeof expects === 'string' ? expects : fallback;
}

function valueAt(root: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, part) => (typeof value === 'object' && value !== null ? Reflect.get(value, part) : undefined),
    root,
  );
}
