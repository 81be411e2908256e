// `npm run docs`: writes the pages that are generated from the source. A test fails while one of them is stale.
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { generatedPages } from './docs/generated-pages.ts';

const root = resolve(import.meta.dirname, '..');
for (const [path, text] of await generatedPages()) {
  const file = join(root, path);
  const former = await readFile(file, 'utf8').catch(() => '');
  if (former === text) continue;
  await writeFile(file, text);
  process.stdout.write(`${path} written\n`);
}
