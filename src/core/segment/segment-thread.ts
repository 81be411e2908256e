import { must } from '../assert.ts';
import { answerCalls, type CallOutcome } from '../runtime/answer-calls.ts';
import { RecycledMemory } from '../runtime/recycled-memory.ts';
import { BatchDecoder } from './batch-decoder.ts';
import { FRAME_BYTES, SegmentEncoder } from './segment-encoder.ts';
import type { SegmentEncoderOptions } from './segment-encoder.ts';
import type { ThreadRequest, ThreadResults } from './segment-thread-messages.ts';
import { WasmDecoder } from './wasm-decoder.ts';
import { WasmEncoder } from './wasm-encoder.ts';

/*
 * A worker thread of `SegmentThreads`: encoders and decoders by handle, one request after the other.
 */

/** Codecs whose segment is finished are used again, unless a huge record has blown them up. */
const SPARE_CODECS_MAX = 4;
const SPARE_CODEC_BYTES_MAX = 16 * 1024 * 1024;

interface OpenEncoder {
  readonly encoder: SegmentEncoder;
  readonly lines: WasmEncoder;
  readonly frameBytes: number;
}

const encoders = new Map<number, OpenEncoder>();
const decoders = new Map<number, { readonly decoder: BatchDecoder; readonly lines: WasmDecoder }>();
/** Of bodies: it goes out with a finished segment, and comes back when that is stored. */
const bodyMemory = new RecycledMemory();
const spareEncoders: WasmEncoder[] = [];
const spareDecoders: WasmDecoder[] = [];

answerCalls((message) => {
  // Its calls are those of worker-thread.ts.
  const request = message as ThreadRequest;
  try {
    return carryOut(request);
  } catch (error) {
    release(request.handle);
    throw error;
  }
});

interface Outcome extends CallOutcome {
  readonly result: ThreadResults[keyof ThreadResults];
}

function carryOut(request: ThreadRequest): Outcome {
  switch (request.type) {
    case 'openEncoder':
      encoders.set(request.handle, openEncoder(request.options));
      return { result: undefined };
    case 'push':
      return { result: encoderOf(request.handle).push(request.fetched, request.limit) };
    case 'finish': {
      const segment = encoderOf(request.handle).finish(request.end);
      release(request.handle);
      return { result: segment };
    }
    case 'recycle':
      for (const memory of request.memory) bodyMemory.give(memory);
      return { result: undefined };
    case 'openDecoder': {
      const lines = spareDecoders.pop() ?? new WasmDecoder();
      decoders.set(request.handle, { decoder: new BatchDecoder(request.options, lines), lines });
      return { result: undefined };
    }
    case 'openSegment':
      decoderOf(request.handle).openSegment(request.source);
      return { result: undefined };
    case 'decode': {
      const decoder = decoderOf(request.handle);
      if (request.chunk === 'end') decoder.end();
      else if (request.chunk !== undefined) decoder.push(request.chunk);
      const step = decoder.decode();
      return { result: step, transfer: step.batches.map(({ batch }) => batch.buffer) };
    }
    case 'discard':
      release(request.handle);
      return { result: undefined };
  }
}

function openEncoder(options: SegmentEncoderOptions): OpenEncoder {
  const frameBytes = options.frameBytes ?? FRAME_BYTES;
  const lines = (frameBytes === FRAME_BYTES ? spareEncoders.pop() : undefined) ?? new WasmEncoder(frameBytes);
  return { encoder: new SegmentEncoder(options, lines, bodyMemory), lines, frameBytes };
}

function encoderOf(handle: number): SegmentEncoder {
  return must(encoders.get(handle), 'the encoder is open; none is after an error, or once finished').encoder;
}

function decoderOf(handle: number): BatchDecoder {
  return must(decoders.get(handle), 'the decoder is open; none is after an error').decoder;
}

function release(handle: number): void {
  const open = encoders.get(handle);
  open?.encoder.discard();
  if (open !== undefined && open.frameBytes === FRAME_BYTES) keep(spareEncoders, open.lines);
  const decoding = decoders.get(handle);
  if (decoding !== undefined) keep(spareDecoders, decoding.lines);
  encoders.delete(handle);
  decoders.delete(handle);
}

function keep<Codec extends { readonly memoryBytes: number }>(spare: Codec[], codec: Codec): void {
  if (spare.length < SPARE_CODECS_MAX && codec.memoryBytes <= SPARE_CODEC_BYTES_MAX) spare.push(codec);
}
