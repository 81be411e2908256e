import { join } from 'node:path';
import { readFile } from 'node:fs/promises';
import { AppError } from '../../core/errors.ts';
import type { LoadMapping } from '../../load/mapping/load-mapping.ts';
import { parseMapping } from '../../load/mapping/parse-mapping.ts';
import type { RowSource } from '../../load/row/row.ts';
import { checkFirst, type LoadResult, runLoad } from '../../load/run/run-load.ts';
import { LOAD_DEFAULTS, type LoadOptions, type LoadProgress } from '../../load/run/load-options.ts';
import { checkFailed } from '../apply/journaled-run.ts';
import type { JsonValue, Step, StepRun } from '../step/step.ts';
import { LOAD_ENDS, LOAD_ROWS, RUN_LOAD } from './cdc-steps.ts';
import { names } from './live-topics.ts';
import { positionsJson } from './positions.ts';
import { initTopics } from './service-config.ts';
import { settledEnds } from './settled-ends.ts';
import type { Site } from './site.ts';

const TABLES = 'tables';

/** What is loaded instead of what a CDC would write. */
export interface FileLoadOptions {
  /** For the plan: `orders.csv`. */
  readonly inputs: readonly string[];
  /** Mapping file of `bss load`; its topics are the live ones. */
  readonly mappingPath: string;
  readonly guideline: string;
  /** The rows. `mapping` says how they are to be read. */
  readonly open: (mapping: LoadMapping, run: StepRun) => Promise<readonly RowSource[]>;
  /** True when the rows are there before the procedure begins, so that they can be looked at before anything is changed. */
  readonly isThereBefore: boolean;
}

/** Writes the rows of a dump or a snapshot into the init topics, each once, as an initial load of the CDC would have. */
export function fileLoadStep(site: Site, options: FileLoadOptions): Step {
  const { inputs, mappingPath, guideline } = options;
  const targets = initTopics(site).map(({ init }) => init);
  // All preconditions come first, and each again right before its step: rows are not worth a second look for that, since
  // the load itself looks at all of them before it writes any.
  let wasChecked = false;
  return {
    id: RUN_LOAD,
    title: 'Load the rows into the init topics',
    guideline,
    describe: () =>
      Promise.resolve({
        inputs: [`rows: ${names(inputs)}`, `mapping: ${mappingPath}`, `into: ${names(targets)}`],
        changes: [`writes a message for every row into ${names(targets)}`],
        preconditions: ['the mapping names a primary key, and topics that are archived', 'no key comes twice'],
        checks: ['as many rows were written as there are'],
        undo: undefined,
        undoImpossible: 'what was loaded goes with the init topics',
      }),
    async precondition(run) {
      const mapping = await initMapping(site, mappingPath);
      if (!options.isThereBefore || wasChecked) return;
      const sources = await options.open(mapping, run);
      const checked = await checkFirst(loadOptions(site, mapping, sources), services(site, run));
      await run.evidence({
        check: 'the rows can be read, fit the mapping, and no key comes twice',
        outcome: 'passed',
        found: { rows: checked?.rows ?? null },
      });
      wasChecked = true;
    },
    async apply(run) {
      const mapping = await initMapping(site, mappingPath);
      const result = await runLoad(loadOptions(site, mapping, await options.open(mapping, run)), services(site, run));
      run.signal.throwIfAborted();
      await run.notes.note(LOAD_ROWS, rowsByTopic(site, result));
      await run.notes.note(
        TABLES,
        result.state.tables.map(({ table, topic, loaded, refused, checksum }) => {
          return { table: table ?? null, topic, loaded, refused, checksum };
        }),
      );
      await run.notes.note('state', result.state.state);
      await run.notes.note(LOAD_ENDS, positionsJson(await settledEnds(site, targets, run)));
    },
    async check(run) {
      const state = run.notes.get('state');
      const found: JsonValue = { state: state ?? null, tables: run.notes.get(TABLES) ?? null };
      const outcome = state === 'succeeded' ? 'passed' : 'failed';
      await run.evidence({ check: 'every row of the inputs was written', outcome, found });
      if (state !== 'succeeded') throw checkFailed(`the load is ${JSON.stringify(state)}`);
    },
    undo: () => Promise.resolve(),
  };
}

/**
 * The mapping file, with the init topics in the place of the live ones.
 * @throws LOAD_MAPPING_*
 */
export async function initMapping(site: Site, path: string): Promise<LoadMapping> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new AppError('LOAD_MAPPING_INVALID', `the mapping file ${path} cannot be read`, { subject: path, cause });
  }
  const mapping = parseMapping(text, path);
  const inits = new Map(initTopics(site).map(({ topic, init }) => [topic, init]));
  const tables = mapping.tables.map((table) => {
    const topic = inits.get(table.topic);
    if (topic === undefined) {
      throw new AppError(
        'LOAD_MAPPING_INVALID',
        `the mapping ${path} writes into ${table.topic}, which is not archived`,
        {
          subject: table.topic,
          hint: 'Its topics must be those of storer.topics; the rows themselves go through init topics.',
        },
      );
    }
    return { ...table, topic };
  });
  return { ...mapping, tables };
}

function loadOptions({ id, folder }: Site, mapping: LoadMapping, sources: readonly RowSource[]): LoadOptions {
  return { ...LOAD_DEFAULTS, sources, mapping, id, errorsFile: join(folder, 'refused-rows.jsonl') };
}

function services({ kafka, clock }: Site, run: StepRun) {
  const onProgress = ({ phase, rows, totalRows }: LoadProgress): void => {
    run.progress({ done: rows, total: totalRows, unit: 'rows', text: phase });
  };
  return { kafka, clock, signal: run.signal, onProgress };
}

/** Rows that were written, by live topic. */
function rowsByTopic(site: Site, { state }: LoadResult): Record<string, number> {
  const rows: Record<string, number> = {};
  for (const { topic, init } of initTopics(site)) {
    const tables = state.tables.filter((table) => table.topic === init);
    rows[topic] = tables.reduce((sum, { loaded }) => sum + loaded, 0);
  }
  return rows;
}
