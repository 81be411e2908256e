import { assert } from '../assert.ts';
import type { Offset } from '../record/topic-partition.ts';
import type { BatchDecoderOptions, SegmentSource, StampedBatches } from './batch-decoder.ts';
import type { EncoderProgress, FetchedRecords, SegmentEncoderOptions } from './segment-encoder.ts';
import type { EncodedSegment } from './segment-metadata.ts';
import type { DecodeStep } from './segment-thread-messages.ts';
import { WorkerThread } from './worker-thread.ts';

/** How many worker threads. */
export interface SegmentThreadsOptions {
  readonly count: number;
}

/** A finished segment, its body in memory of the thread that made it. */
export interface FinishedSegment extends EncodedSegment {
  /**
   * Nobody looks at the body any more: its memory becomes that of another segment. When that is not certain (something
   * failed that may still be reading it) it is better not called; the garbage collector finds the memory then.
   */
  release(): void;
}

/** One segment being written in a thread. Calls may overlap: they are carried out in the order they were made. */
export interface EncoderHandle {
  /**
   * Takes the records of `fetched` from the segment's position up to, not including, `limit`. Resolves when they are
   * encoded: wait for it, with one or two pushes ahead, to bound memory. `fetched.bytes` must not change before that if
   * they are in shared memory; else their buffer is transferred: it is empty afterwards.
   * @throws KAFKA_BATCH_CORRUPT; the handle is of no use after any error.
   */
  push(fetched: FetchedRecords, limit: Offset): Promise<EncoderProgress>;
  /** The whole segment, `start..end`; `end` is the position that the last push reached. The handle is used up. */
  finish(end: Offset): Promise<FinishedSegment>;
  /** Gives the segment up. Harmless after `finish`. */
  discard(): void;
}

/** One reload task in a thread: segments in order, batches numbered on from the stamp given when it was opened. */
export interface DecoderHandle {
  /**
   * The batches of one segment. `chunks` are the object's bytes from `source.position` on, in any cuts (1 MB or so is
   * good; each buffer is transferred). Works at most one answer (about 2 MB of batches) ahead of the consumer.
   * Only one `decode` at a time; one that is left before its end leaves the decoder of no use.
   * @throws SEGMENT_CORRUPT naming the object and the byte position; SEGMENT_FORMAT_UNSUPPORTED.
   */
  decode(
    source: SegmentSource,
    chunks: AsyncIterable<Uint8Array<ArrayBuffer>> | Iterable<Uint8Array<ArrayBuffer>>,
  ): AsyncGenerator<StampedBatches>;
  /** Gives its thread's memory back. */
  discard(): void;
}

/** A pool of threads that encode and decode segments. A handle stays on one thread, the least loaded when it opened. */
export interface SegmentThreadsPort {
  openEncoder(options: SegmentEncoderOptions): EncoderHandle;
  openDecoder(options: BatchDecoderOptions): DecoderHandle;
  /** Ends the threads; what is open fails. */
  close(): Promise<void>;
}

const THREAD_FILE = new URL('./segment-thread.ts', import.meta.url);

/** Worker threads for segments. A thread that dies fails what is open on it, and is replaced. */
export class SegmentThreads implements SegmentThreadsPort {
  readonly #threads: WorkerThread[];
  #handles = 0;

  constructor({ count }: SegmentThreadsOptions) {
    assert(Number.isInteger(count) && count > 0 && count <= 256, `${count} threads`);
    this.#threads = Array.from({ length: count }, () => new WorkerThread(THREAD_FILE));
  }

  openEncoder(options: SegmentEncoderOptions): EncoderHandle {
    const thread = this.#leastLoaded();
    const handle = ++this.#handles;
    thread.open(handle, { type: 'openEncoder', handle, options });
    return {
      push: (fetched, limit) => {
        const { bytes, lastStableOffset, abortedTransactions } = fetched;
        const request = { bytes, lastStableOffset, abortedTransactions };
        const transfer = bytes.buffer instanceof ArrayBuffer ? [bytes.buffer] : [];
        return thread.call({ type: 'push', handle, fetched: request, limit }, transfer);
      },
      finish: async (end) => {
        const segment = await thread.call({ type: 'finish', handle, end });
        thread.close(handle);
        let held = true;
        const release = (): void => {
          if (held)
            thread.recycle(
              handle,
              segment.body.map(({ buffer }) => buffer),
            );
          held = false;
        };
        return { ...segment, release };
      },
      discard: () => thread.discard(handle),
    };
  }

  openDecoder(options: BatchDecoderOptions): DecoderHandle {
    const thread = this.#leastLoaded();
    const handle = ++this.#handles;
    thread.open(handle, { type: 'openDecoder', handle, options });
    return {
      decode: (source, chunks) => decodeIn(thread, handle, source, chunks),
      discard: () => thread.discard(handle),
    };
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.terminate()));
  }

  #leastLoaded(): WorkerThread {
    this.#threads.forEach((thread, i) => {
      if (thread.dead) this.#threads[i] = new WorkerThread(THREAD_FILE);
    });
    return this.#threads.reduce((best, thread) => (thread.load < best.load ? thread : best));
  }
}

/** Asks for the next answer before it gives one out, so that thread and consumer work at the same time. */
async function* decodeIn(
  thread: WorkerThread,
  handle: number,
  source: SegmentSource,
  chunks: AsyncIterable<Uint8Array<ArrayBuffer>> | Iterable<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<StampedBatches> {
  const opened = thread.call({ type: 'openSegment', handle, source });
  opened.catch(() => undefined);
  const input = Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]();
  let inputDone = false;
  const ask = async (wanted: DecodeStep['next']): Promise<DecodeStep> => {
    if (wanted === 'more') return thread.call({ type: 'decode', handle, chunk: undefined });
    const next = await input.next();
    if (next.done === true) {
      inputDone = true;
      return thread.call({ type: 'decode', handle, chunk: 'end' });
    }
    return thread.call({ type: 'decode', handle, chunk: next.value }, [next.value.buffer]);
  };
  let pending = opened.then(() => ask('chunk'));
  try {
    for (;;) {
      const step = await pending;
      if (step.next !== 'done') {
        pending = ask(step.next);
        pending.catch(() => undefined);
      }
      if (step.batches.length > 0 || step.linesRead > 0) yield { batches: step.batches, linesRead: step.linesRead };
      if (step.next === 'done') return;
    }
  } finally {
    await pending.catch(() => undefined);
    if (!inputDone) await input.return?.();
  }
}
