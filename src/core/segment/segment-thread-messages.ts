import type { Offset } from '../record/topic-partition.ts';
import type { BatchDecoderOptions, SegmentSource, StampedBatches } from './batch-decoder.ts';
import type { EncoderProgress, FetchedRecords, SegmentEncoderOptions } from './segment-encoder.ts';
import type { EncodedSegment } from './segment-metadata.ts';

/** What a thread is asked to do; `handle` is the encoder or decoder meant. Carried out in order, each answered. */
export type ThreadRequest =
  | { readonly type: 'openEncoder'; readonly handle: number; readonly options: SegmentEncoderOptions }
  | { readonly type: 'push'; readonly handle: number; readonly fetched: FetchedRecords; readonly limit: Offset }
  | { readonly type: 'finish'; readonly handle: number; readonly end: Offset }
  | { readonly type: 'recycle'; readonly handle: number; readonly memory: readonly ArrayBufferLike[] }
  | { readonly type: 'openDecoder'; readonly handle: number; readonly options: BatchDecoderOptions }
  | { readonly type: 'openSegment'; readonly handle: number; readonly source: SegmentSource }
  | {
      readonly type: 'decode';
      readonly handle: number;
      /** The next bytes; undefined to go on with those it has; 'end' when there are no more. */
      readonly chunk: Uint8Array<ArrayBuffer> | 'end' | undefined;
    }
  | { readonly type: 'discard'; readonly handle: number };

/** What each request is answered with. */
export interface ThreadResults {
  readonly openEncoder: undefined;
  readonly push: EncoderProgress;
  readonly finish: EncodedSegment;
  readonly recycle: undefined;
  readonly openDecoder: undefined;
  readonly openSegment: undefined;
  readonly decode: DecodeStep;
  readonly discard: undefined;
}

/** A part of what a chunk gave. */
export interface DecodeStep extends StampedBatches {
  /** `more`: ask again without a chunk. `chunk`: it needs the next one. `done`: the segment is read. */
  readonly next: 'more' | 'chunk' | 'done';
}
