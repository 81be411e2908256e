import { readdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { must } from '../src/core/assert.ts';
import { conditions, markdownTable, type Report } from './report.ts';

const MARKS = ['<!-- bench -->', '<!-- /bench -->'] as const;

/** The README with the newest results between its marks. */
export function withResults(readme: string, report: Report): string {
  const [start, end] = [readme.indexOf(MARKS[0]), readme.indexOf(MARKS[1])];
  if (start < 0 || end < start) throw new Error(`README.md lacks the marks ${MARKS.join(' and ')}`);
  const head = readme.slice(0, start + MARKS[0].length);
  return `${head}\n${markdownTable(report.rows)}\n${conditions(report)}\n${readme.slice(end)}`;
}

/** The newest of the results that are kept; undefined when there are none. */
export async function newestReport(): Promise<Report | undefined> {
  const folder = new URL('results/', import.meta.url);
  const names = await readdir(folder).catch(() => []);
  const name = names
    .filter((candidate) => candidate.endsWith('.json'))
    .toSorted()
    .at(-1);
  // The file was written by this benchmark from a Report.
  return name === undefined ? undefined : (JSON.parse(await readFile(new URL(name, folder), 'utf8')) as Report);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const path = new URL('../README.md', import.meta.url);
  const report = must(await newestReport(), 'bench/results holds results: run `npm run bench`');
  await writeFile(path, withResults(await readFile(path, 'utf8'), report));
}
