import { selectLinks } from '../../core/archive/catalog.ts';
import { listSources, type Source } from '../../core/archive/source-registry.ts';
import type { Bucket } from '../../core/bucket/bucket.ts';
import type { KafkaClient } from '../../core/kafka/kafka-client.ts';
import { PartitionReader } from '../../core/kafka/partition-reader.ts';
import type { KafkaRecord } from '../../core/record/kafka-record.ts';
import { type Offset, partitionName, type TopicPartition } from '../../core/record/topic-partition.ts';
import { type ArchivedPartition, collectArchiveFacts } from './archive-facts.ts';
import { readArchivedRecords } from './archived-records.ts';
import { recordDifferences, type RecordDifference, recordDigest } from './compare-records.ts';
import { drawOffsets, type SampledRange } from './sample-offsets.ts';

/** What to compare. */
export interface SampleRequest {
  /** In Kafka; its archive is looked for by its topic id. */
  readonly topic: string;
  readonly folder: string;
  /** Records to compare, at most. */
  readonly count: number;
  readonly nowMs: number;
  /** Numbers from 0 up to, not including, 1: decides which records are looked at. */
  readonly random: () => number;
}

/** Records that are in Kafka still, compared with the archive. */
export interface SampleComparison {
  readonly topic: string;
  readonly folder: string;
  /** Undefined: the folder holds nothing of this topic. */
  readonly source: number | undefined;
  readonly atMs: number;
  readonly records: readonly ComparedRecord[];
}

/** A record of Kafka, and what the archive has at its offset. */
export interface ComparedRecord {
  readonly partition: number;
  readonly offset: Offset;
  readonly timestampMs: bigint;
  /** Of key and value. */
  readonly bytes: number;
  /** Of the record in Kafka: see `recordDigest`. */
  readonly sha256: string;
  readonly outcome: 'equal' | 'different' | 'absent';
  readonly differences: readonly RecordDifference[];
}

/**
 * Draws offsets that both Kafka and the archive cover, across all partitions, reads the record at (or next after) each from
 * both, and compares them byte by byte: timestamp, key, value, headers. Kafka is read as a read_committed consumer reads it,
 * and the archive with the plain decoder: neither shares code with what the Storer is fast with. Records that a recorded gap of
 * the archive passes over (skipped by an operator) are not compared.
 * @throws KAFKA_*, ARCHIVE_*, SEGMENT_*, BUCKET_*
 */
export async function compareSamples(
  kafka: KafkaClient,
  bucket: Bucket,
  request: SampleRequest,
): Promise<SampleComparison> {
  const { topic, folder, count, nowMs, random } = request;
  const [described] = await kafka.describeTopics([topic]);
  const source = (await listSources(bucket, folder)).find((each) => each.topicId === described?.id);
  const about = { topic, folder, source: source?.number, atMs: nowMs };
  if (source === undefined) return { ...about, records: [] };
  const { sources } = await collectArchiveFacts(bucket, folder);
  const partitions = sources.find((each) => each.source.number === source.number)?.partitions ?? [];
  const ranges = await commonRanges(kafka, topic, partitions);
  const records: ComparedRecord[] = [];
  const seen = new Set<string>();
  for (const { partition, offset } of drawOffsets(ranges, count, random)) {
    const at = { topic, partition };
    const end = ranges.find((each) => each.partition === partition)?.range.end ?? offset;
    const record = await new PartitionReader(kafka, at, end, offset).next();
    // Where there is no record at the offset (a marker), the next one is taken; it may have been drawn too.
    if (record === undefined || record.offset >= end || seen.has(`${partition}-${record.offset}`)) continue;
    seen.add(`${partition}-${record.offset}`);
    const archived = await readArchived(bucket, source, at, record.offset);
    if (archived !== 'explained') records.push(compared(partition, record, archived));
  }
  return { ...about, records };
}

async function commonRanges(
  kafka: KafkaClient,
  topic: string,
  archived: readonly ArchivedPartition[],
): Promise<SampledRange[]> {
  const partitions = archived.map(({ partition }) => ({ topic, partition }));
  const starts = await kafka.listOffsets(partitions, 'earliest');
  const ends = await kafka.listOffsets(partitions, 'stable');
  return archived.flatMap(({ partition, range }) => {
    const name = partitionName({ topic, partition });
    const [logStart, logEnd] = [starts.get(name), ends.get(name)];
    if (range === undefined || logStart === undefined || logEnd === undefined) return [];
    const start = range.start > logStart ? range.start : logStart;
    const end = range.end < logEnd ? range.end : logEnd;
    return start < end ? [{ partition, range: { start, end } }] : [];
  });
}

/** The archived record at an offset; `explained` where a recorded gap says why there is none. */
async function readArchived(
  bucket: Bucket,
  source: Source,
  { partition }: TopicPartition,
  offset: Offset,
): Promise<KafkaRecord | 'explained' | undefined> {
  const location = { folder: source.folder, source: source.number, partition };
  const wanted = { start: offset, end: offset + 1n };
  const query = { fromOffset: wanted.start, toOffset: wanted.end };
  for await (const link of selectLinks(bucket, { source, location }, query)) {
    if (link.kind === 'gap') return link.reason === 'missing' ? undefined : 'explained';
    for await (const record of readArchivedRecords(bucket, link, wanted)) return record;
  }
  return undefined;
}

function compared(partition: number, record: KafkaRecord, archived: KafkaRecord | undefined): ComparedRecord {
  const { offset, timestampMs, key, value } = record;
  const differences = archived === undefined ? [] : recordDifferences(record, archived);
  const outcome = archived === undefined ? 'absent' : differences.length === 0 ? 'equal' : 'different';
  const bytes = (key?.length ?? 0) + (value?.length ?? 0);
  return { partition, offset, timestampMs, bytes, sha256: recordDigest(record), outcome, differences };
}
