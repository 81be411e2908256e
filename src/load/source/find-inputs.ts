import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type BucketOptions, openBucket } from '../../core/bucket/open-bucket.ts';
import { bucketInputs } from './bucket-inputs.ts';
import type { FoundInput } from './found-input.ts';
import { localInputs } from './local-inputs.ts';
import { streamInput } from './stream-input.ts';

/** Where inputs may come from. */
export interface InputPlaces {
  /** Read for `-`. */
  readonly stdin: AsyncIterable<Uint8Array>;
  /** How `s3:` URLs are reached. */
  readonly bucket?: BucketOptions | undefined;
}

/** An input with the name of its table before it: table, input. */
export const TABLE_GIVEN = /^([^=/\\]+)=(.+)$/s;

/**
 * What a user's words name: a path, a `file:` or `s3:` URL of a file or of a folder, `-` for the standard input; each of them
 * with a table before it (`public.orders=orders.csv`), unless a file has that very name.
 * @throws LOAD_INPUT_UNREADABLE when there is nothing of that name; BUCKET_INVALID_URL.
 */
export async function findInputs(given: string, places: InputPlaces): Promise<FoundInput[]> {
  const [, givenTable, named = ''] = (await exists(given)) ? [] : (TABLE_GIVEN.exec(given) ?? []);
  if (givenTable === undefined) return await inputsOf(given, places);
  return (await inputsOf(named, places)).map((input) => ({ ...input, givenTable }));
}

async function inputsOf(name: string, { stdin, bucket }: InputPlaces): Promise<FoundInput[]> {
  if (name === '-') {
    const bytes = streamInput('standard input', stdin);
    return [{ bytes, path: '', isInFolder: false, beside: async () => undefined }];
  }
  if (/^file:/i.test(name)) return await localInputs(fileURLToPath(name));
  const [, url, key = ''] = /^([a-z0-9+.-]{2,}:\/\/[^/]*)\/?(.*)$/is.exec(name) ?? [];
  if (url === undefined) return await localInputs(name);
  return await bucketInputs(await openBucket(url, bucket), key);
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
