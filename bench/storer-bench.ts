import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { addLink, listPartitions, NO_TOTALS, selectLinks } from '../src/core/archive/catalog.ts';
import { openBucket } from '../src/core/bucket/open-bucket.ts';
import { AppError } from '../src/core/errors.ts';
import type { KafkaClient } from '../src/core/kafka/kafka-client.ts';
import { freePorts } from '../src/demo/services/free-ports.ts';
import { PARTITIONS } from './fill-topic.ts';
import { type LogLine, measureService, type WorkSpan } from './measured-service.ts';
import type { OurRun } from './paired-runs.ts';

export interface StorerRunOptions {
  readonly kafka: KafkaClient;
  readonly bootstrap: string;
  readonly topic: string;
  readonly records: number;
  readonly compression: 'zstd' | 'none';
  /** Made for this run; the archive stays there. */
  readonly folder: string;
}

/** Threads that the comparison allows. */
const WORKERS = 2;

/**
 * Lets `bss storer` archive the topic into an empty directory bucket. The clock runs from the group's assignment (as that
 * of Kafka's tool, which leaves joining the group out) to the last commit, so everything counts: fetching, encoding,
 * compressing, the durable write of every segment, the transactions that announce and commit them, and the time that
 * the last, smaller segments wait to become due.
 * @throws SETUP_FAILED when the archive does not hold exactly the records of the topic.
 */
export async function runStorer(options: StorerRunOptions): Promise<OurRun> {
  const { kafka, bootstrap, topic, records, compression, folder } = options;
  const bucketFolder = bucketFolderOf(folder);
  await mkdir(bucketFolder, { recursive: true });
  const [port] = await freePorts(1);
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({ topic, partition }));
  const ends = await kafka.listOffsets(partitions, 'stable');
  const config = {
    kafka: { brokers: [bootstrap] },
    bucket: { url: pathToFileURL(bucketFolder).href },
    storer: {
      groupId: `bench-${process.pid}-${Date.now()}`,
      topics: [topic],
      compression,
      workers: WORKERS,
      rotation: { ageMax: '100ms', pollInterval: '50ms' },
    },
    http: { host: '127.0.0.1', port },
    log: { level: 'info' },
  };
  const run = await measureService({ command: 'storer', config, folder }, records, (log) => storerSpan(log, ends));
  await checkArchive(bucketFolder, topic, records);
  return run;
}

/** Where a run's archive is, for whoever reloads it. */
export function bucketFolderOf(folder: string): string {
  return join(folder, 'bucket');
}

/** From the first assignment to the commit that completed the last partition. */
function storerSpan(log: readonly LogLine[], ends: ReadonlyMap<string, bigint>): WorkSpan | undefined {
  const start = log.find(({ msg }) => msg === 'partitions assigned');
  const reached = new Set<string>();
  for (const { msg, time, partition, offset } of log) {
    if (msg !== 'committed' || start === undefined) continue;
    const end = ends.get(String(partition));
    if (end !== undefined && BigInt(String(offset)) >= end) reached.add(String(partition));
    if (reached.size === ends.size) return { startMs: start.time, endMs: time };
  }
  return undefined;
}

async function checkArchive(bucketFolder: string, topic: string, records: number): Promise<void> {
  const bucket = await openBucket(pathToFileURL(bucketFolder).href);
  let totals = NO_TOTALS;
  for await (const partition of listPartitions(bucket, topic)) {
    for await (const link of selectLinks(bucket, partition)) totals = addLink(totals, link);
  }
  if (totals.recordCount === records && totals.missingOffsets === 0n) return;
  const found = `${totals.recordCount} records and lacks ${totals.missingOffsets} offsets`;
  throw new AppError('SETUP_FAILED', `the archive of ${topic} has ${found}; the topic has ${records} records`, {
    subject: topic,
  });
}
