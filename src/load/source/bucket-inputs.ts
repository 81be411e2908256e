import type { Bucket } from '../../core/bucket/bucket.ts';
import type { ByteInput } from './byte-input.ts';
import { type FoundInput, isWithoutRows } from './found-input.ts';
import { objectInput } from './object-input.ts';
import { unreadable } from './unreadable.ts';

/** Objects of one input at most: each of them is kept in memory by its name. */
const OBJECTS_MAX = 100_000;

/**
 * The object of that key, or all objects of the folder of that name, in the order of their keys.
 * @throws LOAD_INPUT_UNREADABLE when there is nothing; the bucket's own errors when it cannot be asked.
 */
export async function bucketInputs(bucket: Bucket, keyOrFolder: string): Promise<FoundInput[]> {
  const key = keyOrFolder.replace(/\/$/, '');
  const info = key === '' || keyOrFolder.endsWith('/') ? undefined : await bucket.head(key);
  if (info !== undefined) return [found(bucket, key, info.sizeBytes, false)];
  const prefix = key === '' ? '' : `${key}/`;
  const inputs: FoundInput[] = [];
  for await (const entry of bucket.list(prefix)) {
    if (isWithoutRows(entry.key.slice(prefix.length)) || entry.key.endsWith('/')) continue;
    if (inputs.length >= OBJECTS_MAX) {
      throw unreadable(`${bucket.url}/${key}`, `more than ${OBJECTS_MAX} objects: load it in parts`);
    }
    inputs.push(found(bucket, entry.key, entry.sizeBytes, true));
  }
  if (inputs.length === 0) throw unreadable(`${bucket.url}/${key}`, 'there is neither an object nor a folder of it');
  return inputs;
}

function found(bucket: Bucket, key: string, sizeBytes: number, isInFolder: boolean): FoundInput {
  const beside = async (fileName: string): Promise<ByteInput | undefined> => {
    const other = key.slice(0, key.lastIndexOf('/') + 1) + fileName;
    const info = other === key ? undefined : await bucket.head(other);
    return info === undefined ? undefined : objectInput({ bucket, key: other, sizeBytes: info.sizeBytes });
  };
  return { bytes: objectInput({ bucket, key, sizeBytes }), path: key, isInFolder, beside };
}
