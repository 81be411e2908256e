import type { Bucket } from '../bucket/bucket.ts';
import type { Offset, OffsetRange } from '../record/topic-partition.ts';
import type { PartitionLocation } from './archive-layout.ts';
import { ChainWalker, type ChainHole } from './chain-walker.ts';
import { readEverySegment, readSegments } from './partition-segments.ts';
import type { StoredSegment } from './stored-segment.ts';

/**
 * One step along a partition's archive. Of a segment only the offsets in `readable` count, and only they may be read:
 * another segment gave the ones before.
 */
export type ChainLink =
  | ({ readonly kind: 'segment'; readonly readable: OffsetRange } & StoredSegment)
  | ({ readonly kind: 'gap' } & ChainHole);

/** Which part of a chain to follow. */
export interface ChainRange {
  /** First offset wanted; may lie inside a segment. Default: where the archive begins. */
  readonly from?: Offset | undefined;
  /** First offset not wanted. Default: where the archive ends. */
  readonly to?: Offset | undefined;
}

/**
 * Follows a partition's segments by position: every offset at most once, ascending, and none left out that a segment
 * covers. Links are adjacent: where one ends the next one starts. An absent partition has no links.
 *
 * Costs what `readSegments` does, as long as nothing is missing. Where something is, an object that is there but was not
 * looked at (an index object does not know it, or it starts long before `from`) may hold it: then every key of the
 * partition is listed, once, before the hole is believed.
 * @throws SEGMENT_CORRUPT, SEGMENT_FORMAT_UNSUPPORTED, BUCKET_*.
 */
export async function* followChain(
  bucket: Bucket,
  location: PartitionLocation,
  range: ChainRange = {},
): AsyncGenerator<ChainLink> {
  if (range.from !== undefined && range.to !== undefined && range.from >= range.to) return;
  const walker = new ChainWalker(range);
  for await (const segment of readSegments(bucket, location, range.from)) {
    const { position } = walker;
    const links = linksOf(walker, segment);
    if (links.some((link) => link.kind === 'gap' && link.reason === 'missing')) {
      yield* followEverySegment(bucket, location, { ...range, from: position });
      return;
    }
    yield* links;
    if (walker.finished) return;
  }
}

/** As `followChain`, believing lists alone. */
async function* followEverySegment(
  bucket: Bucket,
  location: PartitionLocation,
  range: ChainRange,
): AsyncGenerator<ChainLink> {
  const walker = new ChainWalker(range);
  for await (const segment of readEverySegment(bucket, location)) {
    yield* linksOf(walker, segment);
    if (walker.finished) return;
  }
}

function linksOf(walker: ChainWalker, segment: StoredSegment): ChainLink[] {
  const { holes, readable } = walker.take(segment.metadata);
  const links: ChainLink[] = holes.map((hole) => ({ kind: 'gap', ...hole }));
  if (readable !== undefined) links.push({ kind: 'segment', ...segment, readable });
  return links;
}
