import type { ApplyEvent } from '../../deploy/apply/apply-event.ts';
import type { DemoScreen } from '../demo-screen.ts';

interface OpenStep {
  readonly id: string;
  readonly done: PromiseWithResolvers<undefined>;
  progress: (done: number, total: number, unit: string) => void;
}

/** Shows a deployment that is carried out by another process: each of its steps is a step of the screen. */
export class ApplyOnScreen {
  readonly #screen: DemoScreen;
  #open: OpenStep | undefined;
  #shown: Promise<unknown> = Promise.resolve();

  constructor(screen: DemoScreen) {
    this.#screen = screen;
  }

  /** Takes one line of `bss deploy apply --json`. */
  see(line: string): ApplyEvent {
    // What that command prints: see docs/deploy-procedures.md.
    const event = JSON.parse(line) as ApplyEvent;
    if (event.event === 'step-started') this.#begin(event.step, event.title);
    if (event.event === 'step-done' && event.step === this.#open?.id) this.#end();
    if (event.event === 'progress' && event.step === this.#open?.id) {
      const { done, total, unit } = event.progress;
      // Time that passes is no work to be measured.
      if (total !== undefined && unit !== 'ms') this.#open.progress(done, total, unit);
    }
    return event;
  }

  /** Resolves when everything is shown; `failed` tells why the last step did not come to its end. */
  async end(failed?: unknown): Promise<void> {
    this.#open?.done.reject(failed ?? new Error('the deployment ended in the middle of a step'));
    await this.#shown.catch(() => undefined);
  }

  #begin(id: string, title: string): void {
    const done = Promise.withResolvers<undefined>();
    const open: OpenStep = { id, done, progress: () => undefined };
    this.#open = open;
    this.#shown = this.#screen.step(
      title,
      (progress) => {
        open.progress = progress;
        return done.promise;
      },
      () => title,
    );
    this.#shown.catch(() => undefined);
  }

  #end(): void {
    this.#open?.done.resolve(undefined);
    this.#open = undefined;
  }
}
