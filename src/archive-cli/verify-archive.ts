import {
  folderProblem,
  parseIndexKey,
  parseSegmentKey,
  parseSourceKey,
  sourceKey,
  sourcesPrefix,
  type PartitionLocation,
} from '../core/archive/archive-layout.ts';
import { decodeSource, listFolders, type Source } from '../core/archive/source-registry.ts';
import type { Bucket } from '../core/bucket/bucket.ts';
import { AppError, isAppError } from '../core/errors.ts';
import type { Finding } from './verify-finding.ts';
import { NO_STEP, verifyPartition, type VerifyStep } from './verify-partition.ts';

/** What is to be verified; what is left out does not restrict. */
export interface VerifyScope {
  readonly folder?: string | undefined;
  readonly partition?: number | undefined;
}

/**
 * Verifies folders: source records, every segment byte by byte, chains, indexes, and objects that do not belong there.
 * Each step says what was looked at and what was found; one that found nothing is progress.
 * @throws ARCHIVE_FOLDER_MISSING when the folder that was named is empty; BUCKET_*.
 */
export async function* verifyArchive(bucket: Bucket, scope: VerifyScope = {}): AsyncGenerator<VerifyStep> {
  if (scope.folder !== undefined) {
    yield* verifyFolder(bucket, scope.folder, scope.partition);
    return;
  }
  for await (const folder of listFolders(bucket)) {
    if ((await hasSources(bucket, folder)) || (await hasSegments(bucket, folder)))
      yield* verifyFolder(bucket, folder, scope.partition);
  }
}

async function* verifyFolder(
  bucket: Bucket,
  folder: string,
  partition: number | undefined,
): AsyncGenerator<VerifyStep> {
  const locations = new Map<string, PartitionLocation>();
  let plannedBytes = 0;
  for await (const { location, finding, sizeBytes } of surveyFolder(bucket, folder)) {
    if (finding !== undefined) yield found(finding);
    if (location === undefined) continue;
    locations.set(`${location.source}/${location.partition}`, location);
    if (partition === undefined || location.partition === partition) plannedBytes += sizeBytes;
  }
  yield { ...NO_STEP, plannedBytes };
  const sources = new Map<number, Source | undefined>();
  for await (const { number, source, finding } of readSources(bucket, folder)) {
    sources.set(number, source);
    if (finding !== undefined) yield found(finding);
  }
  if (locations.size === 0 && sources.size === 0) throw missingFolder(bucket, folder);
  for (const number of new Set([...locations.values()].map(({ source }) => source))) {
    if (sources.has(number)) continue;
    const detail = 'there are segments of this source, but not its record';
    yield found({ name: 'source-record-missing', key: sourceKey(folder, number), detail });
  }
  for (const location of locations.values()) {
    if (partition !== undefined && location.partition !== partition) continue;
    yield* verifyPartition(bucket, location, sources.get(location.source));
  }
}

interface Surveyed {
  /** Where the object belongs. */
  readonly location: PartitionLocation | undefined;
  readonly finding: Finding | undefined;
  /** Of a segment; 0 for an index object. */
  readonly sizeBytes: number;
}

/** The segments and index objects of a folder, and the objects that are no part of it. */
async function* surveyFolder(bucket: Bucket, folder: string): AsyncGenerator<Surveyed> {
  if (folderProblem(folder) !== undefined) return;
  for await (const { key, sizeBytes } of bucket.list(`${folder}/`)) {
    const segment = parseSegmentKey(key);
    // A partition may be in an index alone: then its segments are gone, and the index tells.
    const location = segment?.location ?? parseIndexKey(key)?.location;
    if (location !== undefined) {
      yield { location, finding: undefined, sizeBytes: segment === undefined ? 0 : sizeBytes };
    } else if (parseSourceKey(key) === undefined) {
      const finding: Finding = { name: 'object-stray', key, detail: 'its name is none that an archive has' };
      yield { location: undefined, finding, sizeBytes: 0 };
    }
  }
}

interface SourceRead {
  readonly number: number;
  readonly source: Source | undefined;
  readonly finding: Finding | undefined;
}

async function* readSources(bucket: Bucket, folder: string): AsyncGenerator<SourceRead> {
  if (folderProblem(folder) !== undefined) return;
  for await (const { key } of bucket.list(sourcesPrefix(folder))) {
    const number = parseSourceKey(key)?.source;
    if (number === undefined) continue;
    try {
      yield { number, source: decodeSource(await bucket.get(key), key, folder, number), finding: undefined };
    } catch (error) {
      if (!isAppError(error) || error.code.startsWith('BUCKET_')) throw error;
      yield { number, source: undefined, finding: { name: 'source-record-damaged', key, detail: error.message } };
    }
  }
}

function missingFolder(bucket: Bucket, folder: string): AppError {
  const message = `the bucket ${bucket.url} holds no archive folder ${JSON.stringify(folder)}`;
  return new AppError('ARCHIVE_FOLDER_MISSING', message, {
    subject: folder,
    hint: '`bss archive ls` lists the folders that there are.',
  });
}

function found(finding: Finding): VerifyStep {
  return { ...NO_STEP, findings: [finding] };
}

async function hasSources(bucket: Bucket, folder: string): Promise<boolean> {
  for await (const { key } of bucket.list(sourcesPrefix(folder))) if (parseSourceKey(key) !== undefined) return true;
  return false;
}

/** Segments whose source record is gone. The first object tells: a directory of somebody else's may be large. */
async function hasSegments(bucket: Bucket, folder: string): Promise<boolean> {
  for await (const name of bucket.folders(`${folder}/`)) {
    if (!/^\d{4}$/.test(name)) continue;
    for await (const { key } of bucket.list(`${folder}/${name}/`)) {
      if (parseSegmentKey(key) !== undefined) return true;
      break;
    }
  }
  return false;
}
