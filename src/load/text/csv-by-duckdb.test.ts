/** DuckDB's reader of CSV is another's: what both read alike, neither has misread. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { textInput } from '../../../test/harness/load-dump.ts';
import type { CsvOptions } from './csv-options.ts';
import { openCsv } from './open-csv.ts';

const COLUMNS = 3;
const DIALECTS: readonly (CsvOptions & {
  readonly delimiter: string;
  readonly quote: string;
  readonly escape: string;
})[] = [
  { delimiter: ',', quote: '"', escape: '"' },
  { delimiter: ';', quote: "'", escape: '\\' },
  { delimiter: '\t', quote: '"', escape: '"', nullText: 'NULL' },
];

const value = fc.string({ unit: fc.constantFrom('a', 'é', '😀', ',', ';', '\t', '"', "'", '\\', '\n', ' ', '0') });

/** Random rows as a file: quoted where they must be, and sometimes where they need not. */
function fileOf({ delimiter, quote, escape, nullText = '' }: (typeof DIALECTS)[number], newline: string): string {
  const [rows = []] = fc.sample(
    fc.array(fc.array(fc.tuple(fc.option(value), fc.boolean()), { minLength: COLUMNS, maxLength: COLUMNS }), {
      minLength: 300,
      maxLength: 300,
    }),
    1,
  );
  const special = [delimiter, quote, escape, '\n', ' '];
  const lines = rows.map((fields) =>
    fields
      .map(([text, isQuoted]) => {
        if (text === null) return String(nullText);
        if (!isQuoted && text !== '' && !special.some((part) => text.includes(part))) return text;
        const escaped = Array.from(text, (part) => (part === quote || part === escape ? escape + part : part));
        return quote + escaped.join('') + quote;
      })
      .join(delimiter),
  );
  return `a${delimiter}b${delimiter}c${newline}${lines.join(newline)}${newline}`;
}

function sql(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

test('files of every dialect are read as DuckDB reads them', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'bss-csv-'));
  t.after(() => rm(folder, { recursive: true }));
  const database = await (await DuckDBInstance.create()).connect();
  t.after(() => database.closeSync());
  for (const [index, dialect] of DIALECTS.entries()) {
    for (const newline of ['\n', '\r\n']) {
      const path = join(folder, `${index}-${newline.length}.csv`);
      const text = fileOf(dialect, newline);
      await writeFile(path, text);
      const { delimiter, quote, escape, nullText = '' } = dialect;
      const reader = await database.runAndReadAll(
        `select * from read_csv(${sql(path)}, delim=${sql(delimiter)}, quote=${sql(quote)}, escape=${sql(escape)},
          nullstr=${sql(String(nullText))}, header=true, all_varchar=true, auto_detect=false, allow_quoted_nulls=false,
          new_line=${sql(newline === '\n' ? '\\n' : '\\r\\n')}, columns={'a': 'VARCHAR', 'b': 'VARCHAR', 'c': 'VARCHAR'})`,
      );
      const batches = await Array.fromAsync(openCsv(textInput(text), dialect).read(0, AbortSignal.timeout(10_000)));
      assert.deepEqual(
        batches.flatMap(({ bad }) => bad),
        [],
      );
      assert.deepEqual(
        batches.flatMap(({ rows }) => rows),
        reader.getRows(),
      );
    }
  }
});
