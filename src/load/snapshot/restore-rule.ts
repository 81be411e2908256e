/** What a field was in the source, before the projection's cast function changed it. */
export const SOURCE_TYPES = [
  'json',
  'string',
  'integer',
  'number',
  'boolean',
  'unixMs',
  'isoString',
  'jsonText',
] as const;

/**
 * - `json`: what the projection holds, as it is
 * - `string`, `integer`, `number`, `boolean`: JSON of that kind
 * - `unixMs`: a number, milliseconds since 1970; `isoString`: a string, `2026-01-31T12:00:00.000Z`
 * - `jsonText`: a string that holds JSON
 */
export type SourceType = (typeof SOURCE_TYPES)[number];

/** How a field gets back from a document of a projection to a record of its source. */
export interface RestoreRule {
  /** Field of the record. */
  readonly sourceField: string;
  /** Field of the document. */
  readonly targetField: string;
  readonly castFunction: string;
  /** Undefined: it cannot be told, `problem` says why, and the field is left out. */
  readonly sourceType: SourceType | undefined;
  readonly problem?: string | undefined;
}

interface Cast {
  /** What the source was when nobody says; undefined when different sources give the same document. */
  readonly usual: SourceType | undefined;
  /** What it can have been. */
  readonly possible: readonly SourceType[];
}

/** The cast functions that projections have of their own. */
const CASTS: ReadonlyMap<string, Cast> = new Map([
  ['identity', { usual: 'json', possible: SOURCE_TYPES }],
  ['castToString', { usual: undefined, possible: ['string', 'integer', 'number', 'boolean'] }],
  ['castToInteger', { usual: undefined, possible: ['integer', 'string'] }],
  ['castToFloat', { usual: undefined, possible: ['number', 'string'] }],
  ['castUnixTimestampToISOString', { usual: 'unixMs', possible: ['unixMs'] }],
  ['castStringToBoolean', { usual: 'string', possible: ['string'] }],
  ['castToDate', { usual: undefined, possible: ['isoString', 'unixMs'] }],
  ['castToObject', { usual: 'jsonText', possible: ['jsonText', 'json'] }],
  ['castToArrayOfObject', { usual: 'jsonText', possible: ['jsonText', 'json'] }],
]);

/** How a field is mapped, as a projections file says it. */
export interface FieldMapping {
  readonly targetField: string;
  readonly castFunction: string;
  /** What the source was, where the cast function does not tell. */
  readonly sourceType?: SourceType | undefined;
}

/**
 * The rule that takes a field's mapping back. What cannot be told from the cast function, and is not said, is not
 * guessed: such a rule has a problem.
 */
export function restoreRule(sourceField: string, mapping: FieldMapping): RestoreRule {
  const { targetField, castFunction, sourceType } = mapping;
  const rule = { sourceField, targetField, castFunction };
  const cast = CASTS.get(castFunction);
  if (sourceType !== undefined) return { ...rule, sourceType };
  if (cast === undefined) {
    const problem = `${castFunction} is a cast function of the project's own: say what it was made from (sourceType)`;
    return { ...rule, sourceType: undefined, problem };
  }
  if (cast.usual !== undefined) return { ...rule, sourceType: cast.usual };
  const problem = `${castFunction} can have been made from ${cast.possible.join(' or ')}: say which (sourceType)`;
  return { ...rule, sourceType: undefined, problem };
}

/** What is wrong with a mapping's `sourceType`; undefined when nothing is. */
export function sourceTypeProblem({ castFunction, sourceType }: FieldMapping): string | undefined {
  const cast = CASTS.get(castFunction);
  if (sourceType === undefined || cast === undefined || cast.possible.includes(sourceType)) return undefined;
  return `${castFunction} cannot have been made from ${sourceType}, only from ${cast.possible.join(' or ')}`;
}
