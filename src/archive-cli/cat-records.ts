import { listPartitions, selectLinks, type CatalogQuery } from '../core/archive/catalog.ts';
import type { ChainLink } from '../core/archive/partition-chain.ts';
import type { Bucket } from '../core/bucket/bucket.ts';
import { SegmentTotals } from '../core/segment/segment-totals.ts';
import { readSegmentLines } from './read-segment-lines.ts';
import { scanLines } from './scan-lines.ts';

/** Which records, and how many of them at most. */
export interface CatQuery extends CatalogQuery {
  readonly limit?: number | undefined;
}

type SegmentLink = Extract<ChainLink, { kind: 'segment' }>;

/**
 * The records of a folder as lines, byte for byte as they are stored: source by source, partition by partition, in the
 * order of offsets. Each item is one or more whole lines. Streams: memory does not depend on what is read.
 * @throws ARCHIVE_FOLDER_MISSING, ARCHIVE_SOURCE_CONFLICT, SEGMENT_CORRUPT, SEGMENT_FORMAT_UNSUPPORTED, BUCKET_*.
 */
export async function* catRecords(bucket: Bucket, folder: string, query: CatQuery = {}): AsyncGenerator<Uint8Array> {
  let left = query.limit ?? Number.POSITIVE_INFINITY;
  if (left <= 0) return;
  for await (const partition of listPartitions(bucket, folder, query)) {
    for await (const link of selectLinks(bucket, partition, query)) {
      if (link.kind !== 'segment') continue;
      for await (const { lines, count } of segmentLines(bucket, link, query, left)) {
        yield lines;
        left -= count;
        if (left <= 0) return;
      }
    }
  }
}

interface Lines {
  readonly lines: Uint8Array;
  readonly count: number;
}

/** The wanted lines of a segment; whole frames when all of them are wanted. */
async function* segmentLines(bucket: Bucket, link: SegmentLink, query: CatQuery, left: number): AsyncGenerator<Lines> {
  const { compression } = link.metadata;
  const isWhole = left >= link.metadata.recordCount && isAllWanted(link, query);
  const totals = new SegmentTotals();
  let recordCount = 0;
  for await (const { lines } of readSegmentLines(bucket, { ...link, compression })) {
    const count = countLines(lines);
    recordCount += count;
    totals.add(lines);
    if (isWhole) {
      yield { lines, count };
      continue;
    }
    for (const { offset, timestampMs, line } of scanLines(lines)) {
      if (offset < link.readable.start) continue;
      if (offset >= link.readable.end) return;
      if (isWantedTime(timestampMs, query)) yield { lines: line, count: 1 };
    }
  }
  totals.check(link.metadata, recordCount, link.key, link.sizeBytes);
}

function isAllWanted({ metadata, readable }: SegmentLink, query: CatQuery): boolean {
  const { minTimestampMs: minMs, maxTimestampMs: maxMs } = metadata;
  if (readable.start !== metadata.start || readable.end !== metadata.end) return false;
  return minMs === undefined || maxMs === undefined || (isWantedTime(minMs, query) && isWantedTime(maxMs, query));
}

function isWantedTime(timestampMs: bigint, { fromTimestampMs, toTimestampMs }: CatQuery): boolean {
  if (fromTimestampMs !== undefined && timestampMs < fromTimestampMs) return false;
  return toTimestampMs === undefined || timestampMs < toTimestampMs;
}

function countLines(lines: Uint8Array): number {
  let count = 0;
  for (let feed = lines.indexOf(10); feed !== -1; feed = lines.indexOf(10, feed + 1)) count++;
  return count;
}
