import { Worker } from 'node:worker_threads';
import type { Transferable } from 'node:worker_threads';
import { AppError } from '../errors.ts';
import type {
  ThreadAnswer,
  ThreadError,
  ThreadMessage,
  ThreadRequest,
  ThreadResults,
} from './segment-thread-messages.ts';

interface PendingCall {
  readonly handle: number;
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
}

/** A worker thread and the calls that it has not answered. */
export class WorkerThread {
  readonly #worker: Worker;
  readonly #pending = new Map<number, PendingCall>();
  /** What is open on it; a value is the error that ended it, if one did. */
  readonly #open = new Map<number, unknown>();
  #ids = 0;
  #death: Error | undefined;

  constructor(file: URL) {
    this.#worker = new Worker(file);
    this.#worker.on('message', (answer: ThreadAnswer) => this.#answered(answer));
    this.#worker.on('error', (error) => this.#died(error instanceof Error ? error : new Error(String(error))));
    this.#worker.on('exit', (code) => this.#died(new Error(`a segment thread ended with code ${code}`)));
    // A pool that nobody uses does not keep the process alive; pending calls do.
    this.#worker.unref();
  }

  get dead(): boolean {
    return this.#death !== undefined;
  }

  /** Handles open on it. */
  get load(): number {
    return this.#open.size;
  }

  /** Opens a handle; when that fails, the handle's next call does. */
  open(handle: number, request: ThreadRequest): void {
    this.#open.set(handle, undefined);
    this.call(request).catch((error: unknown) => {
      if (this.#open.has(handle)) this.#open.set(handle, error);
    });
  }

  /** Forgets a handle that the thread has released. */
  close(handle: number): void {
    this.#open.delete(handle);
  }

  /** Releases a handle; harmless when it is closed. */
  discard(handle: number): void {
    if (!this.#open.delete(handle) || this.#death !== undefined) return;
    this.call({ type: 'discard', handle }).catch(() => undefined);
  }

  /** Gives memory of a finished segment back to the thread. */
  recycle(handle: number, memory: readonly ArrayBufferLike[]): void {
    if (this.#death === undefined) this.call({ type: 'recycle', handle, memory }).catch(() => undefined);
  }

  /** Has a request carried out. @throws what the thread threw, or why it died. */
  call<Type extends ThreadRequest['type']>(
    request: Extract<ThreadRequest, { type: Type }>,
    transfer: Transferable[] = [],
  ): Promise<ThreadResults[Type]> {
    return new Promise((resolve, reject) => {
      const failed = this.#death ?? this.#open.get(request.handle);
      if (failed !== undefined) {
        reject(failed);
        return;
      }
      const id = ++this.#ids;
      if (this.#pending.size === 0) this.#worker.ref();
      this.#pending.set(id, { handle: request.handle, resolve, reject });
      this.#worker.postMessage({ id, request } satisfies ThreadMessage, transfer);
    });
  }

  async terminate(): Promise<void> {
    this.#died(new Error('the segment threads were closed'));
    await this.#worker.terminate();
  }

  #answered(answer: ThreadAnswer): void {
    const call = this.#pending.get(answer.id);
    if (call === undefined) return;
    this.#pending.delete(answer.id);
    if (this.#pending.size === 0) this.#worker.unref();
    if (!('error' in answer)) {
      // The answer to a request has its type: the two tables are in segment-thread-messages.ts.
      call.resolve(answer.result as never);
      return;
    }
    // The calls behind the one that failed say why, too.
    const error = this.#open.get(call.handle) ?? revive(answer.error);
    if (this.#open.has(call.handle)) this.#open.set(call.handle, error);
    call.reject(error);
  }

  #died(error: Error): void {
    if (this.#death !== undefined) return;
    this.#death = error;
    for (const call of this.#pending.values()) call.reject(error);
    this.#pending.clear();
    this.#open.clear();
  }
}

function revive({ code, message, subject, hint, stack }: ThreadError): Error {
  const error = code === undefined ? new Error(message) : new AppError(code, message, { subject, hint });
  if (stack !== undefined) error.stack = stack;
  return error;
}
