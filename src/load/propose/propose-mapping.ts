import { AppError } from '../../core/errors.ts';
import { stringify } from 'yaml';
import type { FormatName } from '../format/message-format.ts';
import { columnConverter } from '../mapping/column-converter.ts';
import type { ColumnFile } from '../mapping/mapping-schema.ts';
import { columnMapping } from '../mapping/parse-mapping.ts';
import { Refusal } from '../mapping/refusal.ts';
import type { RowSource, RowValue } from '../row/row.ts';
import { type Candidate, candidateOfType, candidates } from './column-candidates.ts';
import { proposeKey } from './propose-key.ts';
import { sampleTables, type TableSample } from './sample-table.ts';

/** What a user already knows. */
export interface ProposalOptions {
  /** A custom template cannot be guessed. */
  readonly format: Exclude<FormatName, 'custom'>;
  /** Of all tables; by default each table's own name. */
  readonly topic?: string | undefined;
  /** The primary key, when it is known. */
  readonly key?: readonly string[] | undefined;
}

/**
 * A mapping file for the sources, made from what they say of their columns and from their first rows: every value of
 * these can be converted. What is guessed is for a person to check, which its comments say.
 * @throws LOAD_INPUT_UNREADABLE when there are no rows, and what reading throws
 */
export async function proposeMapping(
  sources: readonly RowSource[],
  options: ProposalOptions,
  signal: AbortSignal,
): Promise<string> {
  const samples = await sampleTables(sources, signal);
  if (samples.length === 0) throw withoutRows(sources);
  const formats = samples.map((sample) => formatText(sample, options.format));
  // Sources of several kinds say it for each table.
  const common = new Set(formats).size < 2 ? (formats[0] ?? flow({ type: options.format })) : undefined;
  const head = [
    '# Proposed from the data. Check the topics, the keys and every type before you load: what the first rows do not show,',
    '# the proposal does not know. docs/load.md explains the fields.',
    'version: 1',
    ...(common === undefined ? [] : [`format: ${common}`]),
    'tables:',
  ];
  const tables = samples.flatMap((sample, index) =>
    tableLines(sample, options, common === undefined ? formats[index] : undefined),
  );
  return `${[...head, ...tables].join('\n')}\n`;
}

function withoutRows(sources: readonly RowSource[]): AppError {
  const names = sources.map(({ name }) => name).join(', ');
  return new AppError('LOAD_INPUT_UNREADABLE', `no mapping can be made from ${names}: there are no rows`, {
    subject: names,
    hint: 'Write it by hand (docs/load.md), or have it made from something of the same kind that has rows.',
  });
}

/** Debezium's connectors differ in how they name what a table is in. */
function formatText({ database }: TableSample, type: ProposalOptions['format']): string {
  if (type !== 'debezium' || database === undefined) return flow({ type });
  const { kind: connector, name: db } = database;
  return flow({ type, source: { connector, ...(db !== undefined && { db }) } });
}

/** @param ownFormat when there is none of all tables */
function tableLines(
  sample: TableSample,
  { format, topic, key: given }: ProposalOptions,
  ownFormat: string | undefined,
): string[] {
  const { table, columns, columnsVary, rows } = sample;
  const types = columns.map(({ type }, place) => {
    const values = rows.map((row) => row[place]);
    return proposeColumn(values, type, format);
  });
  const key = given === undefined ? proposeKey(sample) : { columns: given, reason: 'as given' };
  return [
    table === undefined ? `  - topic: ${topic ?? 'CHANGE-ME'}` : `  - table: ${scalar(table)}`,
    ...(table === undefined ? [] : [`    topic: ${scalar(topic ?? topicName(table))}`]),
    ...(ownFormat === undefined ? [] : [`    format: ${ownFormat}`]),
    ...(key.columns.length === 0 ? [`    # key: ${key.reason}`] : [`    key: ${flow(key.columns)} # ${key.reason}`]),
    ...(columnsVary ? ['    rest: copy'] : []),
    '    columns:',
    ...columns.map(({ name }, place) => `      ${scalar(name)}: ${columnText(types[place] ?? { type: 'any' })}`),
  ];
}

/** The first way to map the values that is likely, and that really converts every one of them. */
function proposeColumn(all: readonly RowValue[], type: string | undefined, format: FormatName): ColumnFile {
  const values = all.filter((value) => value !== null && value !== undefined);
  const ofType = type === undefined ? undefined : candidateOfType(type, format);
  if (values.length === 0) return ofType?.column ?? { type: type === undefined ? 'string' : 'any' };
  const converts = ({ column, fits }: Candidate): boolean => {
    const convert = columnConverter(columnMapping('column', column), 'java');
    return values.every((value) => fits(value) && !(convert(value) instanceof Refusal));
  };
  const proposed = [...zeroDates(values, ofType, format), ...(ofType === undefined ? [] : [ofType])];
  const found = [...proposed, ...candidates(values, format)].find(converts);
  return found?.column ?? { type: 'any' };
}

/** MySQL's dates of zeros, which Debezium takes for null. */
function zeroDates(values: readonly RowValue[], ofType: Candidate | undefined, format: FormatName): Candidate[] {
  const nullTexts = values.filter((value) => typeof value === 'string' && value.startsWith('0000-00-00'));
  if (format !== 'debezium' || ofType === undefined || nullTexts.length === 0) return [];
  return [{ ...ofType, column: { ...ofType.column, nullTexts: [...new Set(nullTexts.map(String))] } }];
}

function columnText(column: ColumnFile): string {
  return Object.keys(column).length === 1 ? column.type : flow(column);
}

function topicName(table: string): string {
  return table.replaceAll(/[^a-zA-Z0-9._-]/g, '_').slice(0, 249);
}

function scalar(text: string): string {
  return stringify(text, { lineWidth: 0 }).trim();
}

function flow(value: unknown): string {
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: false }).trim();
}
