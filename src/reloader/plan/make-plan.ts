import { type CatalogPartition, type CatalogQuery, listPartitions, selectLinks } from '../../core/archive/catalog.ts';
import { mapAhead } from '../../core/archive/map-ahead.ts';
import { listFolders, listSources } from '../../core/archive/source-registry.ts';
import type { Bucket } from '../../core/bucket/bucket.ts';
import { must } from '../../core/assert.ts';
import { AppError } from '../../core/errors.ts';
import type { KafkaClient } from '../../core/kafka/kafka-client.ts';
import type { ReloadRequest } from '../request/reload-request.ts';
import { type PartitionSelection, selectPartition } from './partition-selection.ts';
import { buildPlan, type ReloadPlan } from './reload-plan.ts';
import type { TargetTopic } from './target-notes.ts';

/** Partitions whose chains are followed at once; the bucket bounds its requests itself. */
const PARTITIONS_AHEAD = 16;

/**
 * Plans a request: reads what the bucket and Kafka know, and writes nothing.
 * @throws ARCHIVE_FOLDER_MISSING when nothing of that name is archived; BUCKET_*, KAFKA_*.
 */
export async function makePlan(
  bucket: Bucket,
  kafka: KafkaClient,
  request: ReloadRequest,
  nowMs: number,
): Promise<ReloadPlan> {
  const [selections, target] = await Promise.all([select(bucket, request), describeTarget(kafka, request.targetTopic)]);
  return buildPlan(request, selections, target, nowMs);
}

async function select(bucket: Bucket, request: ReloadRequest): Promise<PartitionSelection[]> {
  const partitions = selectedPartitions(bucket, request);
  const { fromOffset, toOffset, fromTimestampMs, toTimestampMs } = request;
  const query: CatalogQuery = { fromOffset, toOffset, fromTimestampMs, toTimestampMs };
  const selectOne = (at: CatalogPartition): Promise<PartitionSelection> =>
    selectPartition(at.source, at.location.partition, selectLinks(bucket, at, query), request);
  const selections: PartitionSelection[] = [];
  for await (const selection of mapAhead(partitions, selectOne, PARTITIONS_AHEAD)) selections.push(selection);
  return selections;
}

async function* selectedPartitions(bucket: Bucket, request: ReloadRequest): AsyncGenerator<CatalogPartition> {
  const { selection, source, partitions } = request;
  if ('folder' in selection) {
    const sources = source === undefined ? undefined : [source];
    if (
      source !== undefined &&
      !(await listSources(bucket, selection.folder)).some(({ number }) => number === source)
    ) {
      throw nothingOf(`source ${source} of folder ${selection.folder}`, selection.folder);
    }
    yield* listPartitions(bucket, selection.folder, { sources, partitions });
    return;
  }
  let found = false;
  for await (const folder of listFolders(bucket)) {
    const ofTopic = (await listSources(bucket, folder))
      .filter(({ topic, number }) => topic === selection.topic && (source === undefined || number === source))
      .map(({ number }) => number);
    if (ofTopic.length === 0) continue;
    found = true;
    yield* listPartitions(bucket, folder, { sources: ofTopic, partitions });
  }
  if (!found) throw nothingOf(`topic ${selection.topic}`, selection.topic);
}

function nothingOf(what: string, subject: string): AppError {
  return new AppError('ARCHIVE_FOLDER_MISSING', `the bucket holds nothing of ${what}`, {
    subject,
    hint: 'GET /v1/folders and `bss archive ls` show what is archived.',
  });
}

/** Undefined when the topic does not exist. */
async function describeTarget(kafka: KafkaClient, name: string): Promise<TargetTopic | undefined> {
  const existing = await kafka.existingTopics([name]);
  if (!existing.has(name)) return undefined;
  const [[described], config, clusterId] = await Promise.all([
    kafka.describeTopics([name]),
    kafka.topicConfig(name, { all: true }),
    kafka.clusterId(),
  ]);
  const { id, partitionCount } = must(described, name);
  const partitions = Array.from({ length: partitionCount }, (_, partition) => ({ topic: name, partition }));
  const [starts, ends] = await Promise.all([
    kafka.listOffsets(partitions, 'earliest'),
    kafka.listOffsets(partitions, 'latest'),
  ]);
  let offsetCount = 0n;
  for (const [at, end] of ends) offsetCount += end - (starts.get(at) ?? 0n);
  return { name, id, clusterId, partitionCount, config, offsetCount };
}
