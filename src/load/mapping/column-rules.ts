import { BYTES_FORMS, JSON_FORMS } from './convert-other.ts';
import { DECIMAL_FORMS } from './convert-decimal.ts';
import { DATE_FORMS, TIME_FORMS } from './convert-temporal.ts';
import type { ColumnType } from './load-mapping.ts';
import type { ColumnFile } from './mapping-schema.ts';
import { momentParser } from './moment-pattern.ts';

/** Options that mean something for every type. */
const FOR_ALL = ['type', 'to', 'nulls', 'missing', 'nullTexts', 'trim'];

/** Those that mean something for one. */
const OPTIONS: Readonly<Record<ColumnType, readonly string[]>> = {
  string: ['lengthMax'],
  int16: [],
  int32: [],
  int64: [],
  double: ['lossy'],
  decimal: ['as', 'scale', 'precision', 'lossy'],
  boolean: ['trueTexts', 'falseTexts'],
  bytes: ['as', 'encoding'],
  date: ['as', 'pattern', 'lossy'],
  time: ['as', 'pattern', 'lossy'],
  timestamp: ['as', 'pattern', 'lossy'],
  timestamptz: ['as', 'pattern', 'lossy', 'zone'],
  json: ['as'],
  uuid: [],
  any: [],
};

/** The words that `as` may be. */
const FORMS: Readonly<Partial<Record<ColumnType, readonly string[]>>> = {
  decimal: DECIMAL_FORMS,
  bytes: BYTES_FORMS,
  date: DATE_FORMS,
  time: TIME_FORMS,
  timestamp: TIME_FORMS,
  timestamptz: TIME_FORMS,
  json: JSON_FORMS,
};

/** What is wrong with a column that fits the schema: an option that does nothing for its type would mislead. */
export function columnRuleProblems(column: ColumnFile): string[] {
  const { type, as, pattern, trueTexts = ['true'], falseTexts = ['false'] } = column;
  const allowed = new Set([...FOR_ALL, ...OPTIONS[type]]);
  const problems = Object.keys(column)
    .filter((name) => !allowed.has(name))
    .map((name) => `has "${name}", which means nothing for ${type}`);
  const forms = FORMS[type];
  if (as !== undefined && forms !== undefined && !forms.includes(as)) {
    problems.push(`has \`as: ${as}\`, which must be one of ${forms.join(', ')}`);
  }
  if (type === 'decimal' && as === 'base64' && column.scale === undefined) {
    problems.push('needs a `scale`: the bytes do not say where the point is');
  }
  if (pattern !== undefined && allowed.has('pattern') && momentParser(pattern) === undefined) {
    problems.push(`has the pattern "${pattern}", which names no field, or one twice (YYYY MM MON DD HH mm ss f Z)`);
  }
  const both = trueTexts.find((text) => falseTexts.includes(text));
  if (both !== undefined) problems.push(`says that "${both}" is true and that it is false`);
  return problems;
}
