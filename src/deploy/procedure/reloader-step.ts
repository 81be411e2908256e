import { isLive, untilEmpty } from '../offsets/live-group.ts';
import type { Step } from '../step/step.ts';
import { topicsMade } from './create-topics-step.ts';
import { names } from './live-topics.ts';
import { standardReloader } from './service-config.ts';
import { serviceStep } from './service-steps.ts';
import type { Site } from './site.ts';

const MISSING = 'missing';

/** Starts the Reloader, which makes the topics that its jobs live in; taken back, those that were not there before go. */
export function reloaderStep(site: Site, guideline: string): Step {
  const { kafka } = site;
  const { jobsTopic, tasksTopic, groupId, sessionTimeoutMs } = site.reloader.reloader;
  const topics = [jobsTopic, tasksTopic];
  const step = serviceStep(site, {
    id: 'start-reloader',
    title: 'Start the Reloader',
    guideline,
    service: 'reloader',
    config: standardReloader(site),
    what: ['serves the API of reload jobs'],
  });
  return {
    ...step,
    async describe() {
      return {
        ...(await step.describe()),
        undo: 'stops bss reloader, and deletes the topics of its jobs if it made them',
      };
    },
    async apply(run) {
      if (run.notes.get(MISSING) === undefined) {
        const existing = await kafka.existingTopics(topics);
        await run.notes.note(
          MISSING,
          topics.filter((topic) => !existing.has(topic)),
        );
      }
      await step.apply(run);
    },
    async undo(run) {
      await step.undo?.(run);
      const made = topicsMade(run.notes.get(MISSING));
      const wait = { waitMs: 2 * sessionTimeoutMs, clock: site.clock, signal: run.signal };
      if (made.length > 0 && isLive(await untilEmpty(kafka, groupId, wait))) {
        run.say(`${names(made)} stays: other members of the group ${groupId} work with it`);
        return;
      }
      await kafka.deleteTopics(made);
    },
  };
}
