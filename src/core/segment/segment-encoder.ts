import { assert } from '../assert.ts';
import { batchBody, checkBatchCrc } from '../record/batch-records.ts';
import { asBuffer, BATCH_CRC_START, BATCH_HEADER_BYTES, readBatchHeader } from '../record/batch-header.ts';
import type { BatchHeader } from '../record/batch-header.ts';
import { batchCorrupt } from '../record/batch-corrupt.ts';
import { CommittedFilter, isAbortMarker } from '../record/committed-filter.ts';
import type { AbortedTransaction } from '../record/committed-filter.ts';
import { partitionName } from '../record/topic-partition.ts';
import type { GapReason, Offset, OffsetGap } from '../record/topic-partition.ts';
import { RecycledMemory } from '../runtime/recycled-memory.ts';
import { frameCompressor } from './frame-compression.ts';
import type { FrameCompressor } from './frame-compression.ts';
import type { FrameEntry } from './frame-index.ts';
import { GapList } from './gap-list.ts';
import { FORMAT_VERSION } from './segment-metadata-codec.ts';
import { SegmentBody } from './segment-body.ts';
import type { EncodedSegment, SegmentCompression, SegmentIdentity, SegmentMetadata } from './segment-metadata.ts';
import { writeTrailer } from './segment-trailer.ts';
import { WasmEncoder } from './wasm-encoder.ts';

/** What a fetch from Kafka gave, as far as a segment needs it. `FetchedBatches` of the Kafka port fits. */
export interface FetchedRecords {
  /** Whole batches and possibly a last, cut one. */
  readonly bytes: Uint8Array;
  readonly lastStableOffset: Offset;
  readonly abortedTransactions: readonly AbortedTransaction[];
}

/** What a segment is to become. */
export interface SegmentEncoderOptions {
  readonly identity: SegmentIdentity;
  /** First offset covered. */
  readonly start: Offset;
  readonly isolation: 'read_committed' | 'read_uncommitted';
  readonly compression: SegmentCompression;
  /** zstd 1..19 (default 1), gzip 1..9 (default 6). */
  readonly level?: number | undefined;
  /** Lines in a frame, about; default 1 MiB. */
  readonly frameBytes?: number | undefined;
  /** Id of the writing process, for the metadata. */
  readonly writer: string;
  readonly createdAtMs: number;
  readonly precedingGap?: OffsetGap | undefined;
}

/** How far a segment has come. */
export interface EncoderProgress {
  /** Next offset wanted: everything before it is in the segment, as a record or as a gap. */
  readonly position: Offset;
  readonly recordCount: number;
  /** Lines so far, before compression. */
  readonly linesBytes: number;
  /** Compressed so far; lags `linesBytes` by up to a frame. */
  readonly bodyBytes: number;
}

/** Lines in a frame, unless options say otherwise. */
export const FRAME_BYTES = 1024 * 1024;

/** Makes one segment of fetched batches. Synchronous: one encoder works in one thread at a time. */
export class SegmentEncoder {
  readonly #options: SegmentEncoderOptions;
  readonly #partition: string;
  readonly #compress: FrameCompressor;
  readonly #lines: WasmEncoder;
  readonly #gaps = new GapList();
  readonly #frames: FrameEntry[] = [];
  readonly #body: SegmentBody;
  #position: Offset;
  /** Of the finished frames. */
  #linesBytes = 0;
  #recordCount = 0;
  #finished = false;

  /**
   * `lines` may be shared by encoders that follow one another; it is made for frames of `frameBytes`. The body is in
   * `memory`, and to be given back to it.
   */
  constructor(
    options: SegmentEncoderOptions,
    lines = new WasmEncoder(options.frameBytes ?? FRAME_BYTES),
    memory = new RecycledMemory(),
  ) {
    assert(options.start >= 0n, 'a segment starts at an offset');
    this.#options = options;
    this.#partition = partitionName(options.identity);
    this.#compress = frameCompressor(options.compression, options.level);
    this.#position = options.start;
    this.#lines = lines;
    this.#body = new SegmentBody(memory);
    lines.open(options.identity.partition);
  }

  get progress(): EncoderProgress {
    return {
      position: this.#position,
      recordCount: this.#recordCount,
      linesBytes: this.#linesBytes + this.#lines.linesBytes,
      bodyBytes: this.#body.sizeBytes,
    };
  }

  /**
   * Takes the records from the segment's position up to, not including, `limit`; a read_committed segment nothing from
   * the last stable offset on. What came before the position is passed over.
   * @throws KAFKA_BATCH_CORRUPT; the encoder is of no use afterwards.
   */
  push(fetched: FetchedRecords, limit: Offset): EncoderProgress {
    assert(!this.#finished, 'a finished segment takes no more records');
    const committed = this.#options.isolation === 'read_committed';
    const end = committed && fetched.lastStableOffset < limit ? fetched.lastStableOffset : limit;
    const filter = committed ? new CommittedFilter(fetched.abortedTransactions) : undefined;
    const bytes = asBuffer(fetched.bytes);
    let at = 0;
    while (this.#position < end) {
      const header = readBatchHeader(bytes, at, this.#partition);
      if (header === undefined) {
        // Brokers send the first batch whole, whatever its size (KIP-74).
        if (at === 0 && bytes.length > 0) {
          throw batchCorrupt({ partition: this.#partition, position: 0 }, `cut off after ${bytes.length} bytes`);
        }
        break;
      }
      this.#lines.load(bytes, at + BATCH_CRC_START, at + header.sizeBytes);
      checkBatchCrc(this.#lines.inputCrc32c(), header, this.#partition);
      const aborted = filter?.aborts(header, () => isAbortMarker(bytes, header)) ?? false;
      if (header.lastOffset >= this.#position) {
        this.#take(bytes, header, end, header.control ? 'control' : aborted ? 'aborted' : undefined);
      }
      at += header.sizeBytes;
    }
    return this.progress;
  }

  #take(bytes: Buffer, header: BatchHeader, end: Offset, without: GapReason | undefined): void {
    const batchEnd = header.lastOffset + 1n < end ? header.lastOffset + 1n : end;
    if (without !== undefined) {
      const begin = header.baseOffset > this.#position ? header.baseOffset : this.#position;
      this.#gaps.add(this.#position, begin < end ? begin : end, 'compacted');
      this.#gaps.add(begin, batchEnd, without);
    } else if (header.baseOffset >= end) {
      this.#gaps.add(this.#position, end, 'compacted');
    } else {
      this.#encode(bytes, header, end);
      this.#gaps.add(this.#lines.expectedOffset(), batchEnd, 'compacted');
    }
    this.#position = batchEnd;
  }

  #encode(bytes: Buffer, header: BatchHeader, end: Offset): void {
    const range = { start: this.#position, end };
    if (header.codec === 'none') {
      this.#lines.openBatch(header, range, BATCH_HEADER_BYTES - BATCH_CRC_START);
    } else {
      const body = asBuffer(batchBody(bytes, header, this.#partition));
      this.#lines.load(body, 0, body.length);
      this.#lines.openBatch(header, range);
    }
    try {
      for (let status = this.#lines.run(); ; status = this.#lines.run()) {
        this.#recordGaps();
        if (status === 'done') return;
        if (status === 'full') this.#endFrame();
      }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw batchCorrupt({ partition: this.#partition, position: header.position }, error.message, error);
    }
  }

  #recordGaps(): void {
    for (const gap of this.#lines.takeGaps()) this.#gaps.add(gap.start, gap.end, 'compacted');
  }

  #endFrame(): void {
    const { lines, summary } = this.#lines.takeLines();
    if (lines.length === 0) return;
    const position = this.#body.sizeBytes;
    this.#compress(lines, summary.recordCount, this.#body);
    const bodyBytes = this.#body.sizeBytes - position;
    this.#frames.push({ position, bodyBytes, linesBytes: lines.length, ...summary });
    this.#linesBytes += lines.length;
    this.#recordCount += summary.recordCount;
  }

  /** The whole segment. `end` is the position that was reached. */
  finish(end: Offset): EncodedSegment {
    assert(!this.#finished, 'a segment is finished once');
    assert(end === this.#position, `the segment ends at ${this.#position}, not at ${end}`);
    this.#finished = true;
    this.#endFrame();
    const metadata = this.#metadata();
    for (const part of writeTrailer(metadata, this.#frames)) this.#body.append(part);
    return { metadata, body: this.#body.chunks(), bodyBytes: this.#body.sizeBytes };
  }

  /** Gives up a segment that is not finished; of a finished one the body is with whoever has it. */
  discard(): void {
    if (!this.#finished) this.#body.discard();
    this.#finished = true;
  }

  #metadata(): SegmentMetadata {
    const { identity, compression, start, precedingGap, writer, createdAtMs } = this.#options;
    const frames = this.#frames;
    return {
      ...identity,
      formatVersion: FORMAT_VERSION,
      compression,
      start,
      end: this.#position,
      recordCount: this.#recordCount,
      firstOffset: frames[0]?.firstOffset,
      lastOffset: frames.at(-1)?.lastOffset,
      minTimestampMs: extreme(
        frames,
        (frame) => frame.minTimestampMs,
        (a, b) => a < b,
      ),
      maxTimestampMs: extreme(
        frames,
        (frame) => frame.maxTimestampMs,
        (a, b) => a > b,
      ),
      linesBytes: this.#linesBytes,
      linesCrc32c: this.#lines.linesCrc32c,
      gapCounts: this.#gaps.counts,
      gaps: this.#gaps.gaps,
      precedingGap,
      writer,
      createdAtMs,
    };
  }
}

function extreme(
  frames: readonly FrameEntry[],
  value: (frame: FrameEntry) => bigint,
  better: (a: bigint, b: bigint) => boolean,
): bigint | undefined {
  return frames
    .map(value)
    .reduce<bigint | undefined>((best, next) => (best === undefined || better(next, best) ? next : best), undefined);
}
