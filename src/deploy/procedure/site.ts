import { stringify } from 'yaml';
import type { Bucket } from '../../core/bucket/bucket.ts';
import { openBucket } from '../../core/bucket/open-bucket.ts';
import { bucketOptions } from '../../core/config/bucket-options.ts';
import { kafkaConnection } from '../../core/config/kafka-options.ts';
import { type ConfigSources, loadConfig } from '../../core/config/load-config.ts';
import type { Environment } from '../../core/config/option.ts';
import type { ReloaderConfig } from '../../core/config/reloader-options.ts';
import { RELOADER_SHAPE, STORER_SHAPE } from '../../core/config/service-shapes.ts';
import type { StorerConfig } from '../../core/config/storer-options.ts';
import { connectKafka } from '../../core/kafka/connect-kafka.ts';
import type { KafkaClient } from '../../core/kafka/kafka-client.ts';
import type { Clock } from '../../core/runtime/clock.ts';
import type { CdcDriver } from '../cdc/cdc-driver.ts';
import { createCdcDriver } from '../cdc/create-cdc-driver.ts';
import type { Deployment } from '../facts/deployment.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { createRuntime } from '../runtime/create-runtime.ts';

/** All that a procedure works with: what is to be deployed, and the landscape that it is deployed into. */
export interface Site {
  readonly deployment: Deployment;
  /** The run of the procedure: names what is made for it alone. Lower-case letters, digits and hyphens. */
  readonly id: string;
  /** What the Storer is to be in the end; `storer.topics` are the live topics. */
  readonly storer: StorerConfig;
  readonly reloader: ReloaderConfig;
  readonly kafka: KafkaClient;
  readonly bucket: Bucket;
  readonly runtime: Runtime;
  /** Undefined where the deployment has none. */
  readonly cdc: CdcDriver | undefined;
  readonly clock: Clock;
  /** The deployment's own folder on this machine: journal, checkpoints, snapshots. */
  readonly folder: string;
  /** Where relative paths of `deployment.yaml` begin. */
  readonly directory: string;
}

/** What is around a site. */
export interface SiteSurroundings {
  readonly id: string;
  readonly folder: string;
  readonly directory: string;
  readonly environment: Environment;
  readonly clock: Clock;
  readonly coreCount: number;
  readonly readFile: (path: string) => string;
}

/**
 * Connects to what a deployment names; what is opened goes into `resources`.
 * @throws CONFIG_INVALID for the sections of `bss.yaml`, KAFKA_*, BUCKET_*.
 */
export async function openSite(
  deployment: Deployment,
  around: SiteSurroundings,
  resources: AsyncDisposableStack,
): Promise<Site> {
  const { id, folder, directory, environment, clock } = around;
  const sections = sectionsOf(deployment, around);
  const storer = loadConfig(STORER_SHAPE, sections).config;
  const reloader = loadConfig(RELOADER_SHAPE, sections).config;
  const kafka = resources.adopt(await connectKafka(kafkaConnection(storer.kafka)), (client) => client.close());
  const bucket = await openBucket(storer.bucket.url, bucketOptions(storer.bucket));
  const runtime = createRuntime(deployment, { directory, environment, clock });
  const { url: sourceUrl, tables } = deployment.source ?? {};
  const services = { kafka, environment, sourceUrl, tables };
  const cdc = deployment.cdc === undefined ? undefined : createCdcDriver(deployment.cdc, services);
  return { deployment, id, storer, reloader, kafka, bucket, runtime, cdc, clock, folder, directory };
}

/** The sections of `bss.yaml`, as the services read them; variables of whoever runs this set nothing in them. */
function sectionsOf(deployment: Deployment, { coreCount, readFile }: SiteSurroundings): ConfigSources {
  const file = { path: 'deployment.yaml', text: stringify(deployment.bss) };
  return { file, env: {}, flags: new Map(), coreCount, readFile };
}
