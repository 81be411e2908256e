import type { Clock } from './clock.ts';
import { formatBytes, formatCount, formatDuration, formatRate } from './human-units.ts';
import { RateWindow } from './rate-window.ts';

/** A terminal, or a file or pipe that stands in for one. */
export interface ProgressOutput {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** What a progress bar shows. */
export interface ProgressOptions {
  /** What is being done: "Archiving". */
  readonly title: string;
  /** What is counted: `bytes`, or a word such as `records`. */
  readonly unit: string;
  /** How much there is to do; absent while nobody knows. */
  readonly total?: number | undefined;
  readonly clock: Clock;
  readonly output: ProgressOutput;
}

/** Work shorter than this shows nothing. */
const QUIET_MS = 2000;
/** How often a terminal's line is drawn again, and how often another line goes to a file or pipe. */
const TERMINAL_INTERVAL_MS = 100;
const PLAIN_INTERVAL_MS = 5000;
const BAR_WIDTH = 24;

/**
 * Progress of work that takes longer than two seconds: on a terminal one line that is drawn again (bar, percent, rate,
 * time left), elsewhere a line every few seconds. `using bar = new ProgressBar(...)` ends it whatever happens.
 */
export class ProgressBar implements Disposable {
  readonly #options: ProgressOptions;
  readonly #startMs: number;
  readonly #rate = new RateWindow({ windowMs: 10_000 });
  readonly #ended = new AbortController();
  #done = 0;
  #total: number | undefined;
  #note = '';
  #drawn = false;

  constructor(options: ProgressOptions) {
    this.#options = options;
    this.#total = options.total;
    this.#startMs = options.clock.monotonicMs();
    this.#rate.add(this.#startMs, 0);
    this.#run().catch(() => undefined);
  }

  /** How much is done in all, how much there is to do where that has changed, and a few words to add. */
  update(
    done: number,
    changes: { readonly total?: number | undefined; readonly note?: string | undefined } = {},
  ): void {
    this.#done = done;
    this.#total = changes.total ?? this.#total;
    this.#note = changes.note ?? this.#note;
  }

  /** Draws the last state, if anything was drawn, and ends the line. Calling it again does nothing. */
  finish(): void {
    if (this.#ended.signal.aborted) return;
    this.#ended.abort();
    if (!this.#drawn) return;
    this.#draw();
    if (this.#isTerminal) this.#options.output.write('\n');
  }

  [Symbol.dispose](): void {
    this.finish();
  }

  get #isTerminal(): boolean {
    return this.#options.output.isTTY === true;
  }

  async #run(): Promise<void> {
    const { clock } = this.#options;
    await clock.sleep(QUIET_MS, this.#ended.signal);
    for (;;) {
      this.#draw();
      this.#drawn = true;
      await clock.sleep(this.#isTerminal ? TERMINAL_INTERVAL_MS : PLAIN_INTERVAL_MS, this.#ended.signal);
    }
  }

  #draw(): void {
    const { clock, output } = this.#options;
    this.#rate.add(clock.monotonicMs(), this.#done);
    const line = this.#line();
    if (!this.#isTerminal) {
      output.write(`${line}\n`);
      return;
    }
    // Cut to the terminal's width: a wrapped line could not be drawn over. Then erase what is left of the former one.
    output.write(`\r${line.slice(0, Math.max(1, (output.columns ?? 80) - 1))}\u001b[K`);
  }

  #line(): string {
    const { title, unit, clock } = this.#options;
    const rate = this.#ended.signal.aborted ? this.#averagePerSecond() : this.#rate.perSecond();
    const parts = [title];
    const total = this.#total;
    if (total !== undefined && total > 0) {
      const share = Math.min(1, this.#done / total);
      if (this.#isTerminal) parts.push(bar(share));
      parts.push(`${Math.floor(share * 100)}%`.padStart(4), `${amount(this.#done, unit)} of ${amount(total, unit)}`);
    } else {
      parts.push(amount(this.#done, unit));
    }
    if (unit !== 'bytes') parts.push(unit);
    parts.push(` ${formatRate(rate, unit)}`);
    parts.push(
      this.#ended.signal.aborted
        ? ` in ${formatDuration(clock.monotonicMs() - this.#startMs)}`
        : timeLeft(total, this.#done, rate),
    );
    if (this.#note !== '') parts.push(` ${this.#note}`);
    return parts.filter((part) => part !== '').join(' ');
  }

  #averagePerSecond(): number {
    const elapsedMs = this.#options.clock.monotonicMs() - this.#startMs;
    return elapsedMs === 0 ? 0 : (this.#done * 1000) / elapsedMs;
  }
}

function amount(value: number, unit: string): string {
  return unit === 'bytes' ? formatBytes(value) : formatCount(Math.round(value));
}

function bar(share: number): string {
  const filled = Math.floor(share * BAR_WIDTH);
  return '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
}

function timeLeft(total: number | undefined, done: number, perSecond: number): string {
  if (total === undefined || perSecond <= 0 || done >= total) return '';
  return ` ${formatDuration(Math.ceil((total - done) / perSecond) * 1000)} left`;
}
