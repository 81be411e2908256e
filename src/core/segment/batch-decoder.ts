import type { BatchCodec } from '../record/batch-header.ts';
import type { BatchStamp } from '../record/batch-stamp.ts';
import type { Offset, OffsetRange } from '../record/topic-partition.ts';
import type { SegmentCompression, SegmentMetadata } from './segment-metadata.ts';

/** How a reload task wants its batches. */
export interface BatchDecoderOptions {
  /** Of the first batch; the following are numbered on (`baseSequence` + records, wrapping as Kafka does). */
  readonly stamp: BatchStamp;
  /** How batches are compressed for the target topic. */
  readonly codec: BatchCodec;
  /** A batch ends before its records, uncompressed, exceed this; a larger record is a batch of its own. */
  readonly batchBytes: number;
  readonly batchRecordsMax: number;
}

/** One segment, or a part of it that starts and ends between frames. */
export interface SegmentSource {
  readonly objectKey: string;
  readonly compression: SegmentCompression;
  /** Checked against what was read when `whole`; undefined for files of the mirrored system. */
  readonly metadata: SegmentMetadata | undefined;
  /** Byte position in the object of the first chunk: 0, or the start of a frame. */
  readonly position: number;
  /** The chunks reach to the object's end: a missing end is an error, and the totals are checked. */
  readonly whole: boolean;
  /** Records wanted. */
  readonly range: OffsetRange;
  /** Records wanted: `fromMs <= timestamp < untilMs`. */
  readonly timestamps?: { readonly fromMs: bigint; readonly untilMs: bigint } | undefined;
}

/** A complete record batch, ready to be produced. */
export interface StampedBatch {
  readonly batch: Uint8Array<ArrayBuffer>;
  readonly recordCount: number;
  /** Source offsets of its first and last record. */
  readonly firstOffset: Offset;
  readonly lastOffset: Offset;
  readonly minTimestampMs: bigint;
  readonly maxTimestampMs: bigint;
}

/** A part of a segment's batches, in order; possibly none. */
export interface StampedBatches {
  readonly batches: readonly StampedBatch[];
  /** Lines looked at for this answer, wanted or not. */
  readonly linesRead: number;
}
