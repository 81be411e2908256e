import { type Transferable, Worker } from 'node:worker_threads';
import { revive, type ThreadError } from './thread-error.ts';

/** A request, and the id that its answer will have. */
export interface ThreadCall {
  readonly id: number;
  readonly request: unknown;
}

/** The answer to the request of that id. */
export type ThreadAnswer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: ThreadError };

interface PendingCall {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** A worker thread that carries out requests in the order they come (see `answerCalls`). */
export class CalledThread {
  readonly #worker: Worker;
  readonly #pending = new Map<number, PendingCall>();
  #ids = 0;
  #death: Error | undefined;

  /** @param name of what ended, for the error of calls that it leaves unanswered */
  constructor(file: URL, name: string) {
    // The process's own flags are for its own entry (`--input-type` for one is refused here).
    this.#worker = new Worker(file, { execArgv: [] });
    this.#worker.on('message', (answer: ThreadAnswer) => this.#answered(answer));
    this.#worker.on('error', (error) => this.#died(error instanceof Error ? error : new Error(String(error))));
    this.#worker.on('exit', (code) => this.#died(new Error(`${name} ended with code ${code}`)));
    // A thread that nobody uses does not keep the process alive; pending calls do.
    this.#worker.unref();
  }

  get dead(): boolean {
    return this.#death !== undefined;
  }

  /** Calls that are not answered yet. */
  get pendingCount(): number {
    return this.#pending.size;
  }

  /** Has a request carried out. @throws what the thread threw, or why it died. */
  call(request: unknown, transfer: readonly Transferable[] = []): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#death !== undefined) {
        reject(this.#death);
        return;
      }
      const id = ++this.#ids;
      if (this.#pending.size === 0) this.#worker.ref();
      this.#pending.set(id, { resolve, reject });
      this.#worker.postMessage({ id, request } satisfies ThreadCall, transfer);
    });
  }

  /** Ends the thread; pending calls fail with the reason. */
  async terminate(reason: Error): Promise<void> {
    this.#died(reason);
    await this.#worker.terminate();
  }

  #answered(answer: ThreadAnswer): void {
    const call = this.#pending.get(answer.id);
    if (call === undefined) return;
    this.#pending.delete(answer.id);
    if (this.#pending.size === 0) this.#worker.unref();
    if ('error' in answer) call.reject(revive(answer.error));
    else call.resolve(answer.result);
  }

  #died(error: Error): void {
    if (this.#death !== undefined) return;
    this.#death = error;
    for (const call of this.#pending.values()) call.reject(error);
    this.#pending.clear();
  }
}
