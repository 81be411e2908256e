import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Bucket } from '../core/bucket/bucket.ts';
import { type BucketOptions, openBucket } from '../core/bucket/open-bucket.ts';
import { bucketOptions } from '../core/config/bucket-options.ts';
import { kafkaConnection } from '../core/config/kafka-options.ts';
import type { ReloaderConfig } from '../core/config/reloader-options.ts';
import { connectKafka } from '../core/kafka/connect-kafka.ts';
import { SegmentThreads } from '../core/segment/segment-threads.ts';
import { Reloader, type ReloaderParts } from './reloader.ts';

/** What differs between a reloader that is a service and one that works for a command. */
export interface ReloaderSurroundings extends Pick<ReloaderParts, 'clock' | 'logger' | 'progress'> {
  /** Names the process in the jobs that it carries out; this machine and the process when absent. */
  readonly owner?: string | undefined;
  /** Told of requests to the bucket. */
  readonly observe?: Pick<BucketOptions, 'onCall' | 'retry'>;
}

/**
 * A reloader with all it works with, not yet running. Its connections and threads are closed with `resources`.
 * @throws BUCKET_*, KAFKA_* when it cannot work.
 */
export async function openReloader(
  config: ReloaderConfig,
  surroundings: ReloaderSurroundings,
  resources: AsyncDisposableStack,
): Promise<{ readonly reloader: Reloader; readonly bucket: Bucket }> {
  const { owner = `${hostname()}:${process.pid}`, observe, ...rest } = surroundings;
  const bucket = await openBucket(config.bucket.url, { ...bucketOptions(config.bucket), ...observe });
  const kafka = resources.adopt(await connectKafka(kafkaConnection(config.kafka)), (client) => client.close());
  const threads = resources.adopt(new SegmentThreads({ count: config.reloader.workers }), (pool) => pool.close());
  const reloader = new Reloader({ config, kafka, bucket, threads, randomBytes, random: Math.random, owner, ...rest });
  return { reloader, bucket };
}
