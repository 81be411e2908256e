import { selectLinks, type CatalogPartition } from '../core/archive/catalog.ts';
import type { ChainLink } from '../core/archive/partition-chain.ts';
import type { HoleReason } from '../core/archive/chain-walker.ts';
import { mapAhead } from '../core/archive/map-ahead.ts';
import type { Bucket } from '../core/bucket/bucket.ts';
import { GAP_REASONS, type Offset, type OffsetRange } from '../core/record/topic-partition.ts';
import { archivedPartitions } from './archived-partitions.ts';

/** What there is of one partition. */
export interface PartitionListing {
  readonly at: CatalogPartition;
  /** What the archive speaks of, holes included; undefined when the partition has no segment. */
  readonly range: OffsetRange | undefined;
  readonly segmentCount: number;
  readonly recordCount: number;
  /** Of the objects, and of the lines in them before compression. */
  readonly objectBytes: number;
  readonly linesBytes: number;
  /** Offsets without a record by reason, in segments and between them. */
  readonly gapOffsets: ReadonlyMap<HoleReason, bigint>;
  readonly minTimestampMs: bigint | undefined;
  readonly maxTimestampMs: bigint | undefined;
}

/** A link of a partition's chain. */
export interface ListedLink {
  readonly at: CatalogPartition;
  readonly link: ChainLink;
}

/** Partitions listed at once. */
const PARTITIONS_AHEAD = 8;

/**
 * Every partition of a folder, or of all folders, in order. Reads metadata alone, through the index where there is one.
 * @throws ARCHIVE_FOLDER_MISSING when the folder that was named has nothing; ARCHIVE_SOURCE_CONFLICT, SEGMENT_*, BUCKET_*.
 */
export async function* listArchive(bucket: Bucket, folder?: string): AsyncGenerator<PartitionListing> {
  yield* mapAhead(archivedPartitions(bucket, folder), (at) => listPartition(bucket, at), PARTITIONS_AHEAD);
}

/** Every segment and hole of a folder, or of all folders, in order. @throws as `listArchive`. */
export async function* listLinks(bucket: Bucket, folder?: string): AsyncGenerator<ListedLink> {
  for await (const at of archivedPartitions(bucket, folder)) {
    for await (const link of selectLinks(bucket, at)) yield { at, link };
  }
}

/** One row out of several. */
export function sumListings(listings: readonly PartitionListing[]): Omit<PartitionListing, 'at' | 'range'> {
  const sums = new Sums();
  for (const listing of listings) sums.addListing(listing);
  return sums.values();
}

async function listPartition(bucket: Bucket, at: CatalogPartition): Promise<PartitionListing> {
  const sums = new Sums();
  let start: Offset | undefined;
  let end: Offset | undefined;
  for await (const link of selectLinks(bucket, at)) {
    const range = link.kind === 'gap' ? link.range : link.readable;
    start ??= range.start;
    end = range.end;
    sums.addLink(link);
  }
  return { at, range: start === undefined || end === undefined ? undefined : { start, end }, ...sums.values() };
}

/** Adds up links and listings. */
class Sums {
  #segmentCount = 0;
  #recordCount = 0;
  #objectBytes = 0;
  #linesBytes = 0;
  readonly #gapOffsets = new Map<HoleReason, bigint>();
  #minTimestampMs: bigint | undefined;
  #maxTimestampMs: bigint | undefined;

  addLink(link: ChainLink): void {
    if (link.kind === 'gap') {
      this.#addGap(link.reason, link.range.end - link.range.start);
      return;
    }
    const { recordCount, linesBytes, gapCounts, minTimestampMs, maxTimestampMs } = link.metadata;
    this.#add({ segmentCount: 1, recordCount, objectBytes: link.sizeBytes, linesBytes });
    for (const reason of GAP_REASONS) this.#addGap(reason, BigInt(gapCounts[reason] ?? 0));
    this.#addTimes(minTimestampMs, maxTimestampMs);
  }

  addListing(listing: PartitionListing): void {
    this.#add(listing);
    for (const [reason, count] of listing.gapOffsets) this.#addGap(reason, count);
    this.#addTimes(listing.minTimestampMs, listing.maxTimestampMs);
  }

  values(): Omit<PartitionListing, 'at' | 'range'> {
    return {
      segmentCount: this.#segmentCount,
      recordCount: this.#recordCount,
      objectBytes: this.#objectBytes,
      linesBytes: this.#linesBytes,
      gapOffsets: this.#gapOffsets,
      minTimestampMs: this.#minTimestampMs,
      maxTimestampMs: this.#maxTimestampMs,
    };
  }

  #add(counts: Pick<PartitionListing, 'segmentCount' | 'recordCount' | 'objectBytes' | 'linesBytes'>): void {
    this.#segmentCount += counts.segmentCount;
    this.#recordCount += counts.recordCount;
    this.#objectBytes += counts.objectBytes;
    this.#linesBytes += counts.linesBytes;
  }

  #addGap(reason: HoleReason, count: bigint): void {
    if (count > 0n) this.#gapOffsets.set(reason, (this.#gapOffsets.get(reason) ?? 0n) + count);
  }

  #addTimes(minMs: bigint | undefined, maxMs: bigint | undefined): void {
    if (minMs !== undefined && (this.#minTimestampMs === undefined || minMs < this.#minTimestampMs))
      this.#minTimestampMs = minMs;
    if (maxMs !== undefined && (this.#maxTimestampMs === undefined || maxMs > this.#maxTimestampMs))
      this.#maxTimestampMs = maxMs;
  }
}
