import type { Bucket } from '../bucket/bucket.ts';
import type { Offset, OffsetGap, OffsetRange } from '../record/topic-partition.ts';
import type { PartitionLocation } from './archive-layout.ts';
import { mapAhead } from './map-ahead.ts';
import { complete, readTail } from './partition-segments.ts';
import { seekSegments } from './segment-listing.ts';
import type { StoredSegment } from './stored-segment.ts';

/** Where a partition's archive ends, seen from a position. */
export interface ChainEnd {
  /**
   * First offset at or after the position that the archive does not hold; everything before it is in a segment or in a
   * recorded `expired` hole. The position itself when nothing is there; undefined when no position was given and the
   * partition has no segment.
   */
  readonly end: Offset | undefined;
  /** The segments between the position and `end`, ascending: stored, but perhaps not announced. Empty without a position. */
  readonly adopted: readonly StoredSegment[];
  /** The segment that ends at `end`, when there is one. */
  readonly last: StoredSegment | undefined;
  /** The next segment past a hole that starts at `end`: a new segment must not reach past `start`. */
  readonly next: { readonly start: Offset; readonly precedingGap: OffsetGap | undefined } | undefined;
  /** True when there is more at `end`: `adopted` is full. Ask again from there. */
  readonly more: boolean;
}

/** Segments that one call adopts at most. */
export const ADOPTED_MAX = 1000;

const HEADS_AHEAD = 4;

/**
 * With `after` (a committed offset): what a writer that goes on from there finds. Costs a list (rarely two or three), a
 * head for the segment that ends there, and one for each after it.
 * Without: the end of the whole chain, whatever holes it has. Costs a list for every thousand segments without an index.
 * @throws SEGMENT_CORRUPT, SEGMENT_FORMAT_UNSUPPORTED, BUCKET_*.
 */
export async function chainEnd(
  bucket: Bucket,
  location: PartitionLocation,
  options: { readonly after?: Offset | undefined } = {},
): Promise<ChainEnd> {
  const { after } = options;
  if (after === undefined) return endOfAll(await readTail(bucket, location));
  const segments = mapAhead(seekSegments(bucket, location, after), (found) => complete(bucket, found), HEADS_AHEAD);
  return await endFrom(after, segments);
}

async function endFrom(after: Offset, segments: AsyncIterable<StoredSegment>): Promise<ChainEnd> {
  const adopted: StoredSegment[] = [];
  let end = after;
  let last: StoredSegment | undefined;
  for await (const segment of segments) {
    const { start, end: segmentEnd, precedingGap } = segment.metadata;
    if (start > end && !explainsExpiry(precedingGap, { start: end, end: start })) {
      return { end, adopted, last, next: { start, precedingGap }, more: false };
    }
    if (segmentEnd < end) continue;
    last = segment;
    if (segmentEnd === end) continue;
    if (adopted.length === ADOPTED_MAX) return { end, adopted, last: adopted.at(-1), next: undefined, more: true };
    adopted.push(segment);
    end = segmentEnd;
  }
  return { end, adopted, last, next: undefined, more: false };
}

function endOfAll(tail: readonly StoredSegment[]): ChainEnd {
  let last: StoredSegment | undefined;
  for (const segment of tail) if (last === undefined || segment.metadata.end > last.metadata.end) last = segment;
  return { end: last?.metadata.end, adopted: [], last, next: undefined, more: false };
}

/** An expired range can never be archived any more: a writer goes on behind it, as the one before did. */
function explainsExpiry(gap: OffsetGap | undefined, hole: OffsetRange): boolean {
  return gap?.reason === 'expired' && gap.range.start <= hole.start && gap.range.end >= hole.end;
}
