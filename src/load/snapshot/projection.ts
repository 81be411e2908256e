import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { parse as parseYaml } from 'yaml';

import { AppError } from '../../core/errors.ts';
import { type RestoreRule, restoreRule, SOURCE_TYPES, sourceTypeProblem } from './restore-rule.ts';

/** A projection: a collection that an updater keeps up to date from topics. */
export interface Projection {
  readonly name: string;
  readonly collection: string;
  /** The topics that the updater makes it from. */
  readonly topics: readonly string[];
  /** Fields of the source that make up the primary key, in order. */
  readonly primaryKeys: readonly string[];
  /** How fields get back; undefined: every field is kept under its name. */
  readonly rules: readonly RestoreRule[] | undefined;
}

const CLOSED = { additionalProperties: false } as const;
const Name = Type.String({ minLength: 1 });
const Names = Type.Array(Name, { minItems: 1 });
const FieldMapping = Type.Object(
  { targetField: Name, castFunction: Type.Optional(Name), sourceType: Type.Optional(Type.Enum([...SOURCE_TYPES])) },
  CLOSED,
);
const ProjectionsFile = Type.Object(
  {
    projections: Type.Array(
      Type.Object(
        {
          name: Type.String({ pattern: '^(?!_)[A-Za-z0-9._-]{1,100}$' }),
          customStorageNamespace: Type.Optional(Name),
          topics: Names,
          primaryKeys: Names,
          fieldsMapping: Type.Optional(Type.Record(Type.String(), FieldMapping)),
        },
        CLOSED,
      ),
      { minItems: 1 },
    ),
  },
  CLOSED,
);

/**
 * Reads a projections file, YAML or JSON (docs/snapshot.md describes it).
 * @throws SNAPSHOT_PROJECTIONS_INVALID with everything that is wrong
 */
export function parseProjections(text: string, name: string): Projection[] {
  let file: unknown;
  try {
    file = parseYaml(text);
  } catch (cause) {
    throw invalid(name, [cause instanceof Error ? cause.message : String(cause)], cause);
  }
  if (!Value.Check(ProjectionsFile, file)) {
    const problems = [...Value.Errors(ProjectionsFile, file)].map((error) => `${error.instancePath}: ${error.message}`);
    throw invalid(name, problems);
  }
  const problems = problemsOf(file);
  if (problems.length > 0) throw invalid(name, problems);
  return file.projections.map((projection) => ({
    name: projection.name,
    collection: projection.customStorageNamespace ?? projection.name,
    topics: projection.topics,
    primaryKeys: projection.primaryKeys,
    rules: rulesOf(projection),
  }));
}

type FileProjection = Static<typeof ProjectionsFile>['projections'][number];

function rulesOf({ fieldsMapping }: FileProjection): RestoreRule[] | undefined {
  if (fieldsMapping === undefined) return undefined;
  return Object.entries(fieldsMapping).map(([field, mapping]) => restoreRule(field, withCast(mapping)));
}

function withCast<M extends { readonly castFunction?: string | undefined }>(mapping: M): M & { castFunction: string } {
  return { ...mapping, castFunction: mapping.castFunction ?? 'identity' };
}

function problemsOf({ projections }: Static<typeof ProjectionsFile>): string[] {
  const names = projections.map(({ name }) => name);
  const twice = names.filter((name, at) => names.indexOf(name) < at).map((name) => `${name} is there twice`);
  return [
    ...twice,
    ...projections.flatMap(({ name, primaryKeys, fieldsMapping = {} }) => {
      const fields = Object.entries(fieldsMapping);
      const mapped = new Set(fields.map(([field]) => field));
      const unmapped = fields.length === 0 ? [] : primaryKeys.filter((key) => !mapped.has(key));
      const wrong = fields.flatMap(([field, mapping]) => {
        const problem = sourceTypeProblem(withCast(mapping));
        return problem === undefined ? [] : [`${name}.${field}: ${problem}`];
      });
      return [...unmapped.map((key) => `${name}: its key field ${key} is not in fieldsMapping`), ...wrong];
    }),
  ];
}

function invalid(name: string, problems: readonly string[], cause?: unknown): AppError {
  return new AppError('SNAPSHOT_PROJECTIONS_INVALID', `${name} has errors:\n${problems.join('\n')}`, {
    subject: name,
    hint: 'docs/snapshot.md describes the file.',
    cause,
  });
}
