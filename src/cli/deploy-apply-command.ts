import { optional, withDefault } from '../core/config/option.ts';
import { boolean, text } from '../core/config/option-types.ts';
import { EXIT_CODES } from '../core/runtime/exit-codes.ts';
import { applySteps, type ApplyOutcome } from '../deploy/apply/apply-steps.ts';
import type { Step } from '../deploy/step/step.ts';
import { askPersonOf } from './ask-person.ts';
import { defineCommand } from './command.ts';
import { DEPLOY_FILE_OPTION, withDeployRun } from './deploy-options.ts';
import { openScreen } from './deploy-screen.ts';
import { usage } from './parse-command-line.ts';

const OPTIONS = {
  ...DEPLOY_FILE_OPTION,
  until: optional(text, { doc: 'The last step to carry out, by its id (`bss deploy plan` shows them).' }),
  yes: withDefault(boolean, false, {
    doc: 'Take everything that a person is asked to do as done. It is checked in any case.',
    flags: ['y'],
  }),
};

/** `bss deploy apply`: carries out the procedure. */
export const deployApplyCommand = defineCommand({
  description:
    'Carries out the procedure that `bss deploy plan` shows. First it looks at all that must hold, and refuses with a code ' +
    'before anything is changed; then each step is applied and checked. Everything is noted in a journal: after a crash, an ' +
    'error or Ctrl-C the same command goes on. Exit code 0 when all is done, 4 when a person is to do something first.',
  positionals: [],
  options: OPTIONS,
  examples: [
    { line: 'bss deploy apply --file deployment.yaml', doc: 'Carry it out, or go on with it' },
    { line: 'bss deploy apply --until stop-cdc', doc: 'Up to a step, to look at it' },
    { line: 'bss deploy apply --json', doc: 'In a pipeline: an event a line' },
  ],
  run: async ({ options, host }) =>
    await withDeployRun(options.file, host, async ({ steps, journal, begin }, signal) => {
      checkUntil(options.until, steps);
      const { clock } = host;
      using screen = openScreen(host, options);
      const outcome = await applySteps({
        steps,
        begin,
        journal,
        clock,
        signal,
        watch: screen.watch,
        ask: askPersonOf(host, options),
        until: options.until,
      });
      return exitCodeOf(outcome);
    }),
});

function checkUntil(until: string | undefined, steps: readonly Step[]): void {
  if (until === undefined || steps.some(({ id }) => id === until)) return;
  throw usage('deploy apply', `there is no step ${until}; there are ${steps.map(({ id }) => id).join(', ')}`);
}

function exitCodeOf({ kind }: ApplyOutcome): number {
  return kind === 'waiting' ? EXIT_CODES.waiting : EXIT_CODES.ok;
}
