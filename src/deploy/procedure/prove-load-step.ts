import { assert } from '../../core/assert.ts';
import { checkFailed } from '../apply/journaled-run.ts';
import type { NamedOffset } from '../offsets/offset-target.ts';
import type { ServiceConfig } from '../runtime/runtime.ts';
import type { Step, StepRun } from '../step/step.ts';
import { LOAD_ENDS, LOAD_ROWS, RUN_LOAD } from './cdc-steps.ts';
import { names } from './live-topics.ts';
import { readPositionsJson } from './positions.ts';
import { awaitArchived, proveArchived, type ProveOptions } from './prove-archived.ts';
import { ensureRuns } from './service-steps.ts';
import type { Site } from './site.ts';

/** What was loaded, and who archives it. */
export interface ProveLoadOptions {
  readonly group: string;
  readonly storer: ServiceConfig;
  /** Where the load wrote, for each live topic. */
  readonly targets: readonly { readonly topic: string; readonly target: string; readonly folder: string }[];
  readonly from: (run: StepRun) => readonly NamedOffset[];
}

/** Proves the end of a load from outside: what it wrote is in the bucket, all of it, and is no less than what was read. */
export function proveLoadStep(site: Site, options: ProveLoadOptions): Step {
  const { group, storer, targets } = options;
  const prove = (run: StepRun): ProveOptions => ({
    group,
    folders: new Map(targets.map(({ target, folder }) => [target, folder])),
    from: options.from(run),
    to: readPositionsJson(run.notesOf(RUN_LOAD).get(LOAD_ENDS)),
    ensure: () => ensureRuns(site, 'storer', storer, run),
  });
  return {
    id: 'prove-load',
    title: 'Prove the end of the load',
    guideline: undefined,
    describe: () =>
      Promise.resolve({
        inputs: [`topics: ${names(targets.map(({ target }) => target))}`, `group: ${group}`],
        changes: [],
        preconditions: [],
        checks: [
          'the lag of the Storer is zero',
          'archived offsets cover the load, without a hole',
          'there are as many records as rows were read',
        ],
        undo: undefined,
      }),
    precondition: () => Promise.resolve(),
    apply: (run) => awaitArchived(site, run, prove(run)),
    async check(run) {
      const counts = await proveArchived(site, run, prove(run));
      await compareCounts(run, targets, counts);
    },
  };
}

async function compareCounts(
  run: StepRun,
  targets: ProveLoadOptions['targets'],
  counts: ReadonlyMap<string, number>,
): Promise<void> {
  const rows = run.notesOf(RUN_LOAD).get(LOAD_ROWS);
  assert(rows === undefined || (typeof rows === 'object' && rows !== null), 'rows are noted by topic');
  const found = targets.map(({ topic, target }) => {
    const read: unknown = rows === undefined ? undefined : Reflect.get(rows, topic);
    return { topic, target, rows: typeof read === 'number' ? read : null, records: counts.get(target) ?? 0 };
  });
  const fewer = found.filter(({ rows: read, records }) => read !== null && records < read);
  const outcome = fewer.length > 0 ? 'failed' : rows === undefined ? 'noted' : 'passed';
  await run.evidence({ check: 'as many records are archived as rows were read, or more', outcome, found });
  if (fewer.length === 0) return;
  const texts = fewer.map(({ target, rows: read, records }) => `${target} has ${records} of ${read} rows`);
  throw checkFailed(`records of the load are missing: ${texts.join(', ')}`);
}
