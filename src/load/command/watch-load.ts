import type { Clock } from '../../core/runtime/clock.ts';
import { ProgressBar, type ProgressOutput } from '../../core/runtime/progress-bar.ts';
import type { LoadProgress } from '../run/load-options.ts';

const TITLES: Readonly<Record<LoadProgress['phase'], string>> = {
  checking: 'Checking',
  comparing: 'Comparing keys',
  loading: 'Loading',
};

/** Shows how far a load is: a bar for each of its phases. `using` ends it. */
export class LoadWatch implements Disposable {
  readonly #clock: Clock;
  readonly #output: ProgressOutput;
  #phase: LoadProgress['phase'] | undefined;
  #bar: ProgressBar | undefined;

  constructor(clock: Clock, output: ProgressOutput) {
    this.#clock = clock;
    this.#output = output;
  }

  /** For `LoadServices.onProgress`. */
  update(progress: LoadProgress): void {
    const { phase, rows, refused, readBytes, totalBytes, totalRows } = progress;
    const isByBytes = totalRows === undefined && totalBytes !== undefined;
    if (phase !== this.#phase) {
      this.#bar?.finish();
      const title = TITLES[phase];
      const unit = isByBytes ? 'bytes' : 'rows';
      const isShownAtOnce = this.#bar?.isShown;
      this.#bar = new ProgressBar({ title, unit, isShownAtOnce, clock: this.#clock, output: this.#output });
      this.#phase = phase;
    }
    const note = refused === 0 ? '' : `${refused} refused`;
    this.#bar?.update(isByBytes ? readBytes : rows, { total: isByBytes ? totalBytes : totalRows, note });
  }

  [Symbol.dispose](): void {
    this.#bar?.finish();
  }
}
