import type { StampedBatches, BatchDecoderOptions, SegmentSource } from './batch-decoder.ts';
import type { EncoderProgress, FetchedRecords, SegmentEncoderOptions } from './segment-encoder.ts';
import type { Offset } from '../record/topic-partition.ts';
import type { EncodedSegment } from './segment-metadata.ts';

/** How many worker threads, and how deep. */
export interface SegmentThreadsOptions {
  readonly count: number;
}

/** One segment being written in a thread. Calls may overlap: they are carried out in the order they were made. */
export interface EncoderHandle {
  /**
   * Takes the records of `fetched` from the segment's position up to, not including, `limit`. Resolves when they are
   * encoded: wait for it, with one or two pushes ahead, to bound memory. `fetched.bytes`' buffer is transferred: it is
   * empty afterwards.
   * @throws KAFKA_BATCH_CORRUPT; the handle is of no use after any error.
   */
  push(fetched: FetchedRecords, limit: Offset): Promise<EncoderProgress>;
  /** The whole segment, `start..end`; `end` is the position that the last push reached. The handle is used up. */
  finish(end: Offset): Promise<EncodedSegment>;
  /** Gives the segment up. Harmless after `finish`. */
  discard(): void;
}

/** One reload task in a thread: segments in order, batches numbered on from the stamp given when it was opened. */
export interface DecoderHandle {
  /**
   * The batches of one segment. `chunks` are the object's bytes from `source.position` on, in any cuts (1 MB or so is
   * good; each buffer is transferred). Works at most one answer (about 2 MB of batches) ahead of the consumer.
   * Only one `decode` at a time.
   * @throws SEGMENT_CORRUPT naming the object and the byte position; SEGMENT_FORMAT_UNSUPPORTED.
   */
  decode(
    source: SegmentSource,
    chunks: AsyncIterable<Uint8Array<ArrayBuffer>> | Iterable<Uint8Array<ArrayBuffer>>,
  ): AsyncGenerator<StampedBatches>;
  discard(): void;
}

/** A pool of threads that encode and decode segments. A handle stays on one thread, the least loaded when it opened. */
export interface SegmentThreadsPort {
  openEncoder(options: SegmentEncoderOptions): EncoderHandle;
  openDecoder(options: BatchDecoderOptions): DecoderHandle;
  close(): Promise<void>;
}

/** In place of the real one while it is built: `new SegmentThreads({count})`. */
export declare const SegmentThreads: new (options: SegmentThreadsOptions) => SegmentThreadsPort;
