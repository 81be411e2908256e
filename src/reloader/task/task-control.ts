/** How a task is to end before its end: `release` gives it to another replica, `stop` and `pause` are wishes. */
export type TaskEnding = 'pause' | 'stop' | 'release';

/** What ended a wait: the awaited thing itself, the time, or an order to end. */
export type WaitOutcome = 'ready' | 'due' | 'asked';

/** The line between whoever schedules a task and the task, which looks at it at every batch boundary. */
export class TaskControl {
  readonly #abandoned = new AbortController();
  #asked: TaskEnding | undefined;
  #wake: (() => void) | undefined;

  /** How the task is to end; undefined while it is to go on. */
  get asked(): TaskEnding | undefined {
    return this.#asked;
  }

  /** Aborted when the task may be another replica's already: nothing more may be committed. */
  get abandoned(): AbortSignal {
    return this.#abandoned.signal;
  }

  /** Has the task end in good order, with a checkpoint. A later order replaces one that was not seen yet. */
  ask(ending: TaskEnding): void {
    this.#asked = ending;
    this.#wake?.();
  }

  /** Has the task end at once, without a checkpoint. */
  abandon(): void {
    this.#abandoned.abort();
    this.#wake?.();
  }

  /**
   * Waits until the promise is settled (either way), `timeoutMs` have passed (undefined: no limit), or the task is to
   * end. One wait at a time; nothing is left behind on a promise that outlives it.
   */
  wait(promise: Promise<unknown>, timeoutMs: number | undefined): Promise<WaitOutcome> {
    if (this.#asked !== undefined || this.abandoned.aborted) return Promise.resolve('asked');
    const { promise: outcome, resolve } = Promise.withResolvers<WaitOutcome>();
    const timer = timeoutMs === undefined ? undefined : setTimeout(() => resolve('due'), Math.max(0, timeoutMs));
    this.#wake = () => resolve('asked');
    const ready = (): void => resolve('ready');
    promise.then(ready, ready);
    return outcome.finally(() => {
      clearTimeout(timer);
      this.#wake = undefined;
    });
  }
}
