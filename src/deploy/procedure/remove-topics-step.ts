import { MADE_TOPICS, topicsMade } from './create-topics-step.ts';
import { checkFailed } from '../apply/journaled-run.ts';
import type { Step, StepRun } from '../step/step.ts';
import { names } from './live-topics.ts';
import { initTopics } from './service-config.ts';
import type { Site } from './site.ts';

/** Removes the init topics, at the very end, and only those that this deployment made. */
export function removeInitTopicsStep(site: Site): Step {
  const { kafka } = site;
  const all = initTopics(site).map(({ init }) => init);
  return {
    id: 'remove-init-topics',
    title: 'Remove the init topics',
    guideline: undefined,
    describe: () =>
      Promise.resolve({
        inputs: [`topics: ${names(all)}`],
        changes: ['deletes those of the init topics that this deployment created'],
        preconditions: [],
        checks: ['they are gone'],
        undo: undefined,
        undoImpossible: 'the init topics are deleted; their records are in the bucket',
      }),
    precondition: () => Promise.resolve(),
    apply: (run) => kafka.deleteTopics(made(run)),
    async check(run) {
      const removed = made(run);
      const left = [...(await kafka.existingTopics(all))];
      const stayed = left.filter((name) => removed.includes(name));
      const outcome = stayed.length === 0 ? 'passed' : 'failed';
      await run.evidence({
        check: 'init topics that were created are removed',
        outcome,
        found: { removed, kept: left },
      });
      if (stayed.length > 0) throw checkFailed(`${names(stayed)} still exists`, stayed[0]);
    },
  };
}

function made(run: StepRun): string[] {
  return topicsMade(run.notesOf('create-init-topics').get(MADE_TOPICS));
}
