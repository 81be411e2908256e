import { assert } from '../../core/assert.ts';
import { AppError, isAppError } from '../../core/errors.ts';
import { formatDuration } from '../../core/runtime/human-units.ts';
import type { CdcDriver, InitialLoadRequest } from '../cdc/cdc-driver.ts';
import { enforce } from '../checks/check-result.ts';
import { quietPeriod } from '../checks/quiet-period.ts';
import { checkFailed } from '../apply/journaled-run.ts';
import type { NamedOffset } from '../offsets/offset-target.ts';
import type { Step, StepRun } from '../step/step.ts';
import { awaitLoad } from './await-load.ts';
import { liveTopics, names } from './live-topics.ts';
import { distance, positionsJson, readPositions } from './positions.ts';
import { notedPositions } from './positions-step.ts';
import { initTopics } from './service-config.ts';
import { settledEnds } from './settled-ends.ts';
import type { Site } from './site.ts';
import { sourceRows } from './source-rows.ts';

/** The id of the step that runs an initial load, and the key of the note that has the ends of what it wrote into. */
export const RUN_LOAD = 'initial-load';
/** By topic and partition. */
export const LOAD_ENDS = 'ends';
/** Rows that the CDC says it has read, by live topic; absent where it does not count. */
export const LOAD_ROWS = 'rows';
const HANDLE = 'handle';
/** Quiet periods that are tried while what the CDC had captured already is written. */
const QUIET_ATTEMPTS_MAX = 12;

/** Stops the CDC and proves it: the ends of its topics stand still. */
export function stopCdcStep(site: Site): Step {
  const cdc = cdcOf(site);
  const { kafka, deployment, clock } = site;
  const topics = liveTopics(site);
  const { quietPeriodMs } = deployment.checks;
  return {
    id: 'stop-cdc',
    title: 'Stop the CDC',
    guideline: 'Stop the CDC and prepare the Initial Load operations',
    describe: () =>
      Promise.resolve({
        inputs: [`CDC: ${cdc.subject}`, `topics: ${names(topics)}`],
        changes: [`stops ${cdc.subject}: readers of the topics get no changes until the initial load has begun`],
        preconditions: ['the CDC answers', 'it can load anew'],
        checks: [`the ends of the topics stand still for ${formatDuration(quietPeriodMs)}`],
        undo: `starts ${cdc.subject} again, from where it was stopped`,
      }),
    async precondition(run) {
      const { state, detail } = await cdc.state();
      await run.evidence({ check: `${cdc.subject} answers`, outcome: 'noted', found: { state, detail } });
      if (state === 'failed' || state === 'absent') {
        throw new AppError('DEPLOY_CDC_FAILED', `${cdc.subject} is ${state}`, {
          subject: cdc.subject,
          hint: 'Put the CDC in order first: it must capture before it is stopped.',
        });
      }
    },
    async apply(run) {
      await run.notes.note('askedAtMs', clock.nowMs());
      await cdc.stop(run);
    },
    async check(run) {
      const { state, detail } = await cdc.state();
      await run.evidence({
        check: `${cdc.subject} says that it has stopped`,
        outcome: 'noted',
        found: { state, detail },
      });
      const progress = (doneMs: number): void =>
        run.progress({ done: doneMs, total: quietPeriodMs, unit: 'ms', text: 'quiet' });
      const options = { periodMs: quietPeriodMs, clock, signal: run.signal, progress };
      // What it had captured already may still be on its way.
      let result = await quietPeriod(kafka, topics, options);
      const attemptsMax = state === 'running' ? 1 : QUIET_ATTEMPTS_MAX;
      for (let attempts = 1; result.refusal !== undefined && attempts < attemptsMax; attempts++) {
        result = await quietPeriod(kafka, topics, options);
      }
      await enforce(run, result);
    },
    undo: (run) => cdc.start(run),
  };
}

/**
 * Runs the initial load of the CDC and waits for its end: into init topics by a further task, or into the live topics by
 * the CDC itself, which captures again from then on.
 */
export function cdcLoadStep(site: Site, by: 'spare' | 'restart'): Step {
  const cdc = cdcOf(site);
  const request = loadRequest(site, by);
  const targets = request.topics.map(({ target }) => target);
  const stays =
    by === 'spare' ? undefined : 'rows that were written into the live topics stay there; readers have seen them';
  return {
    id: RUN_LOAD,
    title: 'Run the initial load',
    guideline:
      by === 'spare'
        ? 'Execute an Initial Load procedure using the above created topics'
        : 'Execute Initial Load Procedure',
    async describe() {
      const estimates = await cdc.describeLoad(request);
      return {
        inputs: [`CDC: ${cdc.subject}`, `into: ${names(targets)}`],
        changes: [`every row is written into ${names(targets)}`, ...estimates],
        preconditions: ['the CDC can load'],
        checks: ['the CDC says that it has read every row'],
        undo:
          by === 'spare'
            ? 'takes away the further task; what it wrote goes with its topics'
            : 'takes back what the load changed of the CDC itself',
        undoImpossible: stays,
      };
    },
    async precondition(run) {
      const found = await cdc.describeLoad(request);
      await run.evidence({ check: `${cdc.subject} can load`, outcome: 'passed', found });
    },
    async apply(run) {
      const handle = await cdc.startLoad(request, run);
      await run.notes.note(HANDLE, handle);
      const from = await startsOfLoad(site, by, run);
      const { rows } = await awaitLoad({
        subject: cdc.subject,
        clock: site.clock,
        signal: run.signal,
        timeoutMs: site.deployment.checks.loadTimeoutMs,
        state: () => cdc.loadState(request, handle),
        written: async () => Number(distance(from, await readPositions(site.kafka, targets, 'latest'))),
        total: await rowsToLoad(site),
        progress: (at) => run.progress(at),
      });
      if (rows !== undefined) await run.notes.note(LOAD_ROWS, { ...rows });
      await run.notes.note(LOAD_ENDS, positionsJson(await settledEnds(site, targets, run)));
    },
    async check(run) {
      const { state, detail, rows } = await cdc.loadState(request, run.notes.get(HANDLE) ?? null);
      const outcome = state === 'finished' ? 'passed' : 'failed';
      await run.evidence({
        check: `${cdc.subject} has read every row`,
        outcome,
        found: { state, rows: { ...rows }, detail },
      });
      if (state !== 'finished') throw checkFailed(`the load of ${cdc.subject} is ${state}`, cdc.subject);
    },
    undo: (run) => cdc.endLoad(request, run.notes.get(HANDLE) ?? null, run),
    stays,
  };
}

/** Takes away what the load needed besides the CDC itself, and sees to it that the CDC captures. */
export function endLoadStep(site: Site, by: 'spare' | 'restart'): Step {
  const cdc = cdcOf(site);
  const request = loadRequest(site, by);
  return {
    id: 'end-load',
    title: by === 'spare' ? 'Take away the further task' : 'See that the CDC captures',
    guideline: undefined,
    describe: () =>
      Promise.resolve({
        inputs: [`CDC: ${cdc.subject}`],
        changes: [
          by === 'spare'
            ? 'removes the further task, its offsets and its slot'
            : `starts ${cdc.subject} where it does not run`,
        ],
        preconditions: [],
        checks: ['the CDC runs'],
        undo: undefined,
        undoImpossible: 'a load that is over is not to be begun again',
      }),
    precondition: () => Promise.resolve(),
    async apply(run) {
      await cdc.endLoad(request, run.notesOf(RUN_LOAD).get(HANDLE) ?? null, run);
      if (by === 'restart') await cdc.start(run);
    },
    async check(run) {
      const { state, detail } = await cdc.state();
      const runs = state === 'running' || state === 'unknown';
      await run.evidence({
        check: `${cdc.subject} captures`,
        outcome: runs ? 'passed' : 'failed',
        found: { state, detail },
      });
      if (!runs) throw checkFailed(`${cdc.subject} is ${state}`, cdc.subject);
    },
    undo: () => Promise.resolve(),
  };
}

function loadRequest(site: Site, by: InitialLoadRequest['by']): InitialLoadRequest {
  const topics = initTopics(site).map(({ topic, init }) => ({ topic, target: by === 'spare' ? init : topic }));
  return { id: site.id, by, topics };
}

/** What lies before the load in the topics that it writes into: an init topic begins with it. */
function startsOfLoad(site: Site, by: 'spare' | 'restart', run: StepRun): Promise<readonly NamedOffset[]> {
  if (by === 'restart') return Promise.resolve(notedPositions(run));
  return readPositions(
    site.kafka,
    initTopics(site).map(({ init }) => init),
    'earliest',
  );
}

/** As many rows as the tables have now; undefined where that cannot be counted from here, or not soon. */
async function rowsToLoad(site: Site): Promise<number | undefined> {
  const { source } = site.deployment;
  if (source === undefined) return undefined;
  try {
    return await sourceRows(source.url, source.tables, liveTopics(site));
  } catch (error) {
    if (isAppError(error)) return undefined;
    throw error;
  }
}

function cdcOf({ cdc }: Site): CdcDriver {
  assert(cdc !== undefined, 'the deployment has a CDC: its facts were checked');
  return cdc;
}
