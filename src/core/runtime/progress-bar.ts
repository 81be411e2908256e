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
  /** Draw from the beginning on, for work that others are done with that were drawn; otherwise after two seconds. */
  readonly isShownAtOnce?: boolean | undefined;
  readonly clock: Clock;
  readonly output: ProgressOutput;
}

/** Work shorter than this shows nothing. */
const QUIET_MS = 2000;
/** How often a terminal's line is drawn again, and how often another line goes to a file or pipe. */
const TERMINAL_INTERVAL_MS = 100;
const PLAIN_INTERVAL_MS = 5000;
const BAR_WIDTH = 24;
/** Where there is less room, a bar says nothing. */
const BAR_WIDTH_MIN = 4;
/** Columns that stay free at the end of the line: a terminal shows ^C where the cursor is. */
const FREE_COLUMNS = 3;

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
  /** Shrinks with the room that the rest of the line leaves, and does not jump back. */
  #barWidth = BAR_WIDTH;

  constructor(options: ProgressOptions) {
    this.#options = options;
    this.#total = options.total;
    this.#startMs = options.clock.monotonicMs();
    this.#rate.add(this.#startMs, 0);
    this.#run().catch(() => undefined);
  }

  /** Whether anything was drawn. */
  get isShown(): boolean {
    return this.#drawn;
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
    const { clock, isShownAtOnce = false } = this.#options;
    await clock.sleep(isShownAtOnce ? TERMINAL_INTERVAL_MS : QUIET_MS, this.#ended.signal);
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
    output.write(`\r${line.slice(0, this.#columns)}\u001b[K`);
  }

  get #columns(): number {
    return Math.max(1, (this.#options.output.columns ?? 80) - FREE_COLUMNS);
  }

  #line(): string {
    const { title, unit, clock } = this.#options;
    const isEnded = this.#ended.signal.aborted;
    const rate = isEnded ? this.#averagePerSecond() : this.#rate.perSecond();
    const total = this.#total;
    const share = total !== undefined && total > 0 ? Math.min(1, this.#done / total) : undefined;
    const parts =
      share === undefined || total === undefined
        ? [amount(this.#done, unit)]
        : [`${Math.floor(share * 100)}%`.padStart(4), `${amount(this.#done, unit)} of ${amount(total, unit)}`];
    if (unit !== 'bytes') parts.push(unit);
    parts.push(` ${formatRate(rate, unit)}`);
    parts.push(
      isEnded ? ` in ${formatDuration(clock.monotonicMs() - this.#startMs)}` : timeLeft(total, this.#done, rate),
    );
    if (this.#note !== '') parts.push(` ${this.#note}`);
    const shown = parts.filter((part) => part !== '');
    // A rate that lost its end would say something else.
    while (this.#isTerminal && shown.length > 2 && title.length + 1 + shown.join(' ').length > this.#columns)
      shown.pop();
    const text = shown.join(' ');
    return [title, ...(share === undefined ? [] : this.#bar(share, title.length + text.length + 2)), text].join(' ');
  }

  /** The bar, where there is room for one beside so many other columns. */
  #bar(share: number, columns: number): readonly string[] {
    if (!this.#isTerminal) return [];
    this.#barWidth = Math.min(this.#barWidth, this.#columns - columns);
    if (this.#barWidth < BAR_WIDTH_MIN) return [];
    const filled = Math.floor(share * this.#barWidth);
    return ['█'.repeat(filled) + '░'.repeat(this.#barWidth - filled)];
  }

  #averagePerSecond(): number {
    const elapsedMs = this.#options.clock.monotonicMs() - this.#startMs;
    return elapsedMs === 0 ? 0 : (this.#done * 1000) / elapsedMs;
  }
}

function amount(value: number, unit: string): string {
  return unit === 'bytes' ? formatBytes(value) : formatCount(Math.round(value));
}

function timeLeft(total: number | undefined, done: number, perSecond: number): string {
  if (total === undefined || perSecond <= 0 || done >= total) return '';
  const seconds = Math.ceil((total - done) / perSecond);
  // It is not known to a tenth of a second.
  return ` ${seconds < 60 ? `${seconds} s` : formatDuration(seconds * 1000)} left`;
}
