import type { ErrorCode } from '../errors.ts';
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

/** Errors do not survive the way between threads as they are: an operating error travels as its parts. */
export interface ThreadError {
  readonly code: ErrorCode | undefined;
  readonly message: string;
  readonly subject: string | undefined;
  readonly hint: string | undefined;
  readonly stack: string | undefined;
}

/** The answer to the request of that id. */
export type ThreadAnswer =
  | { readonly id: number; readonly result: ThreadResults[keyof ThreadResults] }
  | { readonly id: number; readonly error: ThreadError };

/** A request and the id that its answer will have. */
export interface ThreadMessage {
  readonly id: number;
  readonly request: ThreadRequest;
}
