import { AppError } from '../../core/errors.ts';
import { enforce } from '../checks/check-result.ts';
import { checkFolderEmpty } from '../checks/check-folder.ts';
import { checkGroupEmpty } from '../checks/check-group.ts';
import { checkRetention } from '../checks/check-retention.ts';
import { checkTopicsExist } from '../checks/check-topics.ts';
import { checkClocks, checkNoFutureRecords } from '../checks/clock-skew.ts';
import { probeBucket } from '../../core/bucket/probe-bucket.ts';
import type { Step, StepRun } from '../step/step.ts';
import { liveTopics, names } from './live-topics.ts';
import type { Site } from './site.ts';

/**
 * Looks at everything that must hold before anything is changed, and proves with an object of its own that the bucket can
 * hold an archive.
 */
export function landscapeStep(site: Site): Step {
  const { kafka, bucket, storer, deployment, runtime, clock } = site;
  const topics = liveTopics(site);
  const folders = [...new Set(storer.storer.topics.map(({ folder }) => folder))];
  const clockTopic = `${deployment.name}-clock`;
  return {
    id: 'check-landscape',
    title: 'Check the landscape',
    guideline: undefined,
    describe: () =>
      Promise.resolve({
        inputs: [`topics: ${names(topics)}`, `bucket: ${bucket.url}`, `services run as: ${runtime.subject}`],
        changes: [
          'writes an object below _bss/probe of the bucket, and deletes it',
          `creates the topic ${clockTopic}, which the broker stamps records of with its time, and deletes it`,
        ],
        preconditions: [
          'the topics exist and keep records long enough',
          `nobody is in the group ${storer.storer.groupId}`,
          `the bucket holds nothing in ${names(folders)}`,
          'the clocks agree',
          'services can be run',
        ],
        checks: ['the store creates objects only if absent, and gives back what was written'],
        undo: undefined,
        undoImpossible: 'there is nothing to take back',
      }),
    async precondition(run) {
      refuseModeMismatch(site);
      await enforce(run, await checkTopicsExist(kafka, topics));
      for (const topic of topics) {
        await enforce(run, await checkRetention(kafka, { topic, waitMs: waitMs(site) }));
      }
      await enforce(run, await checkGroupEmpty(kafka, storer.storer.groupId));
      for (const folder of folders) await enforce(run, await checkFolderEmpty(bucket, folder));
      const maxMs = deployment.checks.clockSkewMaxMs;
      await enforce(run, await checkNoFutureRecords(kafka, topics, { maxMs, nowMs: clock.nowMs() }));
      const found = await runtime.probe();
      await run.evidence({ check: 'services can be run here', outcome: 'passed', found });
      // After all that only looks: it makes a topic, if only for a moment.
      await enforce(run, await checkClocks(kafka, { topic: clockTopic, clock, maxMs }));
    },
    apply: (run) => probe(site, run),
    // The probe is its own check.
    check: () => Promise.resolve(),
    undo: () => Promise.resolve(),
  };
}

/** How long a record may have to wait in a live topic: as long as a load may take, where one goes before. */
function waitMs({ storer, deployment }: Site): number {
  const { ageMaxMs } = storer.storer.rotation;
  const isLoaded = deployment.cdc ?? deployment.projections ?? deployment.dump;
  return isLoaded === undefined ? 2 * ageMaxMs : deployment.checks.loadTimeoutMs + 2 * ageMaxMs;
}

async function probe({ bucket }: Site, run: StepRun): Promise<void> {
  const { deleted } = await probeBucket(bucket);
  await run.evidence({
    check: 'the bucket creates objects only if absent, keeps body and metadata, and lists what it has',
    outcome: 'passed',
    found: { bucket: bucket.url, probeDeleted: deleted },
  });
}

/** In sequential mode consumers read what the Storer forwards: a topic without a target would starve them. */
function refuseModeMismatch({ deployment, storer }: Site): void {
  if (deployment.mode !== 'sequential') return;
  const bare = storer.storer.topics.filter(({ postIngestion }) => postIngestion.length === 0);
  if (bare.length === 0) return;
  throw new AppError(
    'CONFIG_INVALID',
    `sequential mode: ${names(bare.map(({ topic }) => topic))} is not forwarded to a post-ingestion topic`,
    {
      subject: 'storer.topics',
      hint: 'Write {topic, postIngestion: [<topic that consumers read>]} in storer.topics, or choose the mode parallel.',
    },
  );
}
