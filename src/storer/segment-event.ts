import type { ObjectKey } from '../core/bucket/bucket.ts';
import type { SegmentMetadata } from '../core/segment/segment-metadata.ts';

/** The announcement of a stored segment on the events topic: JSON key and value, in the mirrored system's fields. */
export interface SegmentStored {
  readonly key: string;
  readonly value: string;
}

/**
 * `batchTimeStart`/`End` are the smallest and largest timestamps, `batchOffsetStart`/`End` the first and last record's
 * offsets, both inclusive, as in the mirrored system (docs/format.md, "Events"). A segment without records announces nothing.
 */
export function segmentStored(file: ObjectKey, segment: SegmentMetadata): SegmentStored | undefined {
  const { firstOffset, lastOffset, minTimestampMs, maxTimestampMs } = segment;
  if (firstOffset === undefined || lastOffset === undefined) return undefined;
  return {
    key: JSON.stringify({ topic: segment.topic, partition: segment.partition }),
    value: JSON.stringify({
      filePath: file,
      batchTimeStart: isoTime(minTimestampMs),
      batchTimeEnd: isoTime(maxTimestampMs),
      batchOffsetStart: Number(firstOffset),
      batchOffsetEnd: Number(lastOffset),
      batchSize: segment.recordCount,
    }),
  };
}

/** Null where the time cannot be written as a date (a producer may set any 64-bit number). */
function isoTime(timestampMs: bigint | undefined): string | null {
  if (timestampMs === undefined) return null;
  const date = new Date(Number(timestampMs));
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
