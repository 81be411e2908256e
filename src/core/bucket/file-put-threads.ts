import type { Transferable } from 'node:worker_threads';
import { CalledThread } from '../runtime/called-thread.ts';
import type { PutResult } from './bucket.ts';
import type { FilePut } from './file-put.ts';

const THREAD_FILE = new URL('./file-put-thread.ts', import.meta.url);
/** Puts at once: a disk that is slow to answer (each put waits for it four times) may work on several. */
const THREADS_MAX = 4;
/**
 * A put that takes longer than this and its bytes (at 100 MB/s) waits for its disk; one thread can do the work of any
 * that is faster.
 */
const SLOW_MS = 50;
const BYTES_PER_MS = 100_000;

/** What is used of a thread. */
export type PutThread = Pick<CalledThread, 'call' | 'pendingCount' | 'dead'>;

/**
 * Threads that create objects, shared by the directory buckets of a process. Each takes memory, so there is one, and
 * more only where puts are slow and overlap.
 */
export class FilePutThreads {
  readonly #startThread: () => PutThread;
  readonly #nowMs: () => number;
  #threads: PutThread[] = [];
  #lastWasSlow = false;

  constructor(startThread = startPutThread, nowMs = (): number => performance.now()) {
    this.#startThread = startThread;
    this.#nowMs = nowMs;
  }

  /** See `Bucket.put`. Chunks in shared memory are used where they are, others are copied. */
  async put(put: FilePut): Promise<PutResult> {
    const transfer: Transferable[] = [];
    const body = put.body.map((chunk) => {
      if (chunk.buffer instanceof SharedArrayBuffer) return chunk;
      // Sent as it is, all of the memory that it is a part of would be copied.
      const copy = new Uint8Array(chunk);
      transfer.push(copy.buffer);
      return copy;
    });
    const startedMs = this.#nowMs();
    // Its answers are those of file-put-thread.ts.
    const result = (await this.#leastBusy().call({ ...put, body }, transfer)) as PutResult;
    const bytes = put.body.reduce((sum, { byteLength }) => sum + byteLength, 0);
    this.#lastWasSlow = this.#nowMs() - startedMs > SLOW_MS + bytes / BYTES_PER_MS;
    return result;
  }

  #leastBusy(): PutThread {
    this.#threads = this.#threads.filter((thread) => !thread.dead);
    const [first, ...others] = this.#threads;
    const best = others.reduce((a, b) => (b.pendingCount < (a?.pendingCount ?? 0) ? b : a), first);
    const mayStart = this.#threads.length < THREADS_MAX && this.#lastWasSlow;
    if (best !== undefined && (best.pendingCount === 0 || !mayStart)) return best;
    const thread = this.#startThread();
    this.#threads.push(thread);
    return thread;
  }
}

function startPutThread(): PutThread {
  return new CalledThread(THREAD_FILE, 'a thread that writes files');
}
