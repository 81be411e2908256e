import type { Bucket, ObjectKey } from '../bucket/bucket.ts';
import { AppError } from '../errors.ts';
import {
  SOURCE_NUMBER_MAX,
  checkFolder,
  folderProblem,
  parseSourceKey,
  sourceKey,
  sourcesPrefix,
} from './archive-layout.ts';

/**
 * A topic that a folder holds records of: a topic *by its id*, so that one which was deleted and created again under the
 * same name is another source, with a chain of its own. Its record is written once, with what was true at that time.
 */
export interface Source {
  readonly folder: string;
  /** Position in the order of first archive, from 1. */
  readonly number: number;
  readonly clusterId: string;
  readonly topic: string;
  readonly topicId: string;
  /** When it was claimed; partitions may have been added since. */
  readonly partitionCount: number;
  /** The topic's configuration that was not the default. */
  readonly topicConfig: Readonly<Record<string, string>>;
  readonly createdAtMs: number;
}

/** Who wants to archive into a folder. */
export interface SourceClaim {
  readonly clusterId: string;
  readonly topic: string;
  readonly topicId: string;
  readonly partitionCount: number;
  readonly topicConfig: ReadonlyMap<string, string>;
  readonly nowMs: number;
}

/** Version of the source record that this release writes, and the only one that it reads. */
const SOURCE_FORMAT_VERSION = 1;

/**
 * The source of that cluster and topic id; claims the next number when there is none yet. Any number of processes may
 * claim at once: all get the same source.
 * @throws CONFIG_INVALID for a name that cannot be a folder; ARCHIVE_SOURCE_CONFLICT when a source record of the folder
 * cannot be understood, or when there are too many; SEGMENT_FORMAT_UNSUPPORTED; BUCKET_*.
 */
export async function claimSource(bucket: Bucket, folder: string, claim: SourceClaim): Promise<Source> {
  checkFolder(folder);
  const known = await listSources(bucket, folder);
  const mine = known.find((source) => isClaimed(source, claim));
  if (mine !== undefined) return mine;
  for (let number = (known.at(-1)?.number ?? 0) + 1; number <= SOURCE_NUMBER_MAX; number++) {
    const key = sourceKey(folder, number);
    const source = newSource(folder, number, claim);
    const result = await bucket.put(key, [encodeSource(source)], { contentType: 'application/json' });
    if (result === 'created') return source;
    // Lost the race for this number: to ourselves when an earlier answer was lost, to a replica, or to another topic.
    const winner = await readSource(bucket, key, folder, number);
    if (isClaimed(winner, claim)) return winner;
  }
  throw new AppError(
    'ARCHIVE_SOURCE_CONFLICT',
    `the folder ${folder} has ${SOURCE_NUMBER_MAX} sources: no number is left`,
    {
      subject: sourcesPrefix(folder),
      hint: 'Archive the topic into another folder (option `folder` of the topic).',
    },
  );
}

/**
 * The folder's sources in order; none when there is no such folder.
 * @throws ARCHIVE_SOURCE_CONFLICT, SEGMENT_FORMAT_UNSUPPORTED as above; BUCKET_*.
 */
export async function listSources(bucket: Bucket, folder: string): Promise<Source[]> {
  const sources: Source[] = [];
  for await (const { key } of bucket.list(sourcesPrefix(folder))) {
    const parsed = parseSourceKey(key);
    if (parsed === undefined) continue;
    sources.push(await readSource(bucket, key, folder, parsed.source));
  }
  return sources;
}

/** The folders of the bucket that may hold an archive, ascending. */
export async function* listFolders(bucket: Bucket): AsyncGenerator<string> {
  for await (const folder of bucket.folders('')) if (folderProblem(folder) === undefined) yield folder;
}

/**
 * Understands a source record.
 * @throws ARCHIVE_SOURCE_CONFLICT naming the object; SEGMENT_FORMAT_UNSUPPORTED for a later version.
 */
export function decodeSource(bytes: Uint8Array, key: ObjectKey, folder: string, number: number): Source {
  const record = parseObject(bytes, key);
  const version = record['formatVersion'];
  if (typeof version === 'number' && version !== SOURCE_FORMAT_VERSION) {
    throw new AppError(
      'SEGMENT_FORMAT_UNSUPPORTED',
      `${key} has format version ${version}; this release knows ${SOURCE_FORMAT_VERSION}`,
      {
        subject: key,
        hint: 'Use a later release of bss.',
      },
    );
  }
  const { clusterId, topic, topicId, partitionCount, topicConfig, createdAtMs } = record;
  if (version !== SOURCE_FORMAT_VERSION || record['source'] !== number)
    throw corrupt(key, 'it is not the record of this source');
  if (typeof clusterId !== 'string' || typeof topic !== 'string' || typeof topicId !== 'string') {
    throw corrupt(key, 'clusterId, topic or topicId is not a text');
  }
  if (!isCount(partitionCount) || !isCount(createdAtMs))
    throw corrupt(key, 'partitionCount or createdAtMs is not a count');
  if (!isTextRecord(topicConfig)) throw corrupt(key, 'topicConfig is not an object of texts');
  return { folder, number, clusterId, topic, topicId, partitionCount, topicConfig, createdAtMs };
}

function isClaimed(source: Source, claim: SourceClaim): boolean {
  return source.clusterId === claim.clusterId && source.topicId === claim.topicId;
}

function newSource(folder: string, number: number, claim: SourceClaim): Source {
  const { clusterId, topic, topicId, partitionCount, nowMs } = claim;
  const topicConfig = Object.fromEntries([...claim.topicConfig].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return { folder, number, clusterId, topic, topicId, partitionCount, topicConfig, createdAtMs: nowMs };
}

function encodeSource(source: Source): Uint8Array {
  const { number, clusterId, topic, topicId, partitionCount, topicConfig, createdAtMs } = source;
  const record = {
    formatVersion: SOURCE_FORMAT_VERSION,
    source: number,
    clusterId,
    topic,
    topicId,
    partitionCount,
    topicConfig,
    createdAtMs,
  };
  return Buffer.from(`${JSON.stringify(record, null, 2)}\n`);
}

async function readSource(bucket: Bucket, key: ObjectKey, folder: string, number: number): Promise<Source> {
  return decodeSource(await bucket.get(key), key, folder, number);
}

function parseObject(bytes: Uint8Array, key: ObjectKey): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw corrupt(key, 'it is not JSON', cause);
  }
  if (!isRecord(value)) throw corrupt(key, 'it is not a JSON object');
  return value;
}

function corrupt(key: ObjectKey, reason: string, cause?: unknown): AppError {
  return new AppError('ARCHIVE_SOURCE_CONFLICT', `the source record ${key} cannot be understood: ${reason}`, {
    subject: key,
    hint: 'Restore the object from a copy or an earlier version. Without it nobody knows which topic its segments are of.',
    cause,
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTextRecord(value: unknown): value is Record<string, string> {
  return isRecord(value) && Object.values(value).every((entry) => typeof entry === 'string');
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
