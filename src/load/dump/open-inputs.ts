import type { BucketOptions } from '../../core/bucket/open-bucket.ts';
import type { InputFormat } from '../mapping/load-mapping.ts';
import type { RowSource } from '../row/row.ts';
import { decompressed, plainName } from '../source/decompress.ts';
import { detectFormat, FORMAT_HEAD_BYTES } from '../source/detect-format.ts';
import { findInputs } from '../source/find-inputs.ts';
import { firstBytes } from '../source/first-bytes.ts';
import type { FoundInput } from '../source/found-input.ts';
import { type InputName, inputName } from '../source/input-name.ts';
import type { CsvOptions } from '../text/csv-options.ts';
import { openCsv } from '../text/open-csv.ts';
import { openJsonLines } from '../text/open-json-lines.ts';
import { collectionName } from './collection-name.ts';
import { openBson } from './open-bson.ts';
import { openParquet } from './open-parquet.ts';
import { openSql } from './open-sql.ts';

/** Which dumps to read, and how. */
export interface OpenInputsOptions {
  /**
   * Paths, `file:` and `s3:` URLs, of files or of folders with all below them, or `-` for the standard input; each with the
   * name of its table before it where that is wanted (`public.orders=orders.csv`).
   */
  readonly inputs: readonly string[];
  /** Absent: told by names and first bytes, of each file by itself. */
  readonly format?: InputFormat | undefined;
  readonly csv?: CsvOptions | undefined;
  /** How `s3:` URLs are reached. */
  readonly bucket?: BucketOptions | undefined;
  /**
   * Read dumps that tell primary keys after the rows (pg_dump) once before, so that columns know their place in the key:
   * for proposing a mapping.
   */
  readonly keysFirst?: boolean | undefined;
  /** Read for `-`. */
  readonly stdin: AsyncIterable<Uint8Array>;
}

/**
 * The rows of dumps: one source for each file, in the order of the inputs, those of a folder sorted by their paths.
 * Compressed files are read as what is in them. Of each file the beginning is read to tell its format.
 *
 * The table of a row is what the dump says (SQL, archives of mongodump), else the one given before the input, else in a
 * folder the name of the file; a CSV, JSON lines or Parquet file that is named by itself has none.
 * @throws LOAD_INPUT_UNREADABLE for what is not there or of no known format; LOAD_MAPPING_INVALID when the options of CSV
 * make no sense; BUCKET_* when a bucket cannot be listed.
 */
export async function openInputs(options: OpenInputsOptions): Promise<RowSource[]> {
  const sources: RowSource[] = [];
  for (const given of options.inputs) {
    for (const found of await findInputs(given, options)) sources.push(await openInput(found, options));
  }
  return sources;
}

async function openInput(found: FoundInput, options: OpenInputsOptions): Promise<RowSource> {
  const { head, input } = await firstBytes(decompressed(found.bytes), FORMAT_HEAD_BYTES);
  const format = options.format ?? detectFormat(input.name, head);
  const name = inputName(found.path);
  const table = found.givenTable ?? (found.isInFolder ? name.table : undefined);
  switch (format) {
    case 'csv':
      return openCsv(input, csvOptions(name, options.csv), table);
    case 'jsonl':
      return openJsonLines(input, table);
    case 'sql':
      return openSql(input, { keysFirst: options.keysFirst });
    case 'bson':
      return openBson(input, found.givenTable ?? (await collectionName(found)));
    case 'parquet':
      return openParquet({ bytes: input, localPath: isPlain(found) ? found.localPath : undefined, table });
  }
}

function csvOptions({ isTabSeparated }: InputName, csv: CsvOptions = {}): CsvOptions {
  return isTabSeparated ? { ...csv, delimiter: csv.delimiter ?? '\t' } : csv;
}

/** True when the file itself is what is to be read. */
function isPlain({ path }: FoundInput): boolean {
  return plainName(path) === path;
}
