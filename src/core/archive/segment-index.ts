import { assert } from '../assert.ts';
import type { Bucket } from '../bucket/bucket.ts';
import { indexKey, parseSegmentKey, partitionPrefix, type IndexKey, type PartitionLocation } from './archive-layout.ts';
import { NARROW_LEVEL, WIDE_LEVEL, lastAtOrBefore, listIndex, readIndexRun } from './index-reader.ts';
import { encodeIndexRun, type IndexRun } from './index-run.ts';
import { mapAhead } from './map-ahead.ts';
import { complete } from './partition-segments.ts';
import { listSegments } from './segment-listing.ts';
import type { StoredSegment } from './stored-segment.ts';

/** How many segments an index object lists. */
export interface IndexSizes {
  readonly narrow: number;
  readonly wide: number;
}

/** What every writer uses: a million segments are 61 wide index objects and at most 63 narrow ones. */
export const INDEX_SIZES: IndexSizes = { narrow: 256, wide: 256 * 64 };

/** How `buildIndex` works. */
export interface IndexBuildOptions {
  /**
   * Read every index object, not only the newest, and replace the damaged ones. For `bss archive index`; a writer that
   * keeps its own index up to date has no need of it.
   */
  readonly check?: boolean | undefined;
  /** Default `INDEX_SIZES`; tests use small ones. */
  readonly sizes?: IndexSizes | undefined;
}

/** What a call of `buildIndex` did. */
export interface IndexBuild {
  /** Index objects written, replacements among them. */
  readonly writtenCount: number;
  /** Damaged index objects removed. */
  readonly damagedCount: number;
}

const HEADS_AHEAD = 8;
const RUNS_AHEAD = 2;

/** True when a writer that has stored so many segments of a partition since it took it over should call `buildIndex`. */
export function indexIsDue(storedCount: number): boolean {
  return storedCount > 0 && storedCount % INDEX_SIZES.narrow === 0;
}

/**
 * Brings a partition's index up to date: lists every full run of segments that no index object lists yet, and merges
 * full runs of narrow index objects into wide ones. Any number of processes may do it at once: the first one to write an
 * index object wins, and the others leave it to that one. Costs a few lists and as many heads as there are segments that
 * no index object lists.
 * @throws SEGMENT_CORRUPT, SEGMENT_FORMAT_UNSUPPORTED when a segment cannot be listed; BUCKET_*.
 */
export async function buildIndex(
  bucket: Bucket,
  location: PartitionLocation,
  options: IndexBuildOptions = {},
): Promise<IndexBuild> {
  const sizes = options.sizes ?? INDEX_SIZES;
  const check = options.check ?? false;
  const narrow = new LevelBuilder(bucket, location, NARROW_LEVEL, sizes.narrow, (after) =>
    headed(bucket, location, after),
  );
  await narrow.build(check);
  const wide = new LevelBuilder(bucket, location, WIDE_LEVEL, sizes.wide, (after) =>
    narrowEntries(bucket, location, after),
  );
  await wide.build(check);
  return {
    writtenCount: narrow.writtenCount + wide.writtenCount,
    damagedCount: narrow.damagedCount + wide.damagedCount,
  };
}

/** Segments after a key, in order. */
type EntriesAfter = (after: string) => AsyncIterable<StoredSegment>;

/** Brings one level of a partition's index up to date. */
class LevelBuilder {
  writtenCount = 0;
  damagedCount = 0;
  readonly #bucket: Bucket;
  readonly #location: PartitionLocation;
  readonly #level: number;
  readonly #size: number;
  readonly #entriesAfter: EntriesAfter;

  constructor(bucket: Bucket, location: PartitionLocation, level: number, size: number, entriesAfter: EntriesAfter) {
    assert(size >= 4, 'a run is longer than the segments that can share a start');
    this.#bucket = bucket;
    this.#location = location;
    this.#level = level;
    this.#size = size;
    this.#entriesAfter = entriesAfter;
  }

  async build(check: boolean): Promise<void> {
    const keys = await listIndex(this.#bucket, this.#location, this.#level);
    let after = partitionPrefix(this.#location);
    let intact = true;
    const looked = check ? keys : keys.slice(-1);
    const runs = mapAhead(looked, async (key) => ({ key, run: await readIndexRun(this.#bucket, key) }), RUNS_AHEAD);
    for await (const { key, run } of runs) {
      // A later release keeps this index: leave it to that one.
      if (run === 'later') return;
      if (run === 'damaged') {
        await this.#remove(key);
        intact = false;
        continue;
      }
      if (check && run.after > after) await this.#fill(after, run.after);
      after = run.segments.at(-1)?.key ?? after;
    }
    // The newest is damaged, and what it began after is in the one before: look at all of them.
    if (!intact && !check) return await this.build(true);
    await this.#fill(after, undefined);
  }

  /** Writes runs of the segments after one key, up to another or as long as they are full. */
  async #fill(after: string, upTo: string | undefined): Promise<void> {
    let begin = after;
    let segments: StoredSegment[] = [];
    for await (const segment of this.#entriesAfter(after)) {
      if (upTo !== undefined && segment.key > upTo) break;
      segments.push(segment);
      if (segments.length < this.#size) continue;
      if (!(await this.#write({ after: begin, segments }))) return;
      begin = segment.key;
      segments = [];
    }
    if (upTo !== undefined && segments.length > 0) await this.#write({ after: begin, segments });
  }

  /** False when somebody else's is there: that one goes on. */
  async #write(run: IndexRun): Promise<boolean> {
    const [first] = run.segments;
    assert(first !== undefined, 'a run has a segment');
    const key: IndexKey = { location: this.#location, level: this.#level, start: first.metadata.start };
    const body = await encodeIndexRun(key, run);
    const result = await this.#bucket.put(objectKey(key), [body], { contentType: 'application/zstd' });
    if (result === 'created') this.writtenCount++;
    return result === 'created';
  }

  async #remove(key: IndexKey): Promise<void> {
    await this.#bucket.delete(objectKey(key));
    this.damagedCount++;
  }
}

function objectKey({ location, level, start }: IndexKey): string {
  return indexKey(location, level, start);
}

/** Segments after a key, read one by one. */
function headed(bucket: Bucket, at: PartitionLocation, after: string): AsyncIterable<StoredSegment> {
  return mapAhead(listSegments(bucket, at, after), (segment) => complete(bucket, segment), HEADS_AHEAD);
}

/** Segments after a key that narrow index objects hold, up to the first that none holds. */
async function* narrowEntries(bucket: Bucket, at: PartitionLocation, after: string): AsyncGenerator<StoredSegment> {
  let last = after;
  const keys = await listIndex(bucket, at, NARROW_LEVEL);
  const start = parseSegmentKey(after)?.start ?? 0n;
  const first = Math.max(0, lastAtOrBefore(keys, start));
  for await (const run of mapAhead(keys.slice(first), (key) => readIndexRun(bucket, key), RUNS_AHEAD)) {
    if (typeof run === 'string' || run.after > last) return;
    for (const segment of run.segments) {
      if (segment.key <= last) continue;
      last = segment.key;
      yield segment;
    }
  }
}
