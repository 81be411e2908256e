import type { Bucket } from './bucket.ts';
import { checkFolderPrefix, checkKey, checkPrefix } from './object-key.ts';

/**
 * The part of a bucket below `prefix`, as a bucket of its own.
 * @param prefix the path of a folder, without a closing slash
 * @throws BUCKET_INVALID_KEY when the prefix is not such a path
 */
export function prefixedBucket(inner: Bucket, prefix: string): Bucket {
  checkKey(prefix);
  const start = `${prefix}/`;
  /** Checked before it is joined: the other way round, `..` and the empty key would be judged together with the prefix. */
  const full = (key: string) => {
    checkKey(key);
    return start + key;
  };
  return {
    url: `${inner.url}/${prefix}`,
    put: async (key, body, options) => await inner.put(full(key), body, options),
    get: async (key, range) => await inner.get(full(key), range),
    head: async (key) => await inner.head(full(key)),
    delete: async (key) => await inner.delete(full(key)),
    async *list(below, options = {}) {
      checkPrefix(below);
      const { startAfter } = options;
      const innerOptions = startAfter === undefined ? {} : { startAfter: start + startAfter };
      for await (const entry of inner.list(start + below, innerOptions))
        yield { ...entry, key: entry.key.slice(start.length) };
    },
    async *folders(below) {
      checkFolderPrefix(below);
      yield* inner.folders(start + below);
    },
  };
}
