import { partitionPrefix, type PartitionLocation } from '../core/archive/archive-layout.ts';
import { ChainWalker } from '../core/archive/chain-walker.ts';
import { mapAhead } from '../core/archive/map-ahead.ts';
import { listSegments } from '../core/archive/segment-listing.ts';
import type { Source } from '../core/archive/source-registry.ts';
import type { Bucket } from '../core/bucket/bucket.ts';
import type { SegmentMetadata } from '../core/segment/segment-metadata.ts';
import { IndexComparison } from './index-comparison.ts';
import type { Finding } from './verify-finding.ts';
import { verifySegment } from './verify-segment.ts';

/** What was verified, one segment after the other. */
export interface VerifyStep {
  readonly findings: readonly Finding[];
  readonly segmentCount: number;
  readonly recordCount: number;
  readonly objectBytes: number;
  /** Bytes of segments that were found and will be read: `objectBytes` of all steps add up to it in the end. */
  readonly plannedBytes: number;
}

/** A step at which nothing was found or read, to be filled in. */
export const NO_STEP: VerifyStep = { findings: [], segmentCount: 0, recordCount: 0, objectBytes: 0, plannedBytes: 0 };

/** Segments read at once: each has some chunks of 4 MiB in flight. */
const SEGMENTS_AHEAD = 3;

/**
 * Verifies one partition: every segment from end to end, the chain that they make, and what the index says of them.
 * `source` is undefined when its record is missing or damaged.
 */
export async function* verifyPartition(
  bucket: Bucket,
  location: PartitionLocation,
  source: Source | undefined,
): AsyncGenerator<VerifyStep> {
  const walker = new ChainWalker();
  const index = new IndexComparison(bucket, location);
  const listed = listSegments(bucket, location);
  const verdicts = mapAhead(listed, (segment) => verifySegment(bucket, segment, source), SEGMENTS_AHEAD);
  for await (const { key, sizeBytes, metadata, findings, recordCount } of verdicts) {
    const found = [...findings];
    // Without metadata the end is not known: what is behind is then missing, and said to be.
    if (metadata !== undefined) found.push(...missingBefore(walker, location, metadata));
    found.push(...(await index.take({ key, sizeBytes, metadata })));
    yield { ...NO_STEP, findings: found, segmentCount: 1, recordCount, objectBytes: sizeBytes };
  }
  yield { ...NO_STEP, findings: await index.take(undefined) };
}

function missingBefore(walker: ChainWalker, location: PartitionLocation, metadata: SegmentMetadata): Finding[] {
  const missing = walker.take(metadata).holes.filter(({ reason }) => reason === 'missing');
  return missing.map(({ range }) => ({
    name: 'offsets-missing',
    key: partitionPrefix(location),
    offsets: range,
    detail: `offsets ${range.start} to ${range.end - 1n} are in no segment, and no recorded gap says why`,
  }));
}
