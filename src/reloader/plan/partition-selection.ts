import { addLink, type CatalogTotals, NO_TOTALS } from '../../core/archive/catalog.ts';
import type { HoleReason } from '../../core/archive/chain-walker.ts';
import type { ChainLink } from '../../core/archive/partition-chain.ts';
import type { Source } from '../../core/archive/source-registry.ts';
import type { SegmentMetadata } from '../../core/segment/segment-metadata.ts';
import type { Offset, OffsetRange } from '../../core/record/topic-partition.ts';
import type { ReloadRequest } from '../request/reload-request.ts';

/** Holes that a plan lists by themselves; the others are only counted. */
const HOLES_LISTED_MAX = 20;

/** Offsets between segments that hold no record: explained by the archive, or `missing`. */
export interface SelectedHole {
  readonly range: OffsetRange;
  readonly reason: HoleReason;
}

/** What a request selects of one archived partition. */
export interface PartitionSelection {
  readonly source: Source;
  readonly partition: number;
  /** From the first to the last segment that can hold wanted records; undefined when there is none. */
  readonly range: OffsetRange | undefined;
  readonly totals: CatalogTotals;
  /** False when a segment is wanted in part, so that `totals.recordCount` is an upper bound. */
  readonly exact: boolean;
  readonly minTimestampMs: bigint | undefined;
  readonly maxTimestampMs: bigint | undefined;
  /** Offsets in holes, by reason. */
  readonly holeOffsets: ReadonlyMap<HoleReason, bigint>;
  /** The first of them. */
  readonly holes: readonly SelectedHole[];
}

type TimeBounds = Pick<ReloadRequest, 'fromTimestampMs' | 'toTimestampMs'>;

/** Sums up the links of one partition. Memory does not grow with their number. */
export async function selectPartition(
  source: Source,
  partition: number,
  links: AsyncIterable<ChainLink>,
  bounds: TimeBounds,
): Promise<PartitionSelection> {
  let totals = NO_TOTALS;
  let exact = true;
  let start: Offset | undefined;
  let end: Offset | undefined;
  let minTimestampMs: bigint | undefined;
  let maxTimestampMs: bigint | undefined;
  const holeOffsets = new Map<HoleReason, bigint>();
  const holes: SelectedHole[] = [];
  for await (const link of links) {
    totals = addLink(totals, link);
    if (link.kind === 'gap') {
      const { range, reason } = link;
      holeOffsets.set(reason, (holeOffsets.get(reason) ?? 0n) + range.end - range.start);
      if (holes.length < HOLES_LISTED_MAX) holes.push({ range, reason });
      continue;
    }
    const { readable, metadata } = link;
    start ??= readable.start;
    ({ end } = readable);
    exact &&= isWholeSegment(readable, metadata, bounds);
    minTimestampMs = smaller(minTimestampMs, metadata.minTimestampMs);
    maxTimestampMs = larger(maxTimestampMs, metadata.maxTimestampMs);
  }
  const range = start === undefined || end === undefined ? undefined : { start, end };
  return { source, partition, range, totals, exact, minTimestampMs, maxTimestampMs, holeOffsets, holes };
}

function isWholeSegment(readable: OffsetRange, metadata: SegmentMetadata, bounds: TimeBounds): boolean {
  const { recordCount, minTimestampMs, maxTimestampMs } = metadata;
  if (recordCount === 0 || minTimestampMs === undefined || maxTimestampMs === undefined) return true;
  const { fromTimestampMs, toTimestampMs } = bounds;
  if (readable.start > metadata.start || readable.end < metadata.end) return false;
  if (fromTimestampMs !== undefined && minTimestampMs < fromTimestampMs) return false;
  return toTimestampMs === undefined || maxTimestampMs < toTimestampMs;
}

function smaller(a: bigint | undefined, b: bigint | undefined): bigint | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a < b ? a : b;
}

function larger(a: bigint | undefined, b: bigint | undefined): bigint | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a > b ? a : b;
}
