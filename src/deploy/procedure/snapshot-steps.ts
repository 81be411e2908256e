import { mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { assert } from '../../core/assert.ts';
import type { Bucket } from '../../core/bucket/bucket.ts';
import { openFileBucket } from '../../core/bucket/file-bucket.ts';
import { AppError } from '../../core/errors.ts';
import { parseProjections, type Projection } from '../../load/snapshot/projection.ts';
import { requireManifest } from '../../load/snapshot/snapshot-manifest.ts';
import { readSnapshotOffsets } from '../../load/snapshot/snapshot-offsets.ts';
import { snapshotSources } from '../../load/snapshot/snapshot-sources.ts';
import type { ProjectionFacts } from '../facts/deployment.ts';
import type { NamedOffset } from '../offsets/offset-target.ts';
import type { JsonValue, Step, StepRun } from '../step/step.ts';
import { fileLoadStep } from './file-load-step.ts';
import { liveTopics, names } from './live-topics.ts';
import { positionsJson, readPositionsJson } from './positions.ts';
import type { Site } from './site.ts';

const TAKE_SNAPSHOT = 'take-snapshot';
const OFFSETS = 'offsets';
const FOUND = 'found';

/** P3: how far the updater of the projections is, and then the projections themselves, as rows of the source. */
export function snapshotStep(site: Site): Step {
  const { url, group, restore } = projectionsOf(site);
  const { kafka, clock } = site;
  return {
    id: TAKE_SNAPSHOT,
    title: 'Take a snapshot of the projections',
    guideline: 'Generate a Projections snapshot',
    describe: () =>
      Promise.resolve({
        inputs: [`group of the updater: ${group}`, `projections: ${restore}`],
        changes: [`writes the rows into ${snapshotFolder(site)}`],
        preconditions: ['every archived topic feeds a projection', 'the updater has committed offsets'],
        checks: ['the manifest is complete: offsets, rows, checksums'],
        undo: undefined,
        undoImpossible: 'the snapshot stays, for whoever wants to look at it',
      }),
    async precondition(run) {
      await readProjections(site);
      const { partitions } = await readSnapshotOffsets(kafka, group, liveTopics(site));
      const found = positionsJson(ofLiveTopics(site, partitions));
      await run.evidence({
        check: `the updater ${group} has committed offsets of the live topics`,
        outcome: 'noted',
        found,
      });
    },
    async apply(run) {
      // The library behind it is large: loaded when it is used.
      const { takeSnapshot } = await import('../../load/snapshot/take-snapshot.ts');
      const bucket = await snapshotBucket(site);
      const projections = await readProjections(site);
      const onProgress = (documents: number, projection: string): void => {
        run.progress({ done: documents, total: undefined, unit: 'documents', text: projection });
      };
      const manifest = await takeSnapshot(
        { url, projections, group },
        { kafka, bucket, clock, signal: run.signal, onProgress },
      );
      await run.notes.note(OFFSETS, positionsJson(ofLiveTopics(site, manifest.offsets.partitions)));
      const found: JsonValue = manifest.projections.map(({ name, documents, rows, refused }) => {
        return { name, documents, rows, refused };
      });
      await run.notes.note(FOUND, found);
    },
    async check(run) {
      await requireManifest(await snapshotBucket(site));
      const found = run.notes.get(FOUND) ?? null;
      await run.evidence({
        check: 'the snapshot is whole, and has the offsets that it was taken behind',
        outcome: 'passed',
        found,
      });
    },
    undo: () => Promise.resolve(),
  };
}

/** Where the updater was before the projections were read: archiving of the live topics begins there. */
export function snapshotPositions(run: Pick<StepRun, 'notesOf'>): NamedOffset[] {
  return readPositionsJson(run.notesOf(TAKE_SNAPSHOT).get(OFFSETS));
}

/** P3: the rows of the snapshot become messages of the init topics. */
export function snapshotLoadStep(site: Site): Step {
  return fileLoadStep(site, {
    inputs: [snapshotFolder(site)],
    mappingPath: resolve(site.directory, projectionsOf(site).mapping),
    guideline: 'Simulate Initial Load Procedure starting from the Projections snapshot',
    isThereBefore: false,
    open: async () => {
      const bucket = await snapshotBucket(site);
      return snapshotSources(await requireManifest(bucket), bucket);
    },
  });
}

async function readProjections(site: Site): Promise<Projection[]> {
  const { restore, collections } = projectionsOf(site);
  const path = resolve(site.directory, restore);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new AppError('CONFIG_INVALID', `the file ${path}, which projections.restore names, cannot be read`, {
      cause,
    });
  }
  const projections = parseProjections(text, path);
  const unfed = liveTopics(site).filter((topic) => !projections.some(({ topics }) => topics.includes(topic)));
  const unknown = Object.entries(collections).filter(([topic, collection]) => {
    return !projections.some((projection) => projection.collection === collection && projection.topics.includes(topic));
  });
  const wrong = [...unfed, ...unknown.map(([topic, collection]) => `${topic} with the collection ${collection}`)];
  if (wrong.length === 0) return projections;
  throw new AppError('CONFIG_INVALID', `${path} has no projection of ${names(wrong)}`, {
    subject: 'projections.restore',
    hint: 'Every topic of storer.topics needs a projection there, of the collection that projections.collections names.',
  });
}

function ofLiveTopics(site: Site, partitions: readonly SnapshotPosition[]): NamedOffset[] {
  const live = new Set(liveTopics(site));
  return partitions.flatMap(({ topic, partition, offset }) => {
    return live.has(topic) ? [{ topic, partition, offset: BigInt(offset) }] : [];
  });
}

interface SnapshotPosition {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string | bigint;
}

/** Of this run of the procedure alone: a snapshot belongs to the offsets that it was taken behind. */
function snapshotFolder({ folder, id }: Site): string {
  return join(folder, `snapshot-${id}`);
}

async function snapshotBucket(site: Site): Promise<Bucket> {
  await mkdir(snapshotFolder(site), { recursive: true });
  return await openFileBucket(snapshotFolder(site));
}

function projectionsOf({ deployment }: Site): ProjectionFacts {
  assert(deployment.projections !== undefined, 'the deployment has projections: its facts were checked');
  return deployment.projections;
}
