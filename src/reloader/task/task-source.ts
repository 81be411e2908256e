import { type CatalogPartition, type CatalogQuery, selectLinks } from '../../core/archive/catalog.ts';
import { mapAhead } from '../../core/archive/map-ahead.ts';
import type { ChainLink } from '../../core/archive/partition-chain.ts';
import { listSources, type Source } from '../../core/archive/source-registry.ts';
import type { Bucket } from '../../core/bucket/bucket.ts';
import { AppError } from '../../core/errors.ts';
import type { Offset } from '../../core/record/topic-partition.ts';
import type { SegmentSource, StampedBatch } from '../../core/segment/batch-decoder.ts';
import type { DecoderHandle } from '../../core/segment/segment-threads.ts';
import { bytesHolding, readTrailer } from '../../core/segment/trailer-reader.ts';
import type { TaskRecord } from '../job/job-record.ts';
import type { ReloadRequest } from '../request/reload-request.ts';

type SegmentLink = Extract<ChainLink, { kind: 'segment' }>;

/** Everything before it has been reloaded: index of the range, and the next offset in it. */
export interface TaskPosition {
  readonly range: number;
  readonly offset: Offset;
}

/** A few batches, and the position after them. */
export interface TaskStep {
  readonly batches: readonly StampedBatch[];
  readonly position: TaskPosition;
  /** Segments that end with this step. */
  readonly segments: number;
}

/** What a task reads. */
export interface TaskSourceOptions {
  readonly bucket: Bucket;
  readonly decoder: DecoderHandle;
  readonly partition: number;
  readonly ranges: TaskRecord['ranges'];
  readonly from: TaskPosition;
  readonly request: Pick<ReloadRequest, 'fromTimestampMs' | 'toTimestampMs' | 'allowMissing'>;
}

/** An object is read in parts of this size, so many ahead of the decoder: what a task holds of the bucket is bounded. */
const PART_BYTES = 4 * 1024 * 1024;
const PARTS_AHEAD = 4;
/** Smaller objects are read whole: looking for the right frame would cost more than it saves. */
const SEEK_BYTES_MIN = 256 * 1024;

/** Milliseconds that every timestamp is before. */
const END_OF_TIME_MS = 2n ** 63n - 1n;

/** The bytes of an object that hold what is wanted. */
interface Extent {
  readonly segment: SegmentLink;
  readonly start: number;
  readonly end: number;
}

interface Part {
  readonly extent: Extent;
  readonly range: number;
  readonly start: number;
  readonly end: number;
}

/**
 * The batches of a task's ranges from a position on, in order, with the next parts of objects already on their way.
 * @throws SEGMENT_CORRUPT, BUCKET_*; RELOAD_INCOMPLETE_ARCHIVE when offsets are missing that were not to be passed over.
 */
export async function* readTask(options: TaskSourceOptions): AsyncGenerator<TaskStep> {
  const parts = mapAhead(partsOf(options), (part) => readPart(options.bucket, part), PARTS_AHEAD);
  try {
    let next = await parts.next();
    while (next.done !== true) {
      const { extent, range } = next.value.part;
      const inSegment = (): boolean => next.done !== true && next.value.part.extent === extent;
      const chunks = async function* (): AsyncGenerator<Uint8Array<ArrayBuffer>> {
        while (next.done !== true && inSegment()) {
          yield next.value.bytes;
          next = await parts.next();
        }
      };
      for await (const { batches } of options.decoder.decode(segmentSource(options, extent), chunks())) {
        const last = batches.at(-1);
        if (last !== undefined) yield { batches, position: { range, offset: last.lastOffset + 1n }, segments: 0 };
      }
      // The decoder stops at the last offset wanted, which may be well before the object's end.
      while (inSegment()) next = await parts.next();
      yield { batches: [], position: { range, offset: extent.segment.readable.end }, segments: 1 };
    }
  } finally {
    await parts.return(undefined);
  }
}

function segmentSource({ request }: TaskSourceOptions, { segment, start, end }: Extent): SegmentSource {
  return {
    objectKey: segment.key,
    compression: segment.metadata.compression,
    metadata: segment.metadata,
    position: start,
    whole: start === 0 && end === segment.sizeBytes,
    range: segment.readable,
    timestamps: wantedTime(request),
  };
}

function wantedTime({ fromTimestampMs, toTimestampMs }: TaskSourceOptions['request']): SegmentSource['timestamps'] {
  if (fromTimestampMs === undefined && toTimestampMs === undefined) return undefined;
  return { fromMs: fromTimestampMs ?? -END_OF_TIME_MS, untilMs: toTimestampMs ?? END_OF_TIME_MS };
}

async function* partsOf(options: TaskSourceOptions): AsyncGenerator<Part> {
  for (let range = options.from.range; range < options.ranges.length; range++) {
    for await (const segment of segmentsOf(options, range)) {
      if (segment.metadata.recordCount === 0) continue;
      const extent = await extentOf(options, segment);
      if (extent === undefined) continue;
      for (let start = extent.start; start < extent.end; start += PART_BYTES) {
        yield { extent, range, start, end: Math.min(start + PART_BYTES, extent.end) };
      }
    }
  }
}

/**
 * Of a large segment that is wanted in part, the frames that hold the wanted records, by the index at its end; otherwise
 * the whole object. Undefined when no frame holds any.
 */
async function extentOf({ bucket, request }: TaskSourceOptions, segment: SegmentLink): Promise<Extent | undefined> {
  const { key, sizeBytes, readable, metadata } = segment;
  const { compression } = metadata;
  const wanted = { range: readable, timestamps: wantedTime(request) };
  const whole = { segment, start: 0, end: sizeBytes };
  const isCut = readable.start > metadata.start || readable.end < metadata.end || wanted.timestamps !== undefined;
  if (!isCut || compression === 'none' || sizeBytes <= SEEK_BYTES_MIN) return whole;
  const read = (part: { readonly start: number; readonly end: number }): Promise<Uint8Array> => bucket.get(key, part);
  const { frames } = await readTrailer({ objectKey: key, sizeBytes, read }, compression);
  const holding = bytesHolding(frames, wanted);
  return holding === undefined ? undefined : { segment, ...holding };
}

/** Follows one range, and sees to it that the archive still has what the plan found. */
async function* segmentsOf(options: TaskSourceOptions, range: number): AsyncGenerator<SegmentLink> {
  const { bucket, ranges, from, partition, request } = options;
  const planned = ranges[range];
  if (planned === undefined) return;
  const source = await findSource(bucket, planned.folder, planned.source);
  const start = range === from.range && from.offset > BigInt(planned.start) ? from.offset : BigInt(planned.start);
  const end = BigInt(planned.end);
  if (start >= end) return;
  const at: CatalogPartition = { source, location: { folder: planned.folder, source: planned.source, partition } };
  const query: CatalogQuery = {
    fromOffset: start,
    toOffset: end,
    fromTimestampMs: request.fromTimestampMs,
    toTimestampMs: request.toTimestampMs,
  };
  let reached = start;
  for await (const link of selectLinks(bucket, at, query)) {
    reached = link.kind === 'segment' ? link.readable.end : link.range.end;
    if (link.kind === 'segment') yield link;
    else if (link.reason === 'missing' && !request.allowMissing) throw missing(at, link.range.start, link.range.end);
  }
  if (reached < end && !request.allowMissing) throw missing(at, reached, end);
}

async function findSource(bucket: Bucket, folder: string, number: number): Promise<Source> {
  const source = (await listSources(bucket, folder)).find((each) => each.number === number);
  if (source !== undefined) return source;
  throw new AppError('ARCHIVE_FOLDER_MISSING', `the bucket holds no source ${number} of folder ${folder} any more`, {
    subject: folder,
    hint: 'Part of the archive was deleted after the job was planned. Restore it, or plan a new job.',
  });
}

/** The refusal to go on over offsets that the archive lacks without an explanation. */
function missing({ location }: CatalogPartition, start: Offset, end: Offset): AppError {
  const { folder, source, partition } = location;
  return new AppError(
    'RELOAD_INCOMPLETE_ARCHIVE',
    `the archive of ${folder}, source ${source}, partition ${partition} lacks the offsets ${start} to ${end - 1n}`,
    {
      subject: folder,
      hint: 'Run `bss archive verify`. Restore the segments, or send allowMissing: true to reload the rest.',
    },
  );
}

async function readPart(
  bucket: Bucket,
  part: Part,
): Promise<{ readonly part: Part; readonly bytes: Uint8Array<ArrayBuffer> }> {
  const { start, end } = part;
  const { segment } = part.extent;
  const bytes = await bucket.get(segment.key, start === 0 && end === segment.sizeBytes ? undefined : { start, end });
  return { part, bytes: ownMemory(bytes) };
}

/** The decoder's thread takes the memory over, so it must not be shared with anything, such as Node's buffer pool. */
function ownMemory(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = bytes;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === bytes.byteLength) return new Uint8Array(buffer);
  return new Uint8Array(bytes);
}
