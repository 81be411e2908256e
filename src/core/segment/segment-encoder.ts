import type { AbortedTransaction } from '../record/committed-filter.ts';
import type { Offset, OffsetGap } from '../record/topic-partition.ts';
import type { SegmentCompression, SegmentIdentity } from './segment-metadata.ts';

/** What a fetch from Kafka gave, as far as a segment needs it. `FetchedBatches` of the Kafka port fits. */
export interface FetchedRecords {
  /** Whole batches and possibly a last, cut one. */
  readonly bytes: Uint8Array<ArrayBuffer>;
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
