import type { Bucket } from './bucket.ts';
import { bodySizeBytes } from './object-body.ts';
import { compareKeys } from './object-key.ts';

/** The methods of a bucket, as they are named in metrics and messages. */
export type BucketOperation = 'put' | 'get' | 'head' | 'list' | 'folders' | 'delete';

/** What a layer does with the calls that pass it; the layers are small because they need not know the methods one by one. */
export interface BucketLayer {
  /** A call with one answer. `bytes` tells how many bytes of content an answer stands for. */
  call<T>(operation: BucketOperation, run: () => Promise<T>, bytes: (answer: T) => number): Promise<T>;
  /** A call with a stream of answers; `open` starts it, or goes on after an answer that was already given. */
  iterate<T>(operation: BucketOperation, open: (after: T | undefined) => AsyncIterable<T>): AsyncIterable<T>;
}

const none = () => 0;

/** A bucket whose every call goes through the layer. */
export function layeredBucket(inner: Bucket, layer: BucketLayer): Bucket {
  return {
    url: inner.url,
    put: (key, body, options) =>
      layer.call(
        'put',
        () => inner.put(key, body, options),
        () => bodySizeBytes(body),
      ),
    get: (key, range) =>
      layer.call(
        'get',
        () => inner.get(key, range),
        (bytes) => bytes.byteLength,
      ),
    head: (key) => layer.call('head', () => inner.head(key), none),
    delete: (key) => layer.call('delete', () => inner.delete(key), none),
    list: (prefix, options) =>
      layer.iterate('list', (after) =>
        inner.list(prefix, after === undefined ? options : { ...options, startAfter: after.key }),
      ),
    folders: (prefix) => layer.iterate('folders', (after) => foldersAfter(inner, prefix, after)),
  };
}

async function* foldersAfter(bucket: Bucket, prefix: string, after: string | undefined): AsyncIterable<string> {
  for await (const name of bucket.folders(prefix)) {
    if (after === undefined || compareKeys(`${name}/`, `${after}/`) > 0) yield name;
  }
}
