import type { TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import type { TLocalizedValidationError } from 'typebox/error';
import { nearestName } from '../../core/config/nearest-name.ts';
import { fieldName, pointerParts, propertiesOf, schemaAt } from '../../core/config/schema-location.ts';
import { AppError } from '../../core/errors.ts';

/** One thing that is wrong with a request: `time.from`, "must be ...". The field is empty for the body as a whole. */
export interface RequestProblem {
  readonly field: string;
  readonly problem: string;
}

/** RELOAD_REQUEST_INVALID with every problem of the request, first the one that the message names. */
export class InvalidRequestError extends AppError {
  readonly problems: readonly RequestProblem[];

  constructor(problems: readonly [RequestProblem, ...RequestProblem[]], hint?: string) {
    const [{ field, problem }] = problems;
    super('RELOAD_REQUEST_INVALID', `the request cannot be accepted: ${field === '' ? 'the body' : field} ${problem}`, {
      subject: field === '' ? undefined : field,
      hint: hint ?? 'Correct the field and send the request again; GET /openapi.json describes every field.',
    });
    this.problems = problems;
  }
}

/** Throws `InvalidRequestError` when there are problems. */
export function throwProblems(problems: readonly RequestProblem[]): void {
  const [first, ...others] = problems;
  if (first !== undefined) throw new InvalidRequestError([first, ...others]);
}

/**
 * Compiles a schema into a check that gives the problems of a value, one per field, with unknown fields compared to the
 * known ones. A schema's own `expects` is what the message says.
 */
export function problemFinder(schema: TSchema): (value: unknown) => RequestProblem[] {
  const validator: Validator = Compile(schema);
  return (value) => {
    if (validator.Check(value)) return [];
    const found = new Map<string, string>();
    for (const error of validator.Errors(value)) {
      for (const { field, problem } of problemsOf(error, schema)) if (!found.has(field)) found.set(field, problem);
    }
    return [...found].map(([field, problem]) => ({ field, problem }));
  };
}

function problemsOf(error: TLocalizedValidationError, schema: TSchema): RequestProblem[] {
  const path = pointerParts(error.instancePath);
  // What `additionalProperties: false` says about each unknown field; the error of the object names them all.
  if (error.keyword === 'boolean') return [];
  if (error.keyword === 'additionalProperties') {
    const known = Object.keys(propertiesOf(schemaAt(schema, path)));
    return error.params.additionalProperties.map((name) => {
      const nearest = nearestName(name, known);
      const suggestion = nearest === undefined ? `known are ${known.join(', ')}` : `did you mean "${nearest}"?`;
      return { field: fieldName([...path, name]), problem: `is not a known field; ${suggestion}` };
    });
  }
  if (error.keyword === 'required') {
    return error.params.requiredProperties.map((name) => {
      const field = [...path, name];
      return {
        field: fieldName(field),
        problem: `is missing; it must be ${expectation(schema, field, error.message)}`,
      };
    });
  }
  return [{ field: fieldName(path), problem: `must be ${expectation(schema, path, error.message)}` }];
}

function expectation(schema: TSchema, path: readonly string[], fallback: string): string {
  const at = schemaAt(schema, path);
  const expects: unknown = at === undefined ? undefined : Reflect.get(at, 'expects');
  return typeof expects === 'string' ? expects : fallback.replace(/^must (be )?/, '');
}
