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
import { verifyPartition, type VerifyStep } from './verify-partition.ts';

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
  if (scope.folder !== undefined) return yield* verifyFolder(bucket, scope.folder, scope.partition);
  for await (const folder of listFolders(bucket)) {
    if (await hasSources(bucket, folder)) yield* verifyFolder(bucket, folder, scope.partition);
  }
}

async function* verifyFolder(
  bucket: Bucket,
  folder: string,
  partition: number | undefined,
): AsyncGenerator<VerifyStep> {
  const locations = new Map<string, PartitionLocation>();
  yield* surveyFolder(bucket, folder, locations);
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

/** Finds the partitions of a folder, also those that are in an index alone, and the objects that are no part of it. */
async function* surveyFolder(
  bucket: Bucket,
  folder: string,
  locations: Map<string, PartitionLocation>,
): AsyncGenerator<VerifyStep> {
  if (folderProblem(folder) !== undefined) return;
  for await (const { key } of bucket.list(`${folder}/`)) {
    const location = parseSegmentKey(key)?.location ?? parseIndexKey(key)?.location;
    if (location !== undefined) locations.set(`${location.source}/${location.partition}`, location);
    else if (parseSourceKey(key) === undefined) {
      yield found({ name: 'object-stray', key, detail: 'its name is none that an archive has' });
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
  return { findings: [finding], segmentCount: 0, recordCount: 0, objectBytes: 0 };
}

async function hasSources(bucket: Bucket, folder: string): Promise<boolean> {
  for await (const { key } of bucket.list(sourcesPrefix(folder))) if (parseSourceKey(key) !== undefined) return true;
  return false;
}
