import type { FoundInput } from '../source/found-input.ts';
import { decompressed } from '../source/decompress.ts';
import { inputName } from '../source/input-name.ts';
import { reasonOf, unreadable } from '../source/unreadable.ts';

/**
 * The collection of a `.bson` file of mongodump: what the file of metadata beside it says, else the name of the file, in
 * which some characters stand as `%` and two digits. Undefined for a pipe.
 */
export async function collectionName(found: FoundInput): Promise<string | undefined> {
  const { table } = inputName(found.path);
  if (table === '') return undefined;
  const metadata = (await found.beside(`${table}.metadata.json`)) ?? (await found.beside(`${table}.metadata.json.gz`));
  if (metadata !== undefined) {
    const input = decompressed(metadata);
    const text = Buffer.concat(await Array.fromAsync(input.open())).toString('utf8');
    const named = nameIn(text, input.name);
    if (named !== undefined) return named;
  }
  return table.replace(/(?:%[0-9A-Fa-f]{2})+/g, (escapes) =>
    Buffer.from(escapes.replaceAll('%', ''), 'hex').toString('utf8'),
  );
}

/** Names that are too long for a file stand in the metadata alone; dumps of old have none there. */
function nameIn(json: string, name: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(json);
    const found: unknown =
      typeof parsed === 'object' && parsed !== null ? Reflect.get(parsed, 'collectionName') : undefined;
    return typeof found === 'string' && found !== '' ? found : undefined;
  } catch (cause) {
    throw unreadable(name, reasonOf(cause), { cause });
  }
}
