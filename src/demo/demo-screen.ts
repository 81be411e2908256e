import type { Clock } from '../core/runtime/clock.ts';
import type { Palette } from '../core/runtime/colours.ts';
import { formatDuration } from '../core/runtime/human-units.ts';
import { ProgressBar, type ProgressOutput } from '../core/runtime/progress-bar.ts';
import { displayWidth } from '../core/runtime/text-table.ts';

/** How the demo shows itself. */
export interface ScreenOptions {
  readonly output: ProgressOutput;
  readonly palette: Palette;
  readonly clock: Clock;
}

/** Tells how far a step has come. The first call makes a progress bar of it, should it last. */
export type StepProgress = (done: number, total: number, unit: string) => void;

const WIDTH_MAX = 100;
const TICK_MS = 1_000;
const ERASE_LINE = '\r\u001b[K';

/** Numbered steps, one line each, with what came of it and how long it took; and lines of detail between them. */
export class DemoScreen {
  readonly palette: Palette;
  readonly #output: ProgressOutput;
  readonly #clock: Clock;
  #steps = 0;

  constructor({ output, palette, clock }: ScreenOptions) {
    this.#output = output;
    this.palette = palette;
    this.#clock = clock;
  }

  /** Places in a line. */
  get width(): number {
    return Math.min(this.#output.columns ?? WIDTH_MAX, WIDTH_MAX);
  }

  /** Lines of detail; cut by the caller where they must not wrap. */
  write(...lines: string[]): void {
    for (const line of lines) this.#output.write(`${line}\n`);
  }

  /** A line that comes up while a step runs. */
  announce(line: string): void {
    this.#output.write(`${this.#output.isTTY === true ? ERASE_LINE : ''}    ${this.palette.dim(line)}\n`);
  }

  /**
   * Does a step. On a terminal the line first says what is being done, with a progress bar or the seconds that pass;
   * then what was done. Gives what `work` gives, and the milliseconds it took.
   */
  async step<T>(
    doing: string,
    work: (progress: StepProgress) => Promise<T>,
    done: (result: T) => string,
  ): Promise<{ readonly result: T; readonly durationMs: number }> {
    const startMs = this.#clock.monotonicMs();
    this.#steps++;
    const line = new RunningLine(this.#output, this.#clock, `${this.#number()}  ${doing}`);
    let result: T;
    try {
      result = await work((count, total, unit) => line.progress(count, total, unit));
    } catch (error) {
      line.end();
      this.write(`${this.#number()}  ${doing}: ${this.palette.red('failed')}`);
      throw error;
    }
    line.end();
    const durationMs = this.#clock.monotonicMs() - startMs;
    this.#writeDone(done(result), formatDuration(durationMs));
    return { result, durationMs };
  }

  #writeDone(text: string, duration: string): void {
    const head = `${this.palette.green(this.#number())}  ${this.palette.bold(text)}`;
    const blanks = this.width - displayWidth(head) - displayWidth(duration);
    this.write(`${head}${' '.repeat(Math.max(2, blanks))}${this.palette.dim(duration)}`);
  }

  #number(): string {
    return String(this.#steps).padStart(2);
  }
}

/** The line of a step while it runs; nothing unless on a terminal, but for the lines of a progress bar. */
class RunningLine {
  readonly #output: ProgressOutput;
  readonly #clock: Clock;
  readonly #title: string;
  readonly #startMs: number;
  readonly #ended = new AbortController();
  #bar: ProgressBar | undefined;

  constructor(output: ProgressOutput, clock: Clock, title: string) {
    this.#output = output;
    this.#clock = clock;
    this.#title = title;
    this.#startMs = clock.monotonicMs();
    if (output.isTTY === true) this.#tick().catch(() => undefined);
  }

  progress(done: number, total: number, unit: string): void {
    this.#bar ??= new ProgressBar({ title: this.#title, unit, total, clock: this.#clock, output: this.#barOutput() });
    this.#bar.update(done, { total });
  }

  end(): void {
    this.#ended.abort();
    this.#bar?.finish();
    if (this.#output.isTTY === true) this.#output.write(ERASE_LINE);
  }

  async #tick(): Promise<void> {
    this.#output.write(`${this.#title} ...`);
    for (;;) {
      await this.#clock.sleep(TICK_MS, this.#ended.signal);
      if (this.#bar !== undefined) return;
      const elapsed = formatDuration(this.#clock.monotonicMs() - this.#startMs);
      this.#output.write(`${ERASE_LINE}${this.#title} ... ${elapsed}`);
    }
  }

  /** On a terminal the bar's line gives way to the step's own: no line end after it. */
  #barOutput(): ProgressOutput {
    const { isTTY, columns } = this.#output;
    return { isTTY, columns, write: (text) => (isTTY === true && text === '\n' ? true : this.#output.write(text)) };
  }
}
