import { refuseLiveGroup } from '../offsets/live-group.ts';
import type { Step, StepRun } from '../step/step.ts';
import { initGroup, initStorer, initTopics } from './service-config.ts';
import { serviceStep } from './service-steps.ts';
import type { Site } from './site.ts';

/** Archives the init topics into the final folders. Taken back, its group has never been there. */
export function initStorerStep(site: Site): Step {
  const step = serviceStep(site, {
    id: 'start-init-storer',
    title: 'Start the Storer on the init topics',
    guideline: 'Configure the Bucket Storage Support to read from the above created topics',
    service: 'storer',
    config: initStorer(site),
    what: initTopics(site).map(({ init, folder }) => `archives ${init} into ${folder}`),
  });
  return {
    ...step,
    // Another one takes its place.
    uphold: undefined,
    async undo(run) {
      await step.undo?.(run);
      await forgetGroup(site, run);
    },
  };
}

/** A load that is begun anew, into init topics that were there before, must not be taken for archived already. */
async function forgetGroup(site: Site, { signal }: StepRun): Promise<void> {
  const { kafka, clock, storer } = site;
  const group = initGroup(site);
  await refuseLiveGroup(kafka, group, { waitMs: 2 * storer.storer.sessionTimeoutMs, clock, signal });
  await kafka.deleteGroupOffsets(group, await kafka.allCommittedOffsets(group));
}
