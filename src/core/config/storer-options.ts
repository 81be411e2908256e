import { BUCKET_OPTIONS, bucketProblems } from './bucket-options.ts';
import type { ConfigOf } from './config-of.ts';
import { kafkaOptions, kafkaProblems } from './kafka-options.ts';
import { optional, required, withDefault } from './option.ts';
import { boolean, duration, integer, oneOf, size, text } from './option-types.ts';
import { drainTimeout, SERVICE_OPTIONS } from './service-options.ts';
import { startPosition } from './start-position.ts';
import { topicMappings } from './topic-mapping.ts';
import { topicName } from './topic-name.ts';

/** Every option of the Storer. */
export const STORER_OPTIONS = {
  ...kafkaOptions('bss-storer'),
  ...BUCKET_OPTIONS,
  'storer.groupId': required(text, {
    doc: 'Consumer group. Replicas with the same one share the work; another archive needs another group.',
    aliases: [{ env: 'KAFKA_GROUP_ID' }],
  }),
  'storer.instanceId': optional(text, {
    doc: 'Name of this replica, different for each and the same after a restart: then a restart within the session timeout moves no partitions.',
    defaultText: 'none: partitions move when a replica comes or goes',
  }),
  'storer.topics': required(topicMappings, {
    doc: 'What to archive: topic names, or `{topic, folder, postIngestion}`.',
  }),
  'storer.eventsTopic': optional(topicName, {
    doc: 'Topic that each stored segment is announced on.',
    defaultText: 'none: nothing is announced',
    aliases: [{ env: 'BSS_EVENTS_TOPIC' }],
  }),
  'storer.enablePostIngestion': withDefault(boolean, true, {
    doc: 'Whether records are forwarded to the post-ingestion topics.',
    aliases: [{ env: 'BSS_ENABLE_POST_INGESTION' }],
  }),
  'storer.startPosition': withDefault(startPosition, 'earliest', {
    doc: 'Where to start in a partition of which nothing is archived or committed: earliest, latest or a time. With latest, a partition that is added later is archived whole.',
    aliases: [{ env: 'KAFKA_DEQUEUE_STRATEGY' }],
  }),
  'storer.isolation': withDefault(oneOf('read_committed', 'read_uncommitted'), 'read_committed', {
    doc: 'Whether records of open and aborted transactions are left out.',
  }),
  'storer.compression': withDefault(oneOf('none', 'gzip', 'zstd'), 'zstd', { doc: 'How segments are compressed.' }),
  'storer.compressionLevel': withDefault(integer(1, 19), 1, {
    doc: 'More is smaller and slower. gzip knows 1 to 9.',
  }),
  'storer.rotation.segmentSize': withDefault(
    size('4KiB', '1GiB'),
    ({ valueOf }) => (valueOf('storer.compression') === 'none' ? '12MiB' : '64MiB'),
    {
      doc: 'Size at which a segment is written, before compression. Segments in the making are in memory, compressed.',
      defaultText: '64MiB, and 12MiB when segments are not compressed',
    },
  ),
  'storer.rotation.ageMax': withDefault(duration('100ms', '30d'), '10m', {
    doc: 'Age of the oldest unarchived record at which a segment is written however small it is.',
  }),
  'storer.rotation.pollInterval': withDefault(duration('10ms', '1m'), '500ms', {
    doc: "How often the ends of the partitions' logs are looked at.",
    aliases: [{ env: 'KAFKA_MAX_POLL_MS' }],
  }),
  'storer.rotation.alignTo': optional(duration('1s', '1d'), {
    doc: 'Writes segments whenever the wall clock (UTC) passes a multiple of this too, such as 1h.',
    defaultText: 'no alignment',
  }),
  'storer.workers': withDefault(integer(1, 64), ({ coreCount }) => Math.min(coreCount, 8), {
    doc: 'Threads that encode and compress.',
    defaultText: 'number of processor cores, at most 8',
  }),
  'storer.segmentsInFlight': withDefault(integer(1, 256), ({ valueOf }) => Number(valueOf('storer.workers')) + 2, {
    doc: 'Segments in the making at once. Memory grows with this times the segment size, and with nothing else.',
    defaultText: 'workers + 2',
  }),
  'storer.drainTimeout': drainTimeout('How long stopping may take: what is in flight is finished and committed.'),
  'storer.sessionTimeout': withDefault(duration('1s', '30m'), '45s', {
    doc: 'After this long without a sign of life a replica loses its partitions.',
  }),
  'storer.rebalanceTimeout': withDefault(duration('1s', '30m'), '60s', {
    doc: 'How long replicas may take to finish what is in flight when partitions move.',
  }),
  'storer.transactionTimeout': withDefault(duration('1s', '15m'), '15s', {
    doc: 'After this long Kafka aborts the transaction of a replica that died.',
  }),
  ...SERVICE_OPTIONS,
};

/** The configuration of the Storer. */
export type StorerConfig = ConfigOf<typeof STORER_OPTIONS>;

/** What is wrong between options of which each alone is right; each names the option to look at. */
export function storerProblems(config: StorerConfig): { readonly path: string; readonly problem: string }[] {
  const { storer } = config;
  const problems = [...kafkaProblems(config.kafka), ...bucketProblems(config.bucket)];
  if (storer.compression === 'gzip' && storer.compressionLevel > 9) {
    problems.push({ path: 'storer.compressionLevel', problem: 'must be from 1 to 9 with gzip' });
  }
  if (storer.topics.some(({ topic }) => topic === storer.eventsTopic)) {
    problems.push({ path: 'storer.eventsTopic', problem: 'must not be one of the archived topics' });
  }
  if (storer.rebalanceTimeoutMs < storer.rotation.pollIntervalMs) {
    problems.push({ path: 'storer.rebalanceTimeout', problem: 'must be at least storer.rotation.pollInterval' });
  }
  return problems;
}
