import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import type { Bucket } from '../core/bucket/bucket.ts';
import { openBucket } from '../core/bucket/open-bucket.ts';
import { probeBucket } from '../core/bucket/probe-bucket.ts';
import { type BucketConfig, bucketOptions } from '../core/config/bucket-options.ts';
import { connectKafka } from '../core/kafka/connect-kafka.ts';
import type { KafkaClient } from '../core/kafka/kafka-client.ts';
import type { DemoBucket } from './demo-options.ts';
import type { Announce } from './services/cached.ts';
import { type Kafka, startKafka } from './services/kafka.ts';

/** Where the demo happens. Everything is on this machine and temporary, but for a bucket of the user's. */
export interface DemoSite {
  /** Configurations and logs of the processes, and the bucket unless the user gave one. */
  readonly folder: string;
  readonly bucket: Bucket;
  /** The section `bucket` of the processes' configuration. */
  readonly bucketConfig: Readonly<Record<string, unknown>>;
  /** In the bucket; nobody else's. */
  readonly archiveFolder: string;
}

/** Makes the temporary folder and opens the bucket; what is taken into `resources` is removed with them. */
export async function openSite(given: DemoBucket, keep: boolean, resources: AsyncDisposableStack): Promise<DemoSite> {
  const folder = await mkdtemp(join(tmpdir(), 'bss-demo-'));
  resources.defer(() => rm(folder, { recursive: true, force: true }));
  const directory = join(folder, 'bucket');
  await mkdir(directory);
  const url = given.url ?? pathToFileURL(directory).href;
  const config: BucketConfig = { ...given, url };
  const bucket = await openBucket(url, bucketOptions(config));
  // Whatever is wrong with a bucket of the user's shows before anything is started.
  if (given.url !== undefined) await probeBucket(bucket);
  const archiveFolder = given.url === undefined ? 'orders' : `bss-demo-${randomBytes(4).toString('hex')}`;
  if (given.url !== undefined && !keep) resources.defer(() => removeFolder(bucket, archiveFolder));
  const { region, endpoint, accessKeyId, secretAccessKey, sessionToken, pathStyle } = config;
  const bucketConfig = withoutAbsent({ url, region, endpoint, accessKeyId, secretAccessKey, sessionToken, pathStyle });
  return { folder, bucket, bucketConfig, archiveFolder };
}

/** A Kafka of the demo's own, and a client of it. */
export async function openKafka(
  announce: Announce,
  resources: AsyncDisposableStack,
): Promise<{ readonly broker: Kafka; readonly kafka: KafkaClient }> {
  const broker = resources.adopt(await startKafka({ announce }), (started) => started.stop());
  const kafka = await connectKafka({
    bootstrapServers: [broker.bootstrap],
    clientId: 'bss-demo',
    connectTimeoutMs: 10_000,
    requestTimeoutMs: 30_000,
  });
  resources.defer(() => kafka.close());
  return { broker, kafka };
}

async function removeFolder(bucket: Bucket, folder: string): Promise<void> {
  for await (const { key } of bucket.list(`${folder}/`)) await bucket.delete(key);
}

function withoutAbsent(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
