import type { Transferable } from 'node:worker_threads';
import { CalledThread } from '../runtime/called-thread.ts';
import type { ThreadRequest, ThreadResults } from './segment-thread-messages.ts';

/** A thread of encoders and decoders, and which of them are open. */
export class WorkerThread {
  readonly #thread: CalledThread;
  /** What is open on it; a value is the error that ended it, if one did. */
  readonly #open = new Map<number, unknown>();

  constructor(file: URL) {
    this.#thread = new CalledThread(file, 'a segment thread');
  }

  get dead(): boolean {
    return this.#thread.dead;
  }

  /** Handles open on it. */
  get load(): number {
    return this.#open.size;
  }

  /** Opens a handle; when that fails, the handle's next call does. */
  open(handle: number, request: ThreadRequest): void {
    this.#open.set(handle, undefined);
    this.call(request).catch(ignore);
  }

  /** Forgets a handle that the thread has released. */
  close(handle: number): void {
    this.#open.delete(handle);
  }

  /** Releases a handle; harmless when it is closed. */
  discard(handle: number): void {
    if (!this.#open.delete(handle) || this.dead) return;
    this.call({ type: 'discard', handle }).catch(ignore);
  }

  /** Gives memory of a finished segment back to the thread. */
  recycle(handle: number, memory: readonly ArrayBufferLike[]): void {
    if (!this.dead) this.call({ type: 'recycle', handle, memory }).catch(ignore);
  }

  /** Has a request carried out. @throws what the thread threw, or why it died. */
  async call<Type extends ThreadRequest['type']>(
    request: Extract<ThreadRequest, { type: Type }>,
    transfer: readonly Transferable[] = [],
  ): Promise<ThreadResults[Type]> {
    const { handle } = request;
    const earlier = this.#open.get(handle);
    if (earlier !== undefined) throw earlier;
    try {
      // The answer to a request has its type: the two tables are in segment-thread-messages.ts.
      return (await this.#thread.call(request, transfer)) as ThreadResults[Type];
    } catch (error) {
      // The calls behind the one that failed say why, too.
      const first = this.#open.get(handle) ?? error;
      if (this.#open.has(handle)) this.#open.set(handle, first);
      throw first;
    }
  }

  async terminate(): Promise<void> {
    await this.#thread.terminate(new Error('the segment threads were closed'));
    this.#open.clear();
  }
}

function ignore(): void {
  // The handle's next call says why, if there is one.
}
