import { Type } from 'typebox';
import { listPartitions, selectLinks } from '../../core/archive/catalog.ts';
import { mapAhead } from '../../core/archive/map-ahead.ts';
import { listFolders, listSources, type Source } from '../../core/archive/source-registry.ts';
import type { Bucket } from '../../core/bucket/bucket.ts';
import { AppError } from '../../core/errors.ts';
import { type PartitionSelection, selectPartition } from '../plan/partition-selection.ts';
import { type ApiRoute, pathParameter } from './api-route.ts';
import { ErrorAnswer, FolderAnswer, FoldersAnswer } from './api-schemas.ts';
import { isoTime } from './job-json.ts';

const PARTITIONS_AHEAD = 16;

/** What can be reloaded. */
export const ARCHIVE_ROUTES: readonly ApiRoute[] = [
  {
    method: 'GET',
    path: '/v1/folders',
    operationId: 'listFolders',
    tag: 'Archive',
    summary: 'List the folders of the archive',
    answers: { 200: { description: 'Their names.', schema: FoldersAnswer } },
    handle: async (desk) => ({ status: 200, body: { folders: await Array.fromAsync(listFolders(desk.bucket)) } }),
  },
  {
    method: 'GET',
    path: '/v1/folders/{folder}',
    operationId: 'getFolder',
    tag: 'Archive',
    summary: 'See what a folder holds: sources, partitions, offsets, times and sizes',
    parameters: [{ name: 'folder', in: 'path', description: 'Name of the folder.', schema: Type.String() }],
    answers: {
      200: { description: 'What it holds.', schema: FolderAnswer },
      404: { description: 'There is no such folder.', schema: ErrorAnswer },
    },
    handle: async (desk, call) => ({ status: 200, body: await folderJson(desk.bucket, pathParameter(call, 'folder')) }),
  },
];

async function folderJson(bucket: Bucket, folder: string): Promise<Record<string, unknown>> {
  const sources = await requireSources(bucket, folder);
  const selections = mapAhead(
    listPartitions(bucket, folder),
    (at) =>
      selectPartition(at.source, at.location.partition, selectLinks(bucket, at), {
        fromTimestampMs: undefined,
        toTimestampMs: undefined,
      }),
    PARTITIONS_AHEAD,
  );
  const bySource = Map.groupBy(await Array.fromAsync(selections), ({ source }) => source.number);
  return { folder, sources: sources.map((source) => sourceJson(source, bySource.get(source.number) ?? [])) };
}

/** @throws ARCHIVE_FOLDER_MISSING */
export async function requireSources(bucket: Bucket, folder: string): Promise<Source[]> {
  // A name that cannot be a folder's has no sources, and stores refuse it as a key.
  const sources = /^[^/\\_.][^/\\]*$/.test(folder) ? await listSources(bucket, folder) : [];
  if (sources.length > 0) return sources;
  throw new AppError('ARCHIVE_FOLDER_MISSING', `the bucket holds no folder ${folder}`, {
    subject: folder,
    hint: 'GET /v1/folders lists the folders.',
  });
}

function sourceJson(source: Source, selections: readonly PartitionSelection[]): Record<string, unknown> {
  return {
    source: source.number,
    topic: source.topic,
    topicId: source.topicId,
    clusterId: source.clusterId,
    archivedSince: isoTime(source.createdAtMs),
    partitions: selections.map(({ partition, range, totals, minTimestampMs, maxTimestampMs }) => ({
      partition,
      ...(range !== undefined && { start: range.start.toString(), end: range.end.toString() }),
      records: totals.recordCount,
      segments: totals.segmentCount,
      objectBytes: totals.objectBytes,
      linesBytes: totals.linesBytes,
      missingOffsets: totals.missingOffsets.toString(),
      fromTime: isoTime(minTimestampMs),
      toTime: isoTime(maxTimestampMs),
    })),
  };
}
