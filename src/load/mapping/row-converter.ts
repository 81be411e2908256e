import { AppError } from '../../core/errors.ts';
import { must } from '../../core/assert.ts';
import type { RowTexts } from '../format/message-format.ts';
import { jsonString } from '../json/json-text.ts';
import type { RowValue, SourceColumn } from '../row/row.ts';
import type { BoundColumn } from './bound-column.ts';
import { columnConverter } from './column-converter.ts';
import type { ColumnMapping, TableMapping } from './load-mapping.ts';
import { RawRowWriter } from './raw-row-writer.ts';
import { rawWriter } from './raw-writers.ts';
import { Refusal } from './refusal.ts';
import { faultOf, type RowFault } from './row-fault.ts';

/** A row's primary key. */
export type KeyTexts = Pick<RowTexts, 'keyObject' | 'keyValues'>;

/** Turns rows into JSON texts; a row that the mapping does not cover into the reason. */
export interface RowConverter {
  /** Names of the message's fields, in order. */
  readonly fields: readonly string[];
  /** Rows are as the columns that the converter was made for. */
  convert(row: readonly RowValue[]): RowTexts | RowFault;
  /** Converts everything, to see whether it can be, and gives the key. */
  check(row: readonly RowValue[]): KeyTexts | RowFault;
  /** The key alone, for comparing rows. */
  convertKey(row: readonly RowValue[]): KeyTexts | RowFault;
  /** Does the same with rows as they stand in a text. */
  readonly raw: RawRowWriter;
}

/**
 * Binds a table's mapping to the columns that its source has.
 * @throws LOAD_MAPPING_INVALID when the mapping names a column that the source has not, or the other way round; of sources
 * whose columns vary, that is said of single rows.
 */
export function rowConverter(
  mapping: TableMapping,
  columns: readonly SourceColumn[],
  columnsVary: boolean,
): RowConverter {
  const places = new Map(columns.map(({ name }, place) => [name, place]));
  const all = [...mapping.columns, ...copied(mapping, columns)];
  const unknown = columns.filter(({ name }) => !all.some(({ from }) => from === name)).map(({ name }) => name);
  if (!columnsVary) checkColumns(mapping, places, unknown);
  const refused = mapping.rest === 'refuse' ? unknown.map((name) => ({ name, place: places.get(name) ?? -1 })) : [];
  const style = mapping.format.jsonStyle;
  const bound = all.flatMap((column): BoundColumn[] => {
    if (column.to === undefined) return [];
    const name = jsonString(column.to, style);
    const [first, later] = [`{${name}:`, `,${name}:`];
    return [
      {
        from: column.from,
        place: places.get(column.from) ?? -1,
        first,
        later,
        firstBytes: Buffer.from(first),
        laterBytes: Buffer.from(later),
        convert: columnConverter(column, style),
        writeRaw: rawWriter(column, style),
      },
    ];
  });
  const keyPlaces = mapping.key.map((name) => bound.findIndex(({ from }) => from === name));
  const fields = all.flatMap(({ to }) => (to === undefined ? [] : [to]));
  return new BoundConverter(fields, bound, keyPlaces, refused);
}

/** Hot: a loop over the columns, and no more objects than must be. */
class BoundConverter implements RowConverter {
  readonly fields: readonly string[];
  readonly raw: RawRowWriter;
  readonly #columns: readonly BoundColumn[];
  readonly #keyPlaces: readonly number[];
  readonly #keyColumns: readonly BoundColumn[];
  readonly #refused: readonly { readonly name: string; readonly place: number }[];

  constructor(
    fields: readonly string[],
    columns: readonly BoundColumn[],
    keyPlaces: readonly number[],
    refused: readonly { readonly name: string; readonly place: number }[],
  ) {
    this.fields = fields;
    this.raw = new RawRowWriter({ columns, keyPlaces, refused });
    this.#columns = columns;
    this.#keyPlaces = keyPlaces;
    this.#keyColumns = keyPlaces.map((place) => must(columns[place], 'the key is of mapped columns'));
    this.#refused = refused;
  }

  convert(row: readonly RowValue[]): RowTexts | RowFault {
    const values = this.#values(row);
    if (!Array.isArray(values)) return values;
    const columns = this.#columns;
    let object = '';
    for (let i = 0; i < columns.length; i++) {
      const json = values[i];
      const column = columns[i];
      if (json !== undefined && column !== undefined) object += (object === '' ? column.first : column.later) + json;
    }
    const keyValues = this.#keyPlaces.map((place) => values[place] ?? 'null');
    return { object: object === '' ? '{}' : `${object}}`, values, keyValues, keyObject: this.#keyObject(keyValues) };
  }

  check(row: readonly RowValue[]): KeyTexts | RowFault {
    const values = this.#values(row);
    if (!Array.isArray(values)) return values;
    const keyValues = this.#keyPlaces.map((place) => values[place] ?? 'null');
    return { keyValues, keyObject: this.#keyObject(keyValues) };
  }

  convertKey(row: readonly RowValue[]): KeyTexts | RowFault {
    const keyValues: string[] = [];
    for (const { from, place, convert } of this.#keyColumns) {
      const json = convert(row[place]);
      if (json instanceof Refusal) return faultOf(from, row[place], json.reason);
      keyValues.push(json ?? 'null');
    }
    return { keyValues, keyObject: this.#keyObject(keyValues) };
  }

  #values(row: readonly RowValue[]): (string | undefined)[] | RowFault {
    for (const { name, place } of this.#refused) {
      if (row[place] !== undefined) return faultOf(name, row[place], 'is not in the mapping');
    }
    const values: (string | undefined)[] = [];
    for (const { from, place, convert } of this.#columns) {
      const json = convert(row[place]);
      if (typeof json === 'object') return faultOf(from, row[place], json.reason);
      values.push(json);
    }
    return values;
  }

  #keyObject(values: readonly string[]): string {
    const columns = this.#keyColumns;
    let object = '';
    for (let i = 0; i < columns.length; i++) {
      const column = columns[i];
      if (column !== undefined) object += (i === 0 ? column.first : column.later) + values[i];
    }
    return `${object}}`;
  }
}

/** Fields that the mapping does not name, as they are. */
function copied({ rest, columns }: TableMapping, found: readonly SourceColumn[]): ColumnMapping[] {
  if (rest !== 'copy') return [];
  const named = new Set(columns.map(({ from }) => from));
  return found.filter(({ name }) => !named.has(name)).map(({ name }) => copiedColumn(name));
}

function copiedColumn(name: string): ColumnMapping {
  return {
    from: name,
    to: name,
    type: 'any',
    as: undefined,
    nulls: 'keep',
    missing: 'omit',
    nullTexts: [],
    trueTexts: [],
    falseTexts: [],
    trim: false,
    lengthMax: undefined,
    precision: undefined,
    scale: undefined,
    lossy: false,
    pattern: undefined,
    offsetMinutes: undefined,
    encoding: undefined,
  };
}

function checkColumns(mapping: TableMapping, places: ReadonlyMap<string, number>, unknown: readonly string[]): void {
  const absent = mapping.columns.filter(({ from }) => !places.has(from)).map(({ from }) => from);
  const ofTable = mapping.table === undefined ? '' : ` of ${mapping.table}`;
  const problems = [
    ...(absent.length === 0 ? [] : [`the dump has no ${list(absent)}`]),
    ...(unknown.length === 0 || mapping.rest !== 'refuse' ? [] : [`the mapping does not mention ${list(unknown)}`]),
  ];
  if (problems.length === 0) return;
  throw new AppError('LOAD_MAPPING_INVALID', `the mapping${ofTable} does not fit the dump: ${problems.join('; ')}`, {
    subject: mapping.table ?? mapping.topic,
    hint: `The dump has the columns ${[...places.keys()].join(', ')}. A column that is not wanted is mapped to \`omit\`.`,
  });
}

function list(names: readonly string[]): string {
  return `column${names.length === 1 ? '' : 's'} ${names.join(', ')}`;
}
