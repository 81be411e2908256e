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
  const { findings, locations } = await surveyFolder(bucket, folder);
  if (locations.size === 0 && !(await hasSources(bucket, folder))) {
    throw new AppError('ARCHIVE_FOLDER_MISSING', `the bucket ${bucket.url} holds no archive folder ${JSON.stringify(folder)}`, {
      subject: folder,
      hint: '`bss archive ls` lists the folders that there are.',
    });
  }
  const sources = new Map<number, Source>();
  for (const found of await readSources(bucket, folder)) {
    if ('name' in found) findings.push(found);
    else sources.set(found.number, found);
  }
  const damaged = new Set(findings.filter(({ name }) => name === 'source-record-damaged').map(({ key }) => key));
  for (const number of new Set([...locations.values()].map(({ source }) => source))) {
    const key = sourceKey(folder, number);
    if (sources.has(number) || damaged.has(key)) continue;
    findings.push({ name: 'source-record-missing', key, detail: 'there are segments of this source, but not its record' });
  }
  yield { findings, segmentCount: 0, recordCount: 0, objectBytes: 0 };
  for (const location of locations.values()) {
    if (partition !== undefined && location.partition !== partition) continue;
    yield* verifyPartition(bucket, location, sources.get(location.source));
  }
}

/** The partitions of a folder, also those that are in an index alone, and the objects that are no part of it. */
async function surveyFolder(
  bucket: Bucket,
  folder: string,
): Promise<{ readonly findings: Finding[]; readonly locations: ReadonlyMap<string, PartitionLocation> }> {
  const findings: Finding[] = [];
  const locations = new Map<string, PartitionLocation>();
  const problem = folderProblem(folder);
  if (problem !== undefined) return { findings, locations };
  for await (const { key } of bucket.list(`${folder}/`)) {
    const location = parseSegmentKey(key)?.location ?? parseIndexKey(key)?.location;
    if (location !== undefined) locations.set(`${location.source}/${location.partition}`, location);
    else if (parseSourceKey(key) === undefined) {
      findings.push({ name: 'object-stray', key, detail: 'its name is none that an archive has' });
    }
  }
  return { findings, locations };
}

async function readSources(bucket: Bucket, folder: string): Promise<(Source | Finding)[]> {
  const found: (Source | Finding)[] = [];
  for await (const { key } of bucket.list(sourcesPrefix(folder))) {
    const number = parseSourceKey(key)?.source;
    if (number === undefined) continue;
    try {
      found.push(decodeSource(await bucket.get(key), key, folder, number));
    } catch (error) {
      if (!isAppError(error) || error.code.startsWith('BUCKET_')) throw error;
      found.push({ name: 'source-record-damaged', key, detail: error.message });
    }
  }
  return found;
}

async function hasSources(bucket: Bucket, folder: string): Promise<boolean> {
  for await (const { key } of bucket.list(sourcesPrefix(folder))) if (parseSourceKey(key) !== undefined) return true;
  return false;
}
