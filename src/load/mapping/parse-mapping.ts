import { createHash } from 'node:crypto';
import { parseDocument } from 'yaml';
import type { MessageFormat } from '../format/message-format.ts';
import { unknownPlaceholders } from '../format/custom-format.ts';
import { columnRuleProblems } from './column-rules.ts';
import type { ColumnMapping, LoadMapping, TableMapping } from './load-mapping.ts';
import { fieldName } from '../../core/config/schema-location.ts';
import { mappingError, type MappingProblem, schemaProblems } from './mapping-problems.ts';
import { type ColumnFile, type MappingFile, MappingSchema, type TableFile } from './mapping-schema.ts';

/**
 * Understands a mapping file (YAML or JSON). `name` is for messages.
 * @throws LOAD_MAPPING_INVALID with every problem; LOAD_MAPPING_WITHOUT_KEY when only primary keys are missing.
 */
export function parseMapping(text: string, name: string): LoadMapping {
  const document = parseDocument(text, { prettyErrors: true });
  const [error] = document.errors;
  if (error !== undefined) throw mappingError(name, [{ field: '', problem: `is not YAML: ${error.message}` }]);
  const value: unknown = document.toJS({ maxAliasCount: 100 });
  const problems = schemaProblems(MappingSchema, value);
  if (problems.length > 0) throw mappingError(name, problems);
  const file = value as MappingFile;
  const tables = file.tables.map((table) => tableMapping(table, file.format));
  const wrong = [
    ...file.tables.flatMap((table, index) => tableProblems(table, tables[index], ['tables', String(index)])),
    ...formatProblems(file),
    ...nameProblems(tables),
  ];
  if (wrong.length > 0) throw mappingError(name, wrong);
  const keyless = tables.flatMap(({ key }, index) =>
    key.length === 0
      ? [{ field: `tables[${index}].key`, problem: 'is missing: which columns are the primary key?' }]
      : [],
  );
  if (keyless.length > 0) throw mappingError(name, keyless, 'LOAD_MAPPING_WITHOUT_KEY');
  const { format, csv = {} } = file.input ?? {};
  const fingerprint = createHash('sha256').update(text).digest('hex');
  return { input: { format, csv }, tables, fingerprint };
}

function tableMapping(table: TableFile, common: MappingFile['format']): TableMapping {
  const columns = Object.entries(table.columns).map(([from, column]) =>
    column === 'omit' ? omitted(from) : columnMapping(from, typeof column === 'string' ? { type: column } : column),
  );
  const { partition = 'murmur2' } = table;
  return withStrictKeys({
    table: table.table,
    topic: table.topic,
    format: messageFormat(table.format ?? common),
    key: table.key ?? [],
    columns,
    rest: table.rest ?? 'refuse',
    partition: typeof partition === 'number' ? { fixed: partition } : partition,
    headers: Object.entries(table.headers ?? {}).map(([name, value]) => ({ name, value })),
  });
}

/** With every default filled in. A table without any format is reported before it is used. */
function messageFormat(format: MappingFile['format']): MessageFormat {
  const jsonStyle = format?.jsonStyle ?? (format?.type === 'debezium' ? 'java' : 'plain');
  switch (format?.type) {
    case 'golden-gate': {
      const { type, opType = 'I', posStart = 0, before = 'absent' } = format;
      return { type, opType, posStart, before, jsonStyle };
    }
    case 'debezium': {
      const { type, op = 'r', source = {}, snapshot = 'true', transaction = true } = format;
      return { type, op, source, snapshot, transaction, jsonStyle };
    }
    case 'v2': {
      const { type, op = 'r', source = {}, empty = 'absent' } = format;
      return { type, op, source, empty, jsonStyle };
    }
    case 'custom': {
      // YAML holds nothing that a template cannot.
      const { type, key, value } = format;
      return { type, key, value, jsonStyle } as MessageFormat;
    }
    case 'db2':
    case undefined:
      return { type: 'db2', key: format?.key ?? 'object', jsonStyle };
  }
}

/** One column, with every default filled in. */
export function columnMapping(from: string, column: ColumnFile): ColumnMapping {
  const { type, to = from, as, nulls = 'keep', missing = 'omit', trim = false, lossy = false } = column;
  const { nullTexts = [], trueTexts = ['true'], falseTexts = ['false'] } = column;
  const { lengthMax, precision, scale, pattern, zone, encoding } = column;
  const offsetMinutes = zone === undefined ? undefined : minutesOf(zone);
  return {
    from,
    to,
    type,
    as,
    nulls,
    missing,
    trim,
    lossy,
    nullTexts,
    trueTexts,
    falseTexts,
    lengthMax,
    precision,
    scale,
    pattern,
    offsetMinutes,
    encoding,
  };
}

function omitted(from: string): ColumnMapping {
  return { ...columnMapping(from, { type: 'any' }), to: undefined };
}

function minutesOf(zone: string): number {
  if (zone === 'Z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4));
  return zone.startsWith('-') ? -minutes : minutes;
}

function tableProblems(file: TableFile, table: TableMapping | undefined, path: readonly string[]): MappingProblem[] {
  if (table === undefined) return [];
  const problems: MappingProblem[] = [];
  const add = (below: readonly string[], problem: string): void => {
    problems.push({ field: fieldName([...path, ...below]), problem });
  };
  for (const [name, column] of Object.entries(file.columns)) {
    if (typeof column === 'string') continue;
    for (const problem of columnRuleProblems(column)) add(['columns', name], problem);
  }
  const names = table.columns.flatMap(({ to }) => (to === undefined ? [] : [to]));
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) add(['columns'], `make two fields "${twice}"`);
  for (const name of table.key) {
    const column = table.columns.find(({ from }) => from === name);
    if (column === undefined) add(['key'], `names "${name}", which is not among the columns`);
    else if (column.to === undefined) add(['key'], `names "${name}", which is left out`);
  }
  if (new Set(table.key).size !== table.key.length) add(['key'], 'names a column twice');
  if (table.format.type === 'custom' && table.rest !== 'copy') {
    for (const part of ['key', 'value'] as const) {
      const unknown = unknownPlaceholders(table.format[part], names);
      if (unknown.length > 0) add(['format', part], `has {{${unknown[0]}}}, which is no field of the table`);
    }
  }
  return problems;
}

function formatProblems({ tables, format }: MappingFile): MappingProblem[] {
  return tables.flatMap((table, index) =>
    table.format === undefined && format === undefined
      ? [{ field: `tables[${index}].format`, problem: 'is missing, and there is none for all tables' }]
      : [],
  );
}

/** Each row must belong to one table. */
function nameProblems(tables: readonly TableMapping[]): MappingProblem[] {
  const names = tables.map(({ table }) => table);
  return names.flatMap((name, index) => {
    if (names.indexOf(name) === index) return [];
    return [
      {
        field: `tables[${index}].table`,
        problem: name === undefined ? 'is missing, as it is before' : 'is there twice',
      },
    ];
  });
}

/** Null in a key would be a key that no row has: those columns refuse it, whatever the mapping says of null. */
function withStrictKeys(table: TableMapping): TableMapping {
  const columns = table.columns.map((column): ColumnMapping =>
    table.key.includes(column.from) ? { ...column, nulls: 'refuse', missing: 'refuse' } : column,
  );
  return { ...table, columns };
}
