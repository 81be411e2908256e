import { isDeepStrictEqual } from 'node:util';

import type { Bucket } from '../../core/bucket/bucket.ts';
import { AppError } from '../../core/errors.ts';
import type { KafkaClient } from '../../core/kafka/kafka-client.ts';
import type { Clock } from '../../core/runtime/clock.ts';
import { openMongo, requireCollection } from '../live/mongo-database.ts';
import type { Projection } from './projection.ts';
import { readProjection } from './read-projection.ts';
import {
  claimStart,
  readManifest,
  readStart,
  SNAPSHOT_VERSION,
  type SnapshotManifest,
  type SnapshotPart,
  type SnapshotProjection,
  type SnapshotStart,
  writeManifest,
} from './snapshot-manifest.ts';
import { readSnapshotOffsets } from './snapshot-offsets.ts';

/** What to take a snapshot of. */
export interface SnapshotOptions {
  /** `mongodb://host/database`. */
  readonly url: string;
  readonly projections: readonly Projection[];
  /** The consumer group that writes them. */
  readonly group: string;
  /** Documents of a projection that may have no key in the source. Default: 0. */
  readonly errorsMax?: number | undefined;
  /** Lines of a part, in bytes; a part is held in memory. Default: 32 MiB. */
  readonly partBytes?: number | undefined;
}

/** What it works with. */
export interface SnapshotServices {
  readonly kafka: KafkaClient;
  /** Where the snapshot goes: of its own, that is empty or holds this snapshot's beginning. */
  readonly bucket: Bucket;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called with the number of documents that were read now, over all projections, and of which one. */
  readonly onProgress?: ((documents: number, projection: string) => void) | undefined;
}

const PART_BYTES = 32 * 1024 * 1024;

/**
 * Takes a snapshot of projections: how far their updater was, and then their documents as rows of the source. Whatever
 * the updater writes meanwhile is in the topics behind those offsets, so that rows and topics together give what the
 * projections hold. One that was interrupted goes on, with the offsets it began with; one that is whole is left alone.
 * @throws SNAPSHOT_MISMATCH when another snapshot was begun there; SNAPSHOT_GROUP_UNKNOWN, LOAD_TABLE_MISSING,
 *   LOAD_DATABASE_UNAVAILABLE, LOAD_TOO_MANY_BAD_ROWS, KAFKA_*, BUCKET_*
 */
export async function takeSnapshot(options: SnapshotOptions, services: SnapshotServices): Promise<SnapshotManifest> {
  const { bucket, clock, signal, onProgress } = services;
  const { client, database } = await openMongo(options.url);
  try {
    for (const { collection } of options.projections) await requireCollection(database, collection);
    const start = await startOf(options, services);
    const whole = await readManifest(bucket);
    if (whole !== undefined) return whole;
    const projections: SnapshotProjection[] = [];
    let documents = 0;
    for (const projection of options.projections) {
      const parts = await readProjection(database, bucket, projection, {
        errorsMax: options.errorsMax ?? 0,
        partBytes: options.partBytes ?? PART_BYTES,
        signal,
        onDocuments: (count) => {
          documents += count;
          onProgress?.(documents, projection.name);
        },
      });
      projections.push(summary(projection, parts));
    }
    const rows = projections.reduce((sum, projection) => sum + projection.rows, 0);
    const finishedAt = new Date(clock.nowMs()).toISOString();
    const manifest: SnapshotManifest = { ...start, finishedAt, rows, projections };
    await writeManifest(bucket, manifest);
    return manifest;
  } finally {
    await client.close();
  }
}

/** What was said when it began; says it when it begins now. */
async function startOf(options: SnapshotOptions, { bucket, kafka, clock }: SnapshotServices): Promise<SnapshotStart> {
  const wanted = {
    database: withoutUser(options.url),
    projections: JSON.parse(JSON.stringify(options.projections)) as unknown[],
  };
  let start = await readStart(bucket);
  if (start === undefined) {
    const takenAt = new Date(clock.nowMs()).toISOString();
    const topics = [...new Set(options.projections.flatMap((projection) => projection.topics))];
    const offsets = await readSnapshotOffsets(kafka, options.group, topics);
    start = await claimStart(bucket, { version: SNAPSHOT_VERSION, takenAt, offsets, ...wanted });
  }
  const begun = { database: start.database, projections: start.projections };
  if (isDeepStrictEqual(begun, wanted) && start.offsets.group === options.group) return start;
  throw new AppError('SNAPSHOT_MISMATCH', `${bucket.url} holds another snapshot`, {
    subject: bucket.url,
    hint: 'Give back database, projections and group that it was begun with, or another folder.',
  });
}

function summary(projection: Projection, parts: readonly SnapshotPart[]): SnapshotProjection {
  const { name, collection, topics, primaryKeys } = projection;
  const last = parts.at(-1);
  return {
    name,
    collection,
    topics,
    primaryKeys,
    documents: last?.documents ?? 0,
    rows: parts.reduce((sum, { rows }) => sum + rows, 0),
    refused: last?.refused ?? 0,
    refusedDocuments: last?.refusedDocuments ?? [],
    fields: last?.fields ?? { notRestored: [], respelled: [] },
    parts: parts.map(({ key, rows, bytes, sha256 }) => ({ key, rows, bytes, sha256 })),
  };
}

function withoutUser(url: string): string {
  return url.replace(/\/\/[^/?]*@/, '//').replace(/\?.*$/, '');
}
