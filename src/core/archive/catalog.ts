import type { Bucket } from '../bucket/bucket.ts';
import { AppError } from '../errors.ts';
import type { Offset } from '../record/topic-partition.ts';
import type { SegmentMetadata } from '../segment/segment-metadata.ts';
import { sourcePrefix, type PartitionLocation } from './archive-layout.ts';
import { followChain, type ChainLink } from './partition-chain.ts';
import { checkSameSource } from './segment-store.ts';
import { listSources, type Source } from './source-registry.ts';

/** Which records of a folder are wanted; what is left out does not restrict. */
export interface CatalogQuery {
  /** Source numbers. */
  readonly sources?: readonly number[] | undefined;
  readonly partitions?: readonly number[] | undefined;
  readonly fromOffset?: Offset | undefined;
  /** Exclusive. */
  readonly toOffset?: Offset | undefined;
  /** Milliseconds. */
  readonly fromTimestampMs?: bigint | undefined;
  /** Exclusive, milliseconds. */
  readonly toTimestampMs?: bigint | undefined;
}

/** A partition of a folder that has an archive. */
export interface CatalogPartition {
  readonly source: Source;
  readonly location: PartitionLocation;
}

/** Sums over links. */
export interface CatalogTotals {
  readonly segmentCount: number;
  /** An upper bound where segments are wanted in part. */
  readonly recordCount: number;
  /** Of the objects, compressed. */
  readonly objectBytes: number;
  /** Of the lines before compression. */
  readonly linesBytes: number;
  /** Offsets in holes that nothing explains. */
  readonly missingOffsets: bigint;
}

/** Totals of nothing. */
export const NO_TOTALS: CatalogTotals = {
  segmentCount: 0,
  recordCount: 0,
  objectBytes: 0,
  linesBytes: 0,
  missingOffsets: 0n,
};

/**
 * The partitions of a folder, source by source, ascending: the order in which a folder is reloaded.
 * @throws ARCHIVE_FOLDER_MISSING when the folder holds no source; ARCHIVE_SOURCE_CONFLICT.
 */
export async function* listPartitions(
  bucket: Bucket,
  folder: string,
  query: CatalogQuery = {},
): AsyncGenerator<CatalogPartition> {
  const sources = await listSources(bucket, folder);
  if (sources.length === 0) {
    throw new AppError(
      'ARCHIVE_FOLDER_MISSING',
      `the bucket ${bucket.url} holds no archive folder ${JSON.stringify(folder)}`,
      {
        subject: folder,
        hint: '`bss archive ls` lists the folders that there are.',
      },
    );
  }
  for (const source of sources) {
    if (query.sources?.includes(source.number) === false) continue;
    for (const partition of await archivedPartitions(bucket, source)) {
      if (query.partitions?.includes(partition) === false) continue;
      yield { source, location: { folder, source: source.number, partition } };
    }
  }
}

/**
 * The links of a partition's chain that can hold wanted records. A segment is left out when its timestamps show that it
 * holds none; a hole, when the segments on both sides of it are before the wanted time, or both after it. Links are in
 * order, but no longer adjacent once a time is given.
 * @throws ARCHIVE_SOURCE_CONFLICT when a segment is not of the partition's source; as `followChain`.
 */
export async function* selectLinks(
  bucket: Bucket,
  { source, location }: CatalogPartition,
  query: CatalogQuery = {},
): AsyncGenerator<ChainLink> {
  const times = new TimeFilter(query);
  for await (const link of followChain(bucket, location, { from: query.fromOffset, to: query.toOffset })) {
    if (link.kind === 'segment') checkSameSource(link, { ...source, partition: location.partition });
    yield* times.take(link);
  }
  yield* times.finish();
}

/** Totals with one more link. */
export function addLink(totals: CatalogTotals, link: ChainLink): CatalogTotals {
  if (link.kind === 'gap') {
    if (link.reason !== 'missing') return totals;
    return { ...totals, missingOffsets: totals.missingOffsets + link.range.end - link.range.start };
  }
  return {
    ...totals,
    segmentCount: totals.segmentCount + 1,
    recordCount: totals.recordCount + link.metadata.recordCount,
    objectBytes: totals.objectBytes + link.sizeBytes,
    linesBytes: totals.linesBytes + link.metadata.linesBytes,
  };
}

/** The numbers of a source's partitions that have an archive, ascending. */
async function archivedPartitions(bucket: Bucket, source: Source): Promise<number[]> {
  const partitions: number[] = [];
  for await (const name of bucket.folders(sourcePrefix(source.folder, source.number))) {
    if (/^(0|[1-9]\d{0,9})$/.test(name)) partitions.push(Number(name));
  }
  return partitions.toSorted((a, b) => a - b);
}

interface TimeSpan {
  readonly minMs: bigint;
  readonly maxMs: bigint;
}

/** Passes on what can hold records of the wanted time; keeps holes back until the segment behind them is known. */
class TimeFilter {
  readonly #fromMs: bigint | undefined;
  readonly #toMs: bigint | undefined;
  #before: TimeSpan | undefined;
  #holes: ChainLink[] = [];

  constructor({ fromTimestampMs, toTimestampMs }: CatalogQuery) {
    this.#fromMs = fromTimestampMs;
    this.#toMs = toTimestampMs;
  }

  *take(link: ChainLink): Generator<ChainLink> {
    if (link.kind === 'gap') {
      this.#holes.push(link);
      return;
    }
    const span = timeSpan(link.metadata);
    // No record, no time: what is before it and what is behind it still say when a hole was.
    if (span === undefined) {
      if (this.#fromMs === undefined && this.#toMs === undefined) yield* [...this.#drain(), link];
      return;
    }
    if (this.#wants(join(this.#before, span))) yield* this.#drain();
    this.#holes = [];
    this.#before = span;
    if (this.#wants(span)) yield link;
  }

  /** Holes at the end of what was asked for: only the segment before them says when they were. */
  *finish(): Generator<ChainLink> {
    if (this.#before === undefined || this.#wants({ ...this.#before, maxMs: TIMESTAMP_MAX_MS })) yield* this.#drain();
  }

  #drain(): ChainLink[] {
    const holes = this.#holes;
    this.#holes = [];
    return holes;
  }

  #wants({ minMs, maxMs }: TimeSpan): boolean {
    return (this.#toMs === undefined || minMs < this.#toMs) && (this.#fromMs === undefined || maxMs >= this.#fromMs);
  }
}

/** The latest timestamp there can be. */
const TIMESTAMP_MAX_MS = 2n ** 63n - 1n;

function timeSpan({ minTimestampMs, maxTimestampMs }: SegmentMetadata): TimeSpan | undefined {
  if (minTimestampMs === undefined || maxTimestampMs === undefined) return undefined;
  return { minMs: minTimestampMs, maxMs: maxTimestampMs };
}

function join(before: TimeSpan | undefined, after: TimeSpan): TimeSpan {
  if (before === undefined) return after;
  return {
    minMs: before.minMs < after.minMs ? before.minMs : after.minMs,
    maxMs: before.maxMs > after.maxMs ? before.maxMs : after.maxMs,
  };
}
