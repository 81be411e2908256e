import type { CatalogPartition } from '../core/archive/catalog.ts';
import type { ChainLink } from '../core/archive/partition-chain.ts';
import type { PartitionListing } from './list-archive.ts';

/** A partition as `bss archive ls --json` prints it: offsets and timestamps are decimal strings, ends are exclusive. */
export function listingJson(listing: PartitionListing): Record<string, unknown> {
  const { at, range, gapOffsets, minTimestampMs, maxTimestampMs } = listing;
  const { topic, topicId, clusterId } = at.source;
  return {
    kind: 'partition',
    ...at.location,
    topic,
    topicId,
    clusterId,
    start: text(range?.start),
    end: text(range?.end),
    segmentCount: listing.segmentCount,
    recordCount: listing.recordCount,
    objectBytes: listing.objectBytes,
    linesBytes: listing.linesBytes,
    gapOffsets: Object.fromEntries([...gapOffsets].map(([reason, count]) => [reason, String(count)])),
    minTimestampMs: text(minTimestampMs),
    maxTimestampMs: text(maxTimestampMs),
  };
}

/** A segment or a hole, as `bss archive ls --segments --json` prints it. */
export function linkJson({ location }: CatalogPartition, link: ChainLink): Record<string, unknown> {
  if (link.kind === 'gap') {
    return {
      kind: 'gap',
      ...location,
      start: String(link.range.start),
      end: String(link.range.end),
      reason: link.reason,
    };
  }
  const { metadata, readable, key, sizeBytes } = link;
  return {
    kind: 'segment',
    ...location,
    key,
    start: String(metadata.start),
    end: String(metadata.end),
    readableStart: String(readable.start),
    readableEnd: String(readable.end),
    recordCount: metadata.recordCount,
    objectBytes: sizeBytes,
    linesBytes: metadata.linesBytes,
    gapCounts: metadata.gapCounts,
    minTimestampMs: text(metadata.minTimestampMs),
    maxTimestampMs: text(metadata.maxTimestampMs),
    writer: metadata.writer,
    createdAtMs: metadata.createdAtMs,
  };
}

function text(value: bigint | undefined): string | null {
  return value === undefined ? null : String(value);
}
