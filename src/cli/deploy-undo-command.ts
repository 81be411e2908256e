import { withDefault } from '../core/config/option.ts';
import { boolean } from '../core/config/option-types.ts';
import { EXIT_CODES } from '../core/runtime/exit-codes.ts';
import { undoSteps } from '../deploy/apply/undo-steps.ts';
import { askPersonOf } from './ask-person.ts';
import { defineCommand } from './command.ts';
import { DEPLOY_FILE_OPTION, withDeployRun } from './deploy-options.ts';
import { openScreen } from './deploy-screen.ts';

/** `bss deploy undo`: takes back what was applied. */
export const deployUndoCommand = defineCommand({
  description:
    'Takes back what `bss deploy apply` did, the last step first: services are stopped, offsets put back, topics deleted ' +
    'that it created, the CDC started again. What cannot be taken back is said, with the reason; nothing is deleted from ' +
    'the bucket. Exit code 3 when something stays, 4 when a person is to do something first.',
  positionals: [],
  options: {
    ...DEPLOY_FILE_OPTION,
    yes: withDefault(boolean, false, {
      doc: 'Take everything that a person is asked to do as done.',
      flags: ['y'],
    }),
  },
  examples: [{ line: 'bss deploy undo --file deployment.yaml', doc: 'Back to where it was before' }],
  run: async ({ options, host }) =>
    await withDeployRun(options.file, host, async ({ steps, journal }, signal) => {
      const { clock } = host;
      using screen = openScreen(host, options);
      const outcome = await undoSteps({
        steps,
        journal,
        clock,
        signal,
        watch: screen.watch,
        ask: askPersonOf(host, options),
      });
      if (outcome.kind === 'waiting') return EXIT_CODES.waiting;
      return outcome.impossible.length === 0 ? EXIT_CODES.ok : EXIT_CODES.findings;
    }),
});
