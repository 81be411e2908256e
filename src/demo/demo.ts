import type { KafkaClient } from '../core/kafka/kafka-client.ts';
import type { Clock } from '../core/runtime/clock.ts';
import { formatCount, formatRate } from '../core/runtime/human-units.ts';
import { archiveTopic } from './archive-topic.ts';
import { findTellingLine, formatLine, formatTree, readSegments, type ShownSegment } from './archive-tree.ts';
import { compareTopic } from './compare-topic.ts';
import type { DemoBucket, DemoOptions } from './demo-options.ts';
import type { DemoScreen } from './demo-screen.ts';
import { type DemoSite, openKafka, openSite } from './demo-site.ts';
import { formatOddities, formatSummary } from './demo-summary.ts';
import { orderEvents, type OrderEventsOptions } from './order-events.ts';
import { type Produced, produceEvents } from './produce-events.ts';
import { type Reloaded, reloadTopic } from './reload-topic.ts';
import type { Kafka } from './services/kafka.ts';
import { KAFKA_VERSION } from './services/kafka-distribution.ts';

/** What the demo is made of. */
export interface DemoParts {
  readonly options: DemoOptions;
  readonly bucket: DemoBucket;
  readonly screen: DemoScreen;
  readonly clock: Clock;
}

/** What is left when the demo kept everything: how to reach it. */
export interface DemoRemains {
  readonly broker: Kafka;
  readonly site: DemoSite;
  readonly reloaded: Reloaded;
  readonly copyTopic: string;
}

const TOPIC = 'shop.orders';
const EVENTS_TOPIC = 'shop.orders.segments';
/** Empty, with as many partitions: for who looks around, to reload into. */
const COPY_TOPIC = 'shop.orders.copy';
const PARTITIONS = 6;
const EVENT_EVERY_MS = 100;

/**
 * The main job on real services: a topic is archived to a bucket, deleted, reloaded, and compared with what was
 * produced. Everything that is started or made goes into `resources`.
 * @throws whatever went wrong; Error (a bug) when a record did not come back as it was.
 */
export async function runDemo(
  { options, bucket, screen, clock }: DemoParts,
  resources: AsyncDisposableStack,
): Promise<DemoRemains> {
  const { palette } = screen;
  screen.write('', palette.bold('A Kafka topic goes to a bucket and comes back, byte for byte'), '');
  const site = await openSite(bucket, options.keep, resources);
  const { broker, kafka } = await startStep(screen, resources);
  const events: OrderEventsOptions = {
    count: options.records,
    partitionCount: PARTITIONS,
    seed: clock.nowMs() % 2 ** 31,
    startMs: clock.nowMs() - options.records * EVENT_EVERY_MS,
  };
  const produced = await produceStep(screen, kafka, events);
  const { segments, archivedMs } = await archiveStep(
    screen,
    { broker, kafka, site, records: produced.records },
    resources,
  );
  await deleteStep(screen, kafka);
  const reloaded = await reloadStep(screen, { broker, site }, resources);
  await compareStep(screen, kafka, events, produced);
  const figures = {
    produced,
    segments,
    archivedMs,
    reloadedMs: reloaded.workMs,
    transactions: reloaded.job.progress.transactions,
  };
  screen.write('', ...formatSummary(figures, palette), '');
  if (options.keep) await kafka.createTopics([{ name: COPY_TOPIC, partitionCount: PARTITIONS, replicationFactor: 1 }]);
  return { broker, site, reloaded, copyTopic: COPY_TOPIC };
}

async function startStep(
  screen: DemoScreen,
  resources: AsyncDisposableStack,
): Promise<{ broker: Kafka; kafka: KafkaClient }> {
  const { result } = await screen.step(
    `Starting Apache Kafka ${KAFKA_VERSION}`,
    () => openKafka((line) => screen.announce(line), resources),
    ({ broker }) => `Started Apache Kafka ${KAFKA_VERSION} on ${broker.bootstrap}`,
  );
  return result;
}

async function produceStep(screen: DemoScreen, kafka: KafkaClient, events: OrderEventsOptions): Promise<Produced> {
  const topics = [
    { name: TOPIC, partitionCount: PARTITIONS, replicationFactor: 1 },
    { name: EVENTS_TOPIC, partitionCount: 1, replicationFactor: 1 },
  ];
  const { result } = await screen.step(
    `Producing ${formatCount(events.count)} order events`,
    async (progress) => {
      await kafka.createTopics(topics);
      return await produceEvents(kafka, TOPIC, events, (records) => progress(records, events.count, 'records'));
    },
    ({ records }) => `Produced ${formatCount(records)} order events into ${TOPIC}, ${PARTITIONS} partitions`,
  );
  screen.write(...formatOddities(result).map((line) => `    ${screen.palette.dim(line)}`));
  return result;
}

interface ArchiveStepParts {
  readonly broker: Kafka;
  readonly kafka: KafkaClient;
  readonly site: DemoSite;
  readonly records: number;
}

async function archiveStep(
  screen: DemoScreen,
  { broker, kafka, site, records }: ArchiveStepParts,
  resources: AsyncDisposableStack,
): Promise<{ readonly segments: readonly ShownSegment[]; readonly archivedMs: number }> {
  const { bucket, archiveFolder: folder } = site;
  const { result } = await screen.step(
    'Archiving with bss storer',
    async (progress) => {
      const topics = { topic: TOPIC, partitionCount: PARTITIONS, records, eventsTopic: EVENTS_TOPIC };
      const { storer, workMs } = await archiveTopic(
        { kafka, bootstrap: broker.bootstrap, site, ...topics, progress },
        resources,
      );
      // In good order: it would otherwise archive the topic that comes next too.
      await storer.stop(30_000);
      return { segments: await readSegments(bucket, folder), archivedMs: workMs };
    },
    ({ segments }) => `Archived it with bss storer: ${segments.length} files in ${bucket.url}`,
  );
  const { palette, width } = screen;
  const tree = formatTree(folder, result.segments, palette).trimEnd().split('\n');
  const line = formatLine(await findTellingLine(bucket, folder), width - 4, palette);
  screen.write(
    '',
    ...tree.map((text) => `    ${text}`),
    '',
    `    ${palette.dim('One line of one of them, as zstdcat and jq show it:')}`,
  );
  screen.write(...line.map((text) => `    ${text}`), '');
  return result;
}

async function deleteStep(screen: DemoScreen, kafka: KafkaClient): Promise<void> {
  await screen.step(
    'Deleting the topic',
    async () => {
      await kafka.deleteTopics([TOPIC]);
      await kafka.createTopics([{ name: TOPIC, partitionCount: PARTITIONS, replicationFactor: 1 }]);
    },
    () => 'Deleted the topic, and made an empty one of the same name',
  );
}

async function reloadStep(
  screen: DemoScreen,
  { broker, site }: { readonly broker: Kafka; readonly site: DemoSite },
  resources: AsyncDisposableStack,
): Promise<Reloaded> {
  const { result } = await screen.step(
    'Reloading with bss reloader',
    (progress) => reloadTopic({ bootstrap: broker.bootstrap, site, topic: TOPIC, progress }, resources),
    ({ api }) => `Reloaded it with bss reloader, through its REST API on ${api.url}`,
  );
  return result;
}

async function compareStep(
  screen: DemoScreen,
  kafka: KafkaClient,
  events: OrderEventsOptions,
  produced: Produced,
): Promise<void> {
  const { result, durationMs } = await screen.step(
    'Comparing every record with what was produced',
    (progress) =>
      compareTopic(kafka, TOPIC, PARTITIONS, orderEvents(events), (done) => progress(done, events.count, 'records')),
    (compared) => `Compared: all ${formatCount(compared)} records came back as they were, and nothing else did`,
  );
  const rate = formatRate((result * 1000) / durationMs, 'records');
  const what = `partition, order, key, value, headers, timestamp: ${rate}; none of the ${formatCount(produced.aborted)} aborted ones`;
  screen.write(`    ${screen.palette.dim(what)}`);
}
