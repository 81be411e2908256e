import { BUCKET_OPTIONS, bucketProblems } from './bucket-options.ts';
import type { ConfigOf } from './config-of.ts';
import { kafkaOptions, kafkaProblems } from './kafka-options.ts';
import { optional, withDefault } from './option.ts';
import { duration, integer, size, text } from './option-types.ts';
import { drainTimeout, SERVICE_OPTIONS } from './service-options.ts';
import { topicName } from './topic-name.ts';

/** Every option of the Reloader. */
export const RELOADER_OPTIONS = {
  ...kafkaOptions('bss-reloader'),
  ...BUCKET_OPTIONS,
  'reloader.groupId': withDefault(text, 'bss-reloader', {
    doc: 'Consumer group that shares out the tasks. Replicas with the same one work together.',
    aliases: [{ env: 'KAFKA_GROUP_ID' }],
  }),
  'reloader.instanceId': optional(text, {
    doc: 'Name of this replica, different for each and the same after a restart: then a restart within the session timeout moves no tasks.',
    defaultText: 'none: tasks move when a replica comes or goes',
  }),
  'reloader.jobsTopic': withDefault(topicName, 'bss.reloader.jobs', {
    doc: 'Compacted topic that keeps jobs and checkpoints; made when it does not exist.',
  }),
  'reloader.tasksTopic': withDefault(topicName, 'bss.reloader.tasks', {
    doc: 'Topic that tasks are handed out on; made when it does not exist.',
  }),
  'reloader.tasksTopicPartitions': withDefault(integer(1, 1000), 16, {
    doc: 'Partitions of the tasks topic when it is made: an upper bound for the replicas that share a job.',
  }),
  'reloader.internalReplicationFactor': withDefault(integer(-1, 32), -1, {
    doc: "Replicas of those two topics when they are made; -1 is the broker's default.",
  }),
  'reloader.workers': withDefault(integer(1, 64), ({ coreCount }) => Math.min(coreCount, 8), {
    doc: 'Threads that decompress, decode and make record batches.',
    defaultText: 'number of processor cores, at most 8',
  }),
  'reloader.tasksInFlight': withDefault(integer(1, 256), ({ valueOf }) => Number(valueOf('reloader.workers')), {
    doc: 'Partitions that this replica reloads at once.',
    defaultText: 'workers',
  }),
  'reloader.transactionSizeMax': withDefault(size('1MiB', '1GiB'), '64MiB', {
    doc: 'Record bytes after which a transaction is committed, with its checkpoint.',
  }),
  'reloader.transactionAgeMax': withDefault(duration('50ms', '1m'), '1s', {
    doc: 'Time after which a transaction is committed: readers of the target wait that long at most.',
  }),
  'reloader.transactionTimeout': withDefault(duration('1s', '15m'), '15s', {
    doc: 'After this long Kafka aborts the transaction of a replica that died.',
  }),
  'reloader.sessionTimeout': withDefault(duration('1s', '30m'), '10s', {
    doc: 'After this long without a sign of life the tasks of a replica are taken over.',
  }),
  'reloader.rebalanceTimeout': withDefault(duration('1s', '30m'), '30s', {
    doc: 'How long replicas may take to commit what is in flight when tasks move.',
  }),
  'reloader.jobsKeptMax': withDefault(integer(1, 100_000), 1000, {
    doc: 'Finished jobs that are remembered; the oldest are forgotten first.',
  }),
  'reloader.drainTimeout': drainTimeout('How long stopping may take: what is in flight is committed.'),
  'reloader.apiToken': optional(text, {
    doc: 'Token that callers of the API must send (`Authorization: Bearer ...`).',
    secret: true,
    defaultText: 'none: the API is open to everybody who can reach it',
  }),
  ...SERVICE_OPTIONS,
};

/** The configuration of the Reloader. */
export type ReloaderConfig = ConfigOf<typeof RELOADER_OPTIONS>;

/** What is wrong between options of which each alone is right; each names the option to look at. */
export function reloaderProblems(config: ReloaderConfig): { readonly path: string; readonly problem: string }[] {
  const { reloader } = config;
  const problems = [...kafkaProblems(config.kafka), ...bucketProblems(config.bucket)];
  if (reloader.jobsTopic === reloader.tasksTopic) {
    problems.push({ path: 'reloader.tasksTopic', problem: 'must differ from reloader.jobsTopic' });
  }
  if (reloader.internalReplicationFactor === 0) {
    problems.push({ path: 'reloader.internalReplicationFactor', problem: 'must be -1 or above 0' });
  }
  if (reloader.transactionAgeMaxMs >= reloader.transactionTimeoutMs) {
    problems.push({ path: 'reloader.transactionAgeMax', problem: 'must be shorter than reloader.transactionTimeout' });
  }
  return problems;
}
