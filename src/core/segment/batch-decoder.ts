import { assert, must } from '../assert.ts';
import type { BatchCodec } from '../record/batch-header.ts';
import { sequenceAfter } from '../record/batch-stamp.ts';
import type { BatchStamp } from '../record/batch-stamp.ts';
import { stampBatch } from '../record/stamp-batch.ts';
import type { Offset, OffsetRange } from '../record/topic-partition.ts';
import { FrameReader } from './frame-reader.ts';
import type { FrameLines } from './frame-reader.ts';
import { segmentCorrupt } from './segment-corrupt.ts';
import type { SegmentCompression, SegmentMetadata } from './segment-metadata.ts';
import type { DecodeStep } from './segment-thread-messages.ts';
import { SegmentTotals } from './segment-totals.ts';
import { LineError, WasmDecoder } from './wasm-decoder.ts';

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

/** An answer ends when its batches exceed this, or when so many lines were looked at. */
const STEP_BATCH_BYTES = 2 * 1024 * 1024;
const STEP_LINES_BYTES = 8 * 1024 * 1024;

interface OpenSegment {
  readonly source: SegmentSource;
  readonly frames: FrameReader;
  readonly totals: SegmentTotals;
  linesRead: number;
  /** The frame whose lines are being read. */
  frame: FrameLines | undefined;
}

/**
 * Makes batches of segments, one segment after the other: `openSegment`, then `push` and `decode` by turns, as `decode`
 * asks for it. Synchronous. A segment's last batch ends with it. After an error it is of no use.
 */
export class BatchDecoder {
  readonly #options: BatchDecoderOptions;
  readonly #lines: WasmDecoder;
  #sequence: number;
  #segment: OpenSegment | undefined;

  /** `lines` may be shared by decoders that follow one another. */
  constructor(options: BatchDecoderOptions, lines = new WasmDecoder()) {
    assert(options.batchBytes > 0 && options.batchRecordsMax > 0, 'batches have limits');
    this.#options = options;
    this.#lines = lines;
    this.#sequence = options.stamp.baseSequence;
  }

  openSegment(source: SegmentSource): void {
    assert(this.#segment === undefined, 'the segment before is read to its end');
    const { objectKey, compression, position, whole, metadata } = source;
    const frames = new FrameReader({ objectKey, compression, position, whole, strictEnd: metadata !== undefined });
    this.#segment = { source, frames, totals: new SegmentTotals(), linesRead: 0, frame: undefined };
    this.#lines.open(source);
  }

  /** Takes the object's next bytes over. */
  push(chunk: Uint8Array<ArrayBuffer>): void {
    this.#open().frames.push(chunk);
  }

  /** The object has no more bytes, or no more are wanted. */
  end(): void {
    this.#open().frames.end();
  }

  /**
   * Some batches, and what is next.
   * @throws SEGMENT_CORRUPT
   */
  decode(): DecodeStep {
    const segment = this.#open();
    const batches: StampedBatch[] = [];
    let next: DecodeStep['next'] | undefined;
    let batchBytes = 0;
    let linesBytes = 0;
    while (next === undefined) {
      if (this.#readLines(segment) === 'batch') {
        const batch = this.#stamp();
        batches.push(batch);
        batchBytes += batch.batch.length;
      } else {
        const frame = segment.frames.next();
        if (frame === 'end') next = this.#finish(segment, batches);
        else if (frame === 'input') next = 'chunk';
        else linesBytes += this.#load(segment, frame);
      }
      if (batchBytes > STEP_BATCH_BYTES || linesBytes > STEP_LINES_BYTES) next ??= 'more';
    }
    const linesRead = this.#lines.linesRead - segment.linesRead;
    segment.linesRead += linesRead;
    return { batches, linesRead, next };
  }

  #load(segment: OpenSegment, frame: FrameLines): number {
    segment.frame = frame;
    segment.totals.add(frame.lines);
    this.#lines.load(frame.lines);
    return frame.lines.length;
  }

  #readLines({ source, frame }: OpenSegment): 'batch' | 'done' {
    const { batchBytes, batchRecordsMax } = this.#options;
    try {
      return this.#lines.run({ bytes: batchBytes, records: batchRecordsMax });
    } catch (error) {
      if (!(error instanceof LineError) || frame === undefined) throw error;
      const plain = source.compression === 'none';
      const position = frame.position + (plain ? error.position : 0);
      const reason = plain ? error.message : `byte ${error.position} of the frame's lines: ${error.message}`;
      throw segmentCorrupt(source.objectKey, position, reason, error);
    }
  }

  #finish({ source, totals, frame }: OpenSegment, batches: StampedBatch[]): 'done' {
    if (source.whole && source.metadata !== undefined) {
      totals.check(source.metadata, this.#lines.linesRead, source.objectKey, frame?.position ?? 0);
    }
    if (this.#lines.batchRecordCount > 0) batches.push(this.#stamp());
    this.#segment = undefined;
    return 'done';
  }

  #stamp(): StampedBatch {
    const { stamp, codec } = this.#options;
    const { body, recordCount, firstOffset, lastOffset, baseTimestampMs, minTimestampMs, maxTimestampMs } =
      this.#lines.takeBatch();
    const content = { recordCount, baseTimestampMs, maxTimestampMs };
    const batch = stampBatch(body, content, { ...stamp, baseSequence: this.#sequence }, codec);
    if (this.#sequence >= 0) this.#sequence = sequenceAfter(this.#sequence, recordCount);
    return { batch, recordCount, firstOffset, lastOffset, minTimestampMs, maxTimestampMs };
  }

  #open(): OpenSegment {
    return must(this.#segment, 'a segment is open');
  }
}
