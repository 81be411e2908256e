import type { Clock } from '../core/runtime/clock.ts';
import { coloursWanted, type Palette, paletteFor } from '../core/runtime/colours.ts';
import { formatCount, formatDuration } from '../core/runtime/human-units.ts';
import { ProgressBar } from '../core/runtime/progress-bar.ts';
import type { ApplyEvent, ApplyWatcher } from '../deploy/apply/apply-event.ts';
import type { StepProgress } from '../deploy/step/step.ts';
import type { CliHost, TextOutput } from './cli-host.ts';

/** Where events are shown. */
interface DeployScreenOptions {
  readonly output: TextOutput;
  readonly clock: Clock;
  readonly palette: Palette;
}

/** Shows a deployment to a person: a line for each step, below it what was found, and a bar while a step lasts. */
class DeployScreen implements Disposable {
  readonly #options: DeployScreenOptions;
  #bar: ProgressBar | undefined;

  constructor(options: DeployScreenOptions) {
    this.#options = options;
  }

  show(event: ApplyEvent): void {
    const { palette } = this.#options;
    if (event.event === 'progress') {
      this.#progress(event.progress);
      return;
    }
    this.#endBar();
    switch (event.event) {
      case 'checking':
        return this.#line(`Checking what must hold before anything is changed (${event.steps} steps)`);
      case 'resumed':
        return this.#line(`Going on: ${event.done} of ${event.steps} steps are done`);
      case 'step-started':
        return this.#line(palette.bold(`${String(event.number).padStart(2)}/${event.steps}  ${event.title}`));
      case 'said':
        return this.#line(`       ${palette.dim(event.text)}`);
      case 'evidence':
        return this.#line(`       ${this.#mark(event.evidence.outcome)} ${event.evidence.check}`);
      case 'step-done':
        return this.#line(`       ${palette.dim(`done in ${formatDuration(event.durationMs)}`)}`);
      case 'step-undone':
        return this.#line(`  ${palette.green('taken back')}  ${event.title}`);
      case 'undo-impossible':
        return this.#line(`  ${palette.yellow('stays')}       ${event.title}: ${event.reason}`);
      case 'waiting':
        return this.#line(`\n${palette.yellow('A person is needed:')} ${event.instruction}`);
      case 'finished':
        return this.#line(palette.green('Everything is done and checked.'));
      case 'undone':
        return this.#line('Taken back as far as it can be.');
    }
  }

  [Symbol.dispose](): void {
    this.#endBar();
  }

  #mark(outcome: 'passed' | 'failed' | 'noted'): string {
    const { palette } = this.#options;
    if (outcome === 'passed') return palette.green('✓');
    return outcome === 'failed' ? palette.red('✗') : palette.dim('·');
  }

  #progress({ done, total, unit, lag, text }: StepProgress): void {
    const { output, clock } = this.#options;
    const note = [text, lag === undefined ? undefined : `lag ${formatCount(lag)}`].filter((part) => part !== undefined);
    this.#bar ??= new ProgressBar({ title: '      ', unit, total, clock, output });
    this.#bar.update(done, { total, note: note.join(', ') });
  }

  #endBar(): void {
    this.#bar?.finish();
    this.#bar = undefined;
  }

  #line(text: string): void {
    this.#options.output.write(`${text}\n`);
  }
}

/** Shows a deployment where the command was given: to a person, or with `--json` to a program, a line for each event. */
export function openScreen(
  { stdout, env, clock }: CliHost,
  { json }: { readonly json: boolean },
): Disposable & { readonly watch: ApplyWatcher } {
  const screen = new DeployScreen({ output: stdout, clock, palette: paletteFor(coloursWanted(stdout, env)) });
  return {
    watch: (event) => (json ? stdout.write(eventLine(event, clock)) : screen.show(event)),
    [Symbol.dispose]: () => screen[Symbol.dispose](),
  };
}

function eventLine(event: ApplyEvent, clock: Clock): string {
  return `${JSON.stringify({ at: new Date(clock.nowMs()).toISOString(), ...event })}\n`;
}
