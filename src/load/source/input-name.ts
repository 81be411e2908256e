import { plainName } from './decompress.ts';
import type { InputFormat } from '../mapping/load-mapping.ts';

const FORMATS_BY_SUFFIX: Readonly<Record<string, InputFormat>> = {
  csv: 'csv',
  tsv: 'csv',
  jsonl: 'jsonl',
  ndjson: 'jsonl',
  sql: 'sql',
  bson: 'bson',
  parquet: 'parquet',
};
/** What programs that write in parallel call the parts of a table, whose name is then that of the folder. */
const PART_NAME = /^part-\d+/;

/** What the name of a file says. */
export interface InputName {
  /** The format that the suffix stands for, when it is one that is known. */
  readonly format: InputFormat | undefined;
  /** Fields are between tabs. */
  readonly isTabSeparated: boolean;
  /** The table that a file of one table holds: its name without suffixes, or that of its folder (`part-0001.csv`). */
  readonly table: string;
}

/** Reads the name of a file or object: `dumps/public.orders.csv.gz` holds CSV of `public.orders`. */
export function inputName(path: string): InputName {
  const folders = plainName(path).split(/[/\\]/);
  const file = folders.pop() ?? '';
  const suffix = /\.([A-Za-z0-9]+)$/.exec(file)?.[1]?.toLowerCase() ?? '';
  const format = FORMATS_BY_SUFFIX[suffix];
  const base = format === undefined ? file : file.slice(0, -suffix.length - 1);
  const folder = folders.at(-1);
  const table = PART_NAME.test(base) && folder !== undefined && folder !== '' ? withoutFormat(folder) : base;
  return { format, isTabSeparated: suffix === 'tsv', table };
}

/** Folders of parts are called `orders.csv` too. */
function withoutFormat(folder: string): string {
  const suffix = /\.([a-z0-9]+)$/i.exec(folder)?.[1]?.toLowerCase() ?? '';
  return FORMATS_BY_SUFFIX[suffix] === undefined ? folder : folder.slice(0, -suffix.length - 1);
}
