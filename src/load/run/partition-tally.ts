import type { Offset } from '../../core/record/topic-partition.ts';
import type { PartitionCounts } from './load-state.ts';

/** What went into one partition so far. */
export interface PartitionTally {
  records: number;
  firstOffset: Offset | undefined;
  endOffset: Offset | undefined;
}

/** Notes a batch that Kafka has; -1: it did not say where. */
export function noteBatch(tally: PartitionTally, firstOffset: Offset, recordCount: number): void {
  tally.records += recordCount;
  if (firstOffset < 0n) return;
  const end = firstOffset + BigInt(recordCount);
  if (tally.firstOffset === undefined || firstOffset < tally.firstOffset) tally.firstOffset = firstOffset;
  if (tally.endOffset === undefined || end > tally.endOffset) tally.endOffset = end;
}

/** Of the partitions that have records. */
export function partitionCountsOf(tallies: readonly PartitionTally[]): PartitionCounts[] {
  return tallies.flatMap(({ records, firstOffset, endOffset }, partition) =>
    records === 0
      ? []
      : [
          {
            partition,
            records,
            ...(firstOffset !== undefined && { firstOffset: String(firstOffset) }),
            ...(endOffset !== undefined && { endOffset: String(endOffset) }),
          },
        ],
  );
}
