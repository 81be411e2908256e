import { createWriteStream } from 'node:fs';
import { mkdir, rename, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pathToFileURL } from 'node:url';
import { assert } from '../../core/assert.ts';
import { openBucket } from '../../core/bucket/open-bucket.ts';
import { bucketOptions } from '../../core/config/bucket-options.ts';
import { AppError } from '../../core/errors.ts';
import { openInputs } from '../../load/dump/open-inputs.ts';
import type { ChangeFormat } from '../../load/format/read-change.ts';
import type { LoadMapping, TableMapping } from '../../load/mapping/load-mapping.ts';
import { archiveEvents } from '../../load/reconstruct/archive-events.ts';
import { foldArchive } from '../../load/reconstruct/fold-archive.ts';
import type { FoldedRow } from '../../load/reconstruct/fold-database.ts';
import { checkFailed } from '../apply/journaled-run.ts';
import type { DumpFacts } from '../facts/deployment.ts';
import type { JsonValue, Step, StepRun } from '../step/step.ts';
import { fileLoadStep, initMapping } from './file-load-step.ts';
import { names } from './live-topics.ts';
import { initTopics } from './service-config.ts';
import type { Site } from './site.ts';

const GUIDELINE = 'Load the System of Record database dump into Kafka to simulate Initial Load procedure';
const FORMATS: readonly ChangeFormat[] = ['db2', 'golden-gate', 'debezium', 'v2'];
const REPORTS = 'reports';

/** P5: loads the dump that there is. */
export function dumpLoadStep(site: Site): Step {
  const { inputs, mapping: mappingPath } = dumpOf(site);
  return fileLoadStep(site, {
    inputs,
    mappingPath: resolve(site.directory, mappingPath),
    guideline: GUIDELINE,
    isThereBefore: true,
    open: (mapping) => openDump(site, inputs, mapping),
  });
}

/** P6: loads the dump that `reconstructStep` has made. */
export function reconstructedLoadStep(site: Site): Step {
  const { mapping: mappingPath } = dumpOf(site);
  return fileLoadStep(site, {
    inputs: [reconstructedFolder(site)],
    mappingPath: resolve(site.directory, mappingPath),
    guideline: GUIDELINE,
    isThereBefore: false,
    open: async (mapping) => {
      const inputs = mapping.tables.map((table) => {
        const path = rowsPath(site, table);
        return table.table === undefined ? path : `${table.table}=${path}`;
      });
      return await openDump(site, inputs, { ...mapping, input: { ...mapping.input, format: 'jsonl' } });
    },
  });
}

/**
 * P6: folds archived change events to the last row of each key. `dump.reconstruct.from` is a bucket, or a folder of this
 * machine, that holds an archive: a folder for each topic, named as the topic's own.
 */
export function reconstructStep(site: Site): Step {
  const { reconstruct, mapping: mappingPath } = dumpOf(site);
  assert(reconstruct !== undefined, 'the deployment says what to reconstruct from: its facts were checked');
  const format = formatOf(reconstruct.format);
  const path = resolve(site.directory, mappingPath);
  const folder = reconstructedFolder(site);
  return {
    id: 'reconstruct-dump',
    title: 'Reconstruct the dump',
    guideline: 'Reconstruct a dump of the System of Record Database from the archived data',
    describe: () =>
      Promise.resolve({
        inputs: [`change events: ${reconstruct.from}, as ${format}`],
        changes: [`writes the last row of each key into ${folder}`],
        preconditions: ['the archived events are there'],
        checks: ['every event could be read, and no offset is missing'],
        undo: undefined,
        undoImpossible: `the reconstructed rows stay in ${folder}`,
      }),
    async precondition(run) {
      const { tables } = await initMapping(site, path);
      for (const table of tables) {
        const events = await eventsOf(site, reconstruct.from, table);
        const isThere = await hasEvents(events.read(run.signal));
        if (!isThere)
          throw new AppError('LOAD_INPUT_UNREADABLE', `${events.name} holds no change events`, {
            subject: events.name,
          });
      }
    },
    async apply(run) {
      await mkdir(folder, { recursive: true });
      const reports: Record<string, JsonValue> = {};
      for (const table of (await initMapping(site, path)).tables) {
        const report = await foldTable(site, { from: reconstruct.from, format, table }, run);
        reports[table.topic] = report;
      }
      await run.notes.note(REPORTS, reports);
    },
    async check(run) {
      const found = run.notes.get(REPORTS) ?? null;
      for (const table of (await initMapping(site, path)).tables) {
        const file = await stat(rowsPath(site, table)).catch(() => undefined);
        if (file === undefined) throw checkFailed(`the rows of ${table.topic} are not there`, rowsPath(site, table));
      }
      await run.evidence({
        check: 'the last row of each key was rebuilt from the archived events',
        outcome: 'passed',
        found,
      });
    },
    undo: () => Promise.resolve(),
  };
}

interface FoldWish {
  readonly from: string;
  readonly format: ChangeFormat;
  readonly table: TableMapping;
}

/** The rows come under their name when all of them are there. */
async function foldTable(site: Site, { from, format, table }: FoldWish, run: StepRun): Promise<JsonValue> {
  const input = await eventsOf(site, from, table);
  const onProgress = (events: number): void => run.progress({ done: events, total: undefined, unit: 'events' });
  await using folded = await foldArchive({ inputs: [input], format, signal: run.signal, onProgress });
  const path = rowsPath(site, table);
  await pipeline(Readable.from(linesOf(folded.rows())), createWriteStream(`${path}.part`), { signal: run.signal });
  await rename(`${path}.part`, path);
  const { events, rows, keys } = folded.report;
  return { events, rows, keys };
}

async function* linesOf(rows: AsyncIterable<FoldedRow>): AsyncGenerator<string> {
  for await (const { row } of rows) yield `${row}\n`;
}

async function eventsOf(site: Site, from: string, table: TableMapping) {
  const url = from.includes('://') ? from : pathToFileURL(resolve(site.directory, from)).href;
  const topic = initTopics(site).find(({ init }) => init === table.topic);
  assert(topic !== undefined, 'topics of the mapping are archived');
  return archiveEvents(await openBucket(url, bucketOptions(site.storer.bucket)), topic.folder);
}

async function hasEvents(batches: AsyncIterable<{ readonly events: readonly unknown[] }>): Promise<boolean> {
  for await (const { events } of batches) if (events.length > 0) return true;
  return false;
}

async function openDump(site: Site, inputs: readonly string[], { input }: LoadMapping) {
  return await openInputs({
    inputs,
    format: input.format,
    csv: input.csv,
    bucket: bucketOptions(site.storer.bucket),
    // Nobody pipes rows into a procedure that may be run again.
    stdin: Readable.from([]),
  });
}

function reconstructedFolder({ folder }: Site): string {
  return join(folder, 'reconstructed');
}

function rowsPath(site: Site, { topic }: TableMapping): string {
  return join(reconstructedFolder(site), `${topic}.jsonl`);
}

function formatOf(given: string): ChangeFormat {
  const format = FORMATS.find((known) => known === given);
  if (format !== undefined) return format;
  throw new AppError('CONFIG_INVALID', `dump.reconstruct.format is ${given}; known are ${names(FORMATS)}`, {
    subject: 'dump.reconstruct.format',
  });
}

function dumpOf({ deployment }: Site): DumpFacts {
  assert(deployment.dump !== undefined, 'the deployment has a dump: its facts were checked');
  return deployment.dump;
}
