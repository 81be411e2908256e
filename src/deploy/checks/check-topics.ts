import type { KafkaClient, TopicDescription } from '../../core/kafka/kafka-client.ts';
import { type CheckResult, held, refused } from './check-result.ts';

/** A topic, and another one that must have the same partitions. */
export interface TopicPair {
  readonly topic: string;
  readonly like: string;
}

/** All of these topics exist. DEPLOY_TOPIC_MISSING names all that do not. */
export async function checkTopicsExist(kafka: KafkaClient, topics: readonly string[]): Promise<CheckResult> {
  const existing = await kafka.existingTopics(topics);
  const missing = topics.filter((topic) => !existing.has(topic));
  const check = `the topics ${topics.join(', ')} exist`;
  if (missing.length === 0) return held(check, { topics });
  const names = missing.join(', ');
  return refused(
    check,
    { topics, missing },
    {
      code: 'DEPLOY_TOPIC_MISSING',
      message: missing.length === 1 ? `Topic ${names} does not exist` : `Topics ${names} do not exist`,
      subject: names,
      hint: 'Create what is missing, or correct the names in deployment.yaml. Nothing was changed.',
    },
  );
}

/** Each pair of topics has the same partitions: else records of one key would not stay in order. They exist. */
export async function checkPartitionsAlike(kafka: KafkaClient, pairs: readonly TopicPair[]): Promise<CheckResult> {
  const names = [...new Set(pairs.flatMap(({ topic, like }) => [topic, like]))];
  return partitionsAlike(pairs, await kafka.describeTopics(names));
}

/** The decision of `checkPartitionsAlike`, from descriptions of all the topics. DEPLOY_PARTITION_MISMATCH. */
export function partitionsAlike(pairs: readonly TopicPair[], described: readonly TopicDescription[]): CheckResult {
  const counts = new Map(described.map(({ name, partitionCount }) => [name, partitionCount]));
  const found = pairs.map(({ topic, like }) => {
    return { topic, partitions: counts.get(topic) ?? 0, like, likePartitions: counts.get(like) ?? 0 };
  });
  const check = pairs.map(({ topic, like }) => `${topic} has as many partitions as ${like}`).join(', ');
  const unlike = found.filter(({ partitions, likePartitions }) => partitions !== likePartitions);
  if (unlike.length === 0) return held(check, found);
  const [first] = unlike;
  const texts = unlike.map(
    ({ topic, partitions, like, likePartitions }) =>
      `${topic} has ${partitions} partitions, but ${like} ${likePartitions}`,
  );
  return refused(check, found, {
    code: 'DEPLOY_PARTITION_MISMATCH',
    message: texts.join('; '),
    subject: first?.topic ?? '',
    hint: 'A key would be in another partition there. Delete the topic that is wrong and let it be created anew, or name another one.',
  });
}
