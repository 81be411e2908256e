import { must } from '../assert.ts';
import type { Bucket, ListEntry, ObjectKey } from '../bucket/bucket.ts';
import type { Offset } from '../record/topic-partition.ts';
import { partitionPrefix, parseSegmentKey, segmentKeyFloor, type PartitionLocation } from './archive-layout.ts';

/** A segment as a list shows it. */
export interface ListedSegment {
  readonly key: ObjectKey;
  readonly start: Offset;
  readonly sizeBytes: number;
}

/** How far back the first list of `seekSegments` begins, in offsets, and the factor by which the following go further. */
const SEEK_BACK_OFFSETS = 1024n;
const SEEK_BACK_FACTOR = 16n;

/** A partition's segments whose keys come after `after` (default: all), in order of their keys. Other objects are passed over. */
export async function* listSegments(
  bucket: Bucket,
  location: PartitionLocation,
  after?: string,
): AsyncGenerator<ListedSegment> {
  const options = after === undefined ? {} : { startAfter: after };
  for await (const entry of bucket.list(partitionPrefix(location), options)) {
    const listed = asSegment(entry);
    if (listed !== undefined) yield listed;
  }
}

/**
 * A partition's segments from the last one that starts at or before `from` on (several, when they start at the same
 * offset). Stores list forwards only, so this lists from a little before `from` and, while it finds none, from further
 * and further back: one list as a rule, and never more than a few pages beyond what lies between.
 */
export async function* seekSegments(
  bucket: Bucket,
  location: PartitionLocation,
  from: Offset,
): AsyncGenerator<ListedSegment> {
  for (let back = SEEK_BACK_OFFSETS; ; back *= SEEK_BACK_FACTOR) {
    const floor = from > back ? segmentKeyFloor(location, from - back) : undefined;
    let found = false;
    for await (const segment of startingAtOrBefore(listSegments(bucket, location, floor), from)) {
      // The first one starts late, and there may be an earlier one: look further back.
      if (!found && floor !== undefined && segment.start > from) break;
      found = true;
      yield segment;
    }
    if (found || floor === undefined) return;
  }
}

/** Leaves out what comes before the last segment that starts at or before `from`, and its equals. */
export async function* startingAtOrBefore<S extends { readonly key: ObjectKey }>(
  segments: AsyncIterable<S>,
  from: Offset,
): AsyncGenerator<S> {
  let candidates: S[] = [];
  let start: Offset | undefined;
  for await (const segment of segments) {
    const next = must(parseSegmentKey(segment.key), 'the key of a segment').start;
    if (next > from) {
      yield* candidates;
      candidates = [];
      yield segment;
    } else {
      if (next !== start) candidates = [];
      start = next;
      candidates.push(segment);
    }
  }
  yield* candidates;
}

function asSegment({ key, sizeBytes }: ListEntry): ListedSegment | undefined {
  const parsed = parseSegmentKey(key);
  return parsed === undefined ? undefined : { key, start: parsed.start, sizeBytes };
}
