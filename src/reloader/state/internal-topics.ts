import { must } from '../../core/assert.ts';
import { AppError } from '../../core/errors.ts';
import type { KafkaClient, TopicDescription } from '../../core/kafka/kafka-client.ts';

/** The two topics that jobs live in. */
export interface InternalTopics {
  readonly jobsTopic: string;
  readonly tasksTopic: string;
  /** How many partitions the tasks topic has; it may have been made by another replica with other options. */
  readonly tasksPartitionCount: number;
}

/** How the topics are to be made when they do not exist. */
export interface InternalTopicOptions {
  readonly jobsTopic: string;
  readonly tasksTopic: string;
  readonly tasksTopicPartitions: number;
  /** -1: the broker's default. */
  readonly replicationFactor: number;
}

/**
 * Nothing may expire: only compaction removes what a newer record replaces. Small segments, so that it gets to work
 * and a starting replica reads little.
 */
const TOPIC_CONFIG = {
  'cleanup.policy': 'compact',
  'min.cleanable.dirty.ratio': '0.1',
  'segment.ms': '3600000',
  'segment.bytes': String(64 * 1024 * 1024),
  'compression.type': 'producer',
};

/**
 * Makes the topics that are missing, and looks at those that are there.
 * @throws CONFIG_INVALID when an existing one could lose records, or has not the partitions that it must have.
 */
export async function prepareInternalTopics(
  kafka: KafkaClient,
  options: InternalTopicOptions,
): Promise<InternalTopics> {
  const { jobsTopic, tasksTopic, tasksTopicPartitions, replicationFactor } = options;
  const wanted = [
    { name: jobsTopic, partitionCount: 1 },
    { name: tasksTopic, partitionCount: tasksTopicPartitions },
  ];
  const existing = await kafka.existingTopics([jobsTopic, tasksTopic]);
  const missing = wanted.filter(({ name }) => !existing.has(name));
  await kafka.createTopics(missing.map((topic) => ({ ...topic, replicationFactor, config: TOPIC_CONFIG })));
  const [jobs, tasks] = await kafka.describeTopics([jobsTopic, tasksTopic]);
  await checkTopic(kafka, must(jobs, jobsTopic), 'reloader.jobsTopic');
  const described = must(tasks, tasksTopic);
  await checkTopic(kafka, described, 'reloader.tasksTopic');
  return { jobsTopic, tasksTopic, tasksPartitionCount: described.partitionCount };
}

async function checkTopic(kafka: KafkaClient, topic: TopicDescription, option: string): Promise<void> {
  const config = await kafka.topicConfig(topic.name, { all: true });
  const policy = config.get('cleanup.policy');
  if (policy !== 'compact') {
    throw new AppError('CONFIG_INVALID', `the topic ${topic.name} has cleanup.policy ${policy}, which loses jobs`, {
      subject: option,
      hint: `Set cleanup.policy=compact on ${topic.name}, or name another topic with ${option}.`,
    });
  }
  if (option === 'reloader.jobsTopic' && topic.partitionCount !== 1) {
    throw new AppError('CONFIG_INVALID', `the topic ${topic.name} has ${topic.partitionCount} partitions, not 1`, {
      subject: option,
      hint: `Name another topic with ${option}; it is made when it does not exist.`,
    });
  }
}
