import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { addLink, type CatalogTotals, listPartitions, NO_TOTALS, selectLinks } from '../../core/archive/catalog.ts';
import { openBucket } from '../../core/bucket/open-bucket.ts';
import { bucketOptions } from '../../core/config/bucket-options.ts';
import { isAppError } from '../../core/errors.ts';
import { scanBatches } from '../../core/record/batch-header.ts';
import { partitionName } from '../../core/record/topic-partition.ts';
import { findInputs } from '../../load/source/find-inputs.ts';
import { readSnapshotOffsets } from '../../load/snapshot/snapshot-offsets.ts';
import type { ProcedureId } from '../facts/deployment-facts.ts';
import type { NamedOffset } from '../offsets/offset-target.ts';
import type { StepEstimate } from '../step/step.ts';
import { RUN_LOAD } from './cdc-steps.ts';
import { liveTopics } from './live-topics.ts';
import { byName, readPositions } from './positions.ts';
import type { Site } from './site.ts';
import { sourceRows } from './source-rows.ts';

/** What a small machine does: two cores, a disk, a network of a gigabit. */
const RECORDS_PER_SECOND = 100_000;
const BYTES_PER_SECOND = 50_000_000;
/** Debezium there, which makes a message of each row, while others write into its database. */
const CDC_ROWS_PER_SECOND = 5_000;
const SAMPLE_BYTES = 256 * 1024;

type Estimates = Record<string, StepEstimate | undefined>;
type Amount = Pick<StepEstimate, 'records' | 'bytes'>;

/**
 * How much the steps of a procedure will move by what is there now, by the id of the step: what the live topics hold behind
 * the position where their archive will begin, by their offsets and a sample of their records, and what the load has to
 * read. Asks, and changes nothing. What cannot be asked, such as a database that nobody reaches from here, is left out.
 * @throws KAFKA_TOPIC_MISSING
 */
export async function estimateSteps(procedure: ProcedureId, site: Site): Promise<ReadonlyMap<string, StepEstimate>> {
  const found: Estimates = {
    'start-storer': await estimated(() => backlog(site, procedure)),
    ...(await loads(procedure, site)),
  };
  return new Map(Object.entries(found).flatMap(([id, estimate]) => (estimate === undefined ? [] : [[id, estimate]])));
}

async function loads(procedure: ProcedureId, site: Site): Promise<Estimates> {
  const { source, projections, dump } = site.deployment;
  const topics = liveTopics(site);
  const rows = (url: string, tables: Readonly<Record<string, string>>, perSecond?: number) =>
    estimated(async () => ({ records: await sourceRows(url, tables, topics), bytes: undefined }), perSecond);
  if (projections !== undefined && procedure === 'P3') {
    const documents = await rows(projections.url, projections.collections);
    return { 'take-snapshot': documents, [RUN_LOAD]: documents };
  }
  if (dump !== undefined && procedure === 'P5') return { [RUN_LOAD]: await estimated(() => sizeOf(site, dump.inputs)) };
  const { from } = dump?.reconstruct ?? {};
  if (from !== undefined && procedure === 'P6')
    return { 'reconstruct-dump': await estimated(() => eventsIn(site, from)) };
  return source === undefined ? {} : { [RUN_LOAD]: await rows(source.url, source.tables, CDC_ROWS_PER_SECOND) };
}

async function estimated(
  amount: () => Promise<Amount>,
  perSecond: number = RECORDS_PER_SECOND,
): Promise<StepEstimate | undefined> {
  try {
    const { records, bytes } = await amount();
    if (records === undefined && bytes === undefined) return undefined;
    const seconds = Math.max((records ?? 0) / perSecond, (bytes ?? 0) / BYTES_PER_SECOND);
    return { records, bytes, durationMs: Math.ceil(seconds) * 1000 };
  } catch (error) {
    if (isAppError(error) && !isAppError(error, 'KAFKA_TOPIC_MISSING')) return undefined;
    throw error;
  }
}

/** What is in the live topics behind the position where their archive will begin. */
async function backlog(site: Site, procedure: ProcedureId): Promise<Amount> {
  const topics = liveTopics(site);
  const starts = byName(await startsOf(site, procedure, topics));
  const behind = (await readPositions(site.kafka, topics, 'stable')).flatMap((end) => {
    const start = starts.get(partitionName(end)) ?? end.offset;
    return end.offset > start ? [{ ...end, offset: start, records: Number(end.offset - start) }] : [];
  });
  let [records, bytes] = [0, 0];
  for (const at of behind) {
    records += at.records;
    bytes += at.records * (await recordBytes(site, at));
  }
  return { records, bytes: Math.round(bytes) };
}

async function startsOf(
  site: Site,
  procedure: ProcedureId,
  topics: readonly string[],
): Promise<readonly NamedOffset[]> {
  const { projections } = site.deployment;
  if (procedure === 'P3' && projections !== undefined) {
    const { partitions } = await readSnapshotOffsets(site.kafka, projections.group, topics);
    return partitions.map((at) => ({ ...at, offset: BigInt(at.offset) }));
  }
  const { startPosition } = site.storer.storer;
  const isNow = procedure === 'P2' || procedure === 'P4' || startPosition === 'latest';
  return await readPositions(site.kafka, topics, isNow ? 'stable' : startPosition);
}

/** Bytes of a record in the log, compressed as it is there, by the first ones from an offset on. */
async function recordBytes({ kafka }: Site, at: NamedOffset): Promise<number> {
  const request = { ...at, bytesMax: SAMPLE_BYTES, waitMs: 0, isolation: 'read_uncommitted' } as const;
  const { bytes } = await kafka.fetch(request);
  const { wholeBytes, end } = scanBatches(bytes, partitionName(at));
  return end === undefined || end <= at.offset ? 0 : wholeBytes / Number(end - at.offset);
}

async function sizeOf(site: Site, inputs: readonly string[]): Promise<Amount> {
  const bucket = bucketOptions(site.storer.bucket);
  const found = await Promise.all(inputs.map((input) => findInputs(input, { bucket, stdin: Readable.from([]) })));
  return { records: undefined, bytes: found.flat().reduce((sum, input) => sum + (input.bytes.sizeBytes ?? 0), 0) };
}

/** The change events that a dump is rebuilt from, over the folders of all topics. */
async function eventsIn(site: Site, from: string): Promise<Amount> {
  const url = from.includes('://') ? from : pathToFileURL(resolve(site.directory, from)).href;
  const bucket = await openBucket(url, bucketOptions(site.storer.bucket));
  let totals: CatalogTotals = NO_TOTALS;
  for (const { folder } of site.storer.storer.topics) {
    for await (const partition of listPartitions(bucket, folder, {})) {
      for await (const link of selectLinks(bucket, partition, {})) totals = addLink(totals, link);
    }
  }
  return { records: totals.recordCount, bytes: totals.objectBytes };
}
