import type { HoleReason } from '../../core/archive/chain-walker.ts';
import { type ChainLink, followChain } from '../../core/archive/partition-chain.ts';
import { listSources } from '../../core/archive/source-registry.ts';
import type { Bucket } from '../../core/bucket/bucket.ts';
import type { Offset, TopicPartition } from '../../core/record/topic-partition.ts';

/** What the bucket holds of a partition, from a position on. */
export interface Coverage extends TopicPartition {
  /** Where its archive begins; undefined while there is none. */
  readonly start: Offset | undefined;
  /** First offset that is not archived. */
  readonly end: Offset | undefined;
  readonly segmentCount: number;
  /** Of whole segments: the last one may reach past what was asked for. */
  readonly recordCount: number;
  /** Offsets without a record, by reason. */
  readonly gaps: Readonly<Partial<Record<HoleReason, number>>>;
  /** Key of its first segment that has records: others are not announced. */
  readonly firstKey: string | undefined;
}

/** Where a partition's records are. */
export interface ArchivedPartition extends TopicPartition {
  readonly topicId: string;
  readonly folder: string;
}

/** Follows the chain of a partition: all of it, or up to an offset. */
export async function coverageOf(
  bucket: Bucket,
  { topic, partition, topicId, folder }: ArchivedPartition,
  to?: Offset,
): Promise<Coverage> {
  const totals = new Totals();
  const source = (await listSources(bucket, folder)).find((known) => known.topicId === topicId);
  if (source !== undefined) {
    const links = followChain(bucket, { folder, source: source.number, partition }, { to });
    for await (const link of links) totals.add(link);
  }
  const { start, end, segmentCount, recordCount, gaps, firstKey } = totals;
  return { topic, partition, start, end, segmentCount, recordCount, gaps: Object.fromEntries(gaps), firstKey };
}

class Totals {
  start: Offset | undefined;
  end: Offset | undefined;
  segmentCount = 0;
  recordCount = 0;
  firstKey: string | undefined;
  readonly gaps = new Map<HoleReason, number>();

  add(link: ChainLink): void {
    const range = link.kind === 'gap' ? link.range : link.readable;
    this.start ??= range.start;
    this.end = range.end;
    if (link.kind === 'gap') {
      this.#addGap(link.reason, Number(range.end - range.start));
      return;
    }
    if (link.metadata.recordCount > 0) this.firstKey ??= link.key;
    this.segmentCount++;
    this.recordCount += link.metadata.recordCount;
    // Of our own metadata, which has no other names in it.
    for (const [reason, count] of Object.entries(link.metadata.gapCounts)) this.#addGap(reason as HoleReason, count);
  }

  #addGap(reason: HoleReason, count: number): void {
    this.gaps.set(reason, (this.gaps.get(reason) ?? 0) + count);
  }
}
