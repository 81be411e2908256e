import type { Bucket } from '../bucket/bucket.ts';
import { isAppError } from '../errors.ts';
import type { Offset } from '../record/topic-partition.ts';
import {
  indexKey,
  indexKeyFloor,
  indexPrefix,
  parseIndexKey,
  type IndexKey,
  type PartitionLocation,
} from './archive-layout.ts';
import { decodeIndexRun, type IndexRun } from './index-run.ts';
import { mapAhead } from './map-ahead.ts';

/** Level of the index objects made from segments. */
export const NARROW_LEVEL = 0;

/** Level of the index objects made from many narrow ones. */
export const WIDE_LEVEL = 1;

/** Index objects that are read ahead: each holds up to some MB. */
const RUNS_AHEAD = 2;

/**
 * The runs of a partition's index that can be read, the widest where there are several, in order; with `from`, only those
 * from the one on that may hold it. Runs may overlap, and there may be segments between them: see `IndexRun.after`.
 */
export async function* readIndex(bucket: Bucket, at: PartitionLocation, from?: Offset): AsyncGenerator<IndexRun> {
  const wide = await listIndex(bucket, at, WIDE_LEVEL);
  const firstWide = from === undefined ? 0 : lastAtOrBefore(wide, from);
  if (from !== undefined && firstWide === wide.length - 1) {
    const narrow = await listIndex(bucket, at, NARROW_LEVEL, wide.at(-1)?.start);
    const firstNarrow = lastAtOrBefore(narrow, from);
    if (firstNarrow >= 0) {
      yield* readRuns(bucket, narrow.slice(firstNarrow));
      return;
    }
  }
  let last: Offset | undefined;
  for await (const run of readRuns(bucket, wide.slice(Math.max(0, firstWide)))) {
    last = run.segments.at(-1)?.metadata.start;
    yield run;
  }
  yield* readRuns(bucket, await listIndex(bucket, at, NARROW_LEVEL, last));
}

/** A level's index objects that start at or after `from`, in order. */
export async function listIndex(
  bucket: Bucket,
  at: PartitionLocation,
  level: number,
  from?: Offset,
): Promise<IndexKey[]> {
  const keys: IndexKey[] = [];
  const options = from === undefined ? {} : { startAfter: indexKeyFloor(at, level, from) };
  for await (const { key } of bucket.list(indexPrefix(at, level), options)) {
    const parsed = parseIndexKey(key);
    if (parsed !== undefined) keys.push(parsed);
  }
  return keys;
}

/** One index object; see `decodeIndexRun`. One that has gone since it was listed is `damaged`. */
export async function readIndexRun(bucket: Bucket, at: IndexKey): Promise<IndexRun | 'damaged' | 'later'> {
  let body: Uint8Array;
  try {
    body = await bucket.get(indexKey(at.location, at.level, at.start));
  } catch (error) {
    if (isAppError(error, 'BUCKET_OBJECT_MISSING')) return 'damaged';
    throw error;
  }
  return await decodeIndexRun(at, body);
}

async function* readRuns(bucket: Bucket, keys: readonly IndexKey[]): AsyncGenerator<IndexRun> {
  for await (const run of mapAhead(keys, (key) => readIndexRun(bucket, key), RUNS_AHEAD)) {
    if (typeof run !== 'string') yield run;
  }
}

/** Position of the last key that starts at or before the offset; -1 when there is none. */
export function lastAtOrBefore(keys: readonly IndexKey[], from: Offset): number {
  return keys.findLastIndex(({ start }) => start <= from);
}
