import type { Bucket } from '../bucket/bucket.ts';
import type { Offset } from '../record/topic-partition.ts';
import { partitionPrefix, type PartitionLocation } from './archive-layout.ts';
import { readIndex } from './index-reader.ts';
import { mapAhead } from './map-ahead.ts';
import { listSegments, seekSegments, startingAtOrBefore, type ListedSegment } from './segment-listing.ts';
import { requireStoredSegment, type StoredSegment } from './stored-segment.ts';

/** Heads in flight for one partition. */
const HEADS_AHEAD = 8;

/** Segments looked at for the end of a chain: overlap reaches no further back than a writer had in flight. */
const TAIL_SEGMENTS = 8;

/** What one list of any store gives; a following one is another request. */
const LIST_ENTRIES = 1000;

/** A segment of which the index told everything, or a list only the name. */
type Found = StoredSegment | ListedSegment;

/**
 * A partition's segments in the order of their keys; with `from`, those from the last one on that starts at or before
 * it. Index objects save the lists and heads of what they hold; a segment that somebody stored in their midst after they
 * were made is not seen (`readEverySegment` sees it).
 */
export async function* readSegments(
  bucket: Bucket,
  at: PartitionLocation,
  from?: Offset,
): AsyncGenerator<StoredSegment> {
  const found = findSegments(bucket, at, from);
  const wanted = from === undefined ? found : startingAtOrBefore(found, from);
  yield* mapAhead(wanted, (segment) => complete(bucket, segment), HEADS_AHEAD);
}

/** All of a partition's segments that are in the bucket, in the order of their keys: the index saves heads, not lists. */
export async function* readEverySegment(bucket: Bucket, at: PartitionLocation): AsyncGenerator<StoredSegment> {
  const found = joinIndex(listSegments(bucket, at), indexedSegments(bucket, at));
  yield* mapAhead(found, (segment) => complete(bucket, segment), HEADS_AHEAD);
}

/**
 * The last segments of a partition, in the order of their keys. One list where it shows them all, as it does wherever
 * archiving begins; only longer partitions have an index that is worth to be looked for.
 */
export async function readTail(
  bucket: Bucket,
  at: PartitionLocation,
  listedMax = LIST_ENTRIES,
): Promise<StoredSegment[]> {
  const listed: Found[] = [];
  for await (const segment of listSegments(bucket, at)) if (listed.push(segment) > listedMax) break;
  const tail = listed.length > listedMax ? await indexedTail(bucket, at) : listed.slice(-TAIL_SEGMENTS);
  return await Array.fromAsync(mapAhead(tail, (segment) => complete(bucket, segment), HEADS_AHEAD));
}

async function indexedTail(bucket: Bucket, at: PartitionLocation): Promise<Found[]> {
  let tail: Found[] = [];
  for await (const run of readIndex(bucket, at, OFFSET_MAX)) tail = run.segments.slice(-TAIL_SEGMENTS);
  for await (const segment of listSegments(bucket, at, tail.at(-1)?.key)) {
    if (tail.length === TAIL_SEGMENTS) tail.shift();
    tail.push(segment);
  }
  return tail;
}

/**
 * The segment with its metadata.
 * @throws SEGMENT_CORRUPT, SEGMENT_FORMAT_UNSUPPORTED, BUCKET_OBJECT_MISSING when it was deleted since it was listed.
 */
export async function complete(bucket: Bucket, segment: Found): Promise<StoredSegment> {
  return 'metadata' in segment ? segment : await requireStoredSegment(bucket, segment.key);
}

const OFFSET_MAX: Offset = 2n ** 63n - 1n;

/** Index runs where there are any, lists between and after them. */
async function* findSegments(bucket: Bucket, at: PartitionLocation, from: Offset | undefined): AsyncGenerator<Found> {
  let last: string | undefined;
  for await (const run of readIndex(bucket, at, from)) {
    const [first] = run.segments;
    // Whatever comes before a first run that starts at or before `from` is not wanted.
    const begin =
      from !== undefined && first !== undefined && first.metadata.start <= from ? run.after : partitionPrefix(at);
    const before = last ?? begin;
    if (run.after > before) yield* listBetween(bucket, at, before, run.after);
    for (const segment of run.segments) if (last === undefined || segment.key > last) yield segment;
    last = run.segments.at(-1)?.key ?? last;
  }
  if (last === undefined && from !== undefined) yield* seekSegments(bucket, at, from);
  else yield* listSegments(bucket, at, last);
}

/** Segments after one key, up to and including another. */
async function* listBetween(
  bucket: Bucket,
  at: PartitionLocation,
  after: string,
  upTo: string,
): AsyncGenerator<ListedSegment> {
  for await (const segment of listSegments(bucket, at, after)) {
    if (segment.key > upTo) return;
    yield segment;
  }
}

/** The listed segments, with what the index knows of them. */
async function* joinIndex(
  listed: AsyncIterable<ListedSegment>,
  indexed: AsyncGenerator<StoredSegment>,
): AsyncGenerator<Found> {
  try {
    let known = await indexed.next();
    for await (const segment of listed) {
      while (known.done !== true && known.value.key < segment.key) known = await indexed.next();
      const same =
        known.done !== true && known.value.key === segment.key && known.value.sizeBytes === segment.sizeBytes;
      yield same && known.done !== true ? known.value : segment;
    }
  } finally {
    await indexed.return(undefined);
  }
}

/** What the index holds, in the order of keys, each segment once. */
async function* indexedSegments(bucket: Bucket, at: PartitionLocation): AsyncGenerator<StoredSegment> {
  let last = '';
  for await (const { segments } of readIndex(bucket, at)) {
    for (const segment of segments) {
      if (segment.key <= last) continue;
      last = segment.key;
      yield segment;
    }
  }
}
