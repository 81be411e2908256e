import { type CatalogPartition, listPartitions, selectLinks } from '../../core/archive/catalog.ts';
import type { HoleReason } from '../../core/archive/chain-walker.ts';
import { mapAhead } from '../../core/archive/map-ahead.ts';
import { listSources, type Source } from '../../core/archive/source-registry.ts';
import type { Bucket, ObjectKey } from '../../core/bucket/bucket.ts';
import { GAP_REASONS, type Offset, type OffsetRange } from '../../core/record/topic-partition.ts';
import { readArchivedRecords } from './archived-records.ts';

const PARTITIONS_AHEAD = 8;

/** What a folder of the bucket holds. */
export interface ArchiveFacts {
  readonly folder: string;
  /** In the order in which a reload takes them; none: the folder holds no archive. */
  readonly sources: readonly ArchivedSource[];
}

/** A source, and its partitions that have segments. */
export interface ArchivedSource {
  readonly source: Source;
  readonly partitions: readonly ArchivedPartition[];
}

/** What the chain of one partition covers. */
export interface ArchivedPartition {
  readonly partition: number;
  /** From the start of the first segment (or the recorded hole before it) to the end of the last. */
  readonly range: OffsetRange | undefined;
  readonly firstSegment: { readonly key: ObjectKey; readonly start: Offset } | undefined;
  readonly firstRecord: Offset | undefined;
  readonly lastRecord: Offset | undefined;
  readonly recordCount: number;
  readonly segmentCount: number;
  /** Of the objects. */
  readonly objectBytes: number;
  /** Offsets without a record, by reason; `missing`: nothing in the archive explains them. */
  readonly gaps: ReadonlyMap<HoleReason, bigint>;
}

/** Reads what a folder holds: metadata alone, through the index where there is one. @throws ARCHIVE_*, SEGMENT_*, BUCKET_* */
export async function collectArchiveFacts(bucket: Bucket, folder: string): Promise<ArchiveFacts> {
  const sources = await listSources(bucket, folder);
  if (sources.length === 0) return { folder, sources: [] };
  const bySource = new Map<number, ArchivedPartition[]>();
  const facts = mapAhead(
    listPartitions(bucket, folder),
    async (at) => ({ at, facts: await partitionFacts(bucket, at) }),
    PARTITIONS_AHEAD,
  );
  for await (const { at, facts: found } of facts) {
    const ofSource = bySource.get(at.source.number) ?? [];
    bySource.set(at.source.number, [...ofSource, found]);
  }
  return { folder, sources: sources.map((source) => ({ source, partitions: bySource.get(source.number) ?? [] })) };
}

/** Which records of a source to count. */
export interface CountQuery {
  readonly topicId: string;
  /** By partition; partitions that are not mentioned are not counted. Undefined: all of it. */
  readonly ranges?: ReadonlyMap<number, OffsetRange> | undefined;
}

/**
 * Counts the archived records of a topic exactly. Segments that are wholly in a range are counted by their metadata; those that
 * a bound cuts are read. Nothing archived of that topic: 0.
 */
export async function countArchived(bucket: Bucket, folder: string, query: CountQuery): Promise<bigint> {
  const { topicId, ranges } = query;
  const source = (await listSources(bucket, folder)).find((each) => each.topicId === topicId);
  if (source === undefined) return 0n;
  let count = 0n;
  for await (const at of listPartitions(bucket, folder, { sources: [source.number] })) {
    const range = ranges?.get(at.location.partition);
    if (ranges !== undefined && range === undefined) continue;
    const wanted = range === undefined ? {} : { fromOffset: range.start, toOffset: range.end };
    for await (const link of selectLinks(bucket, at, wanted)) {
      if (link.kind !== 'segment') continue;
      const { readable, metadata } = link;
      const isWhole = readable.start === metadata.start && readable.end === metadata.end;
      if (isWhole) count += BigInt(metadata.recordCount);
      else for await (const _ of readArchivedRecords(bucket, link, readable)) count++;
    }
  }
  return count;
}

async function partitionFacts(bucket: Bucket, at: CatalogPartition): Promise<ArchivedPartition> {
  const gaps = new Map<HoleReason, bigint>();
  const addGap = (reason: HoleReason, offsets: bigint): void => {
    if (offsets > 0n) gaps.set(reason, (gaps.get(reason) ?? 0n) + offsets);
  };
  let [start, end]: (Offset | undefined)[] = [];
  let firstSegment: ArchivedPartition['firstSegment'];
  let [firstRecord, lastRecord]: (Offset | undefined)[] = [];
  let [recordCount, segmentCount, objectBytes] = [0, 0, 0];
  for await (const link of selectLinks(bucket, at)) {
    const range = link.kind === 'gap' ? link.range : link.readable;
    start ??= range.start;
    end = range.end;
    if (link.kind === 'gap') {
      addGap(link.reason, link.range.end - link.range.start);
      continue;
    }
    const { metadata, key, sizeBytes } = link;
    firstSegment ??= { key, start: metadata.start };
    firstRecord ??= metadata.firstOffset;
    lastRecord = metadata.lastOffset ?? lastRecord;
    recordCount += metadata.recordCount;
    segmentCount++;
    objectBytes += sizeBytes;
    for (const reason of GAP_REASONS) addGap(reason, BigInt(metadata.gapCounts[reason] ?? 0));
  }
  return {
    partition: at.location.partition,
    range: start === undefined || end === undefined ? undefined : { start, end },
    firstSegment,
    firstRecord,
    lastRecord,
    recordCount,
    segmentCount,
    objectBytes,
    gaps,
  };
}
