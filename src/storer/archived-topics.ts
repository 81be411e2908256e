import { claimSource, type Source } from '../core/archive/source-registry.ts';
import type { Bucket } from '../core/bucket/bucket.ts';
import { AppError } from '../core/errors.ts';
import type { KafkaClient, TopicDescription } from '../core/kafka/kafka-client.ts';
import { topicRetention, type TopicRetention } from './topic-retention.ts';

/** A topic as the configuration names it. */
export interface TopicRoute {
  readonly topic: string;
  readonly folder: string;
  /** Topics that get every archived record once more; empty: none. */
  readonly postIngestion: readonly string[];
}

/** A topic that is being archived: what it is in Kafka, and where it goes. */
export interface ArchivedTopic {
  readonly route: TopicRoute;
  readonly description: TopicDescription;
  readonly source: Source;
  readonly retention: TopicRetention;
}

/**
 * Looks the routes' topics up, and claims their sources in the bucket.
 * @throws KAFKA_TOPIC_MISSING, ARCHIVE_SOURCE_CONFLICT, BUCKET_*.
 */
export async function openTopics(
  kafka: KafkaClient,
  bucket: Bucket,
  routes: readonly TopicRoute[],
  nowMs: number,
): Promise<Map<string, ArchivedTopic>> {
  const clusterId = await kafka.clusterId();
  const descriptions = await kafka.describeTopics(routes.map((route) => route.topic));
  const opened = new Map<string, ArchivedTopic>();
  for (const [i, route] of routes.entries()) {
    const description = descriptions[i];
    if (description === undefined) continue;
    const source = await claimSource(bucket, route.folder, {
      clusterId,
      topic: route.topic,
      topicId: description.id,
      partitionCount: description.partitionCount,
      topicConfig: await kafka.topicConfig(route.topic),
      nowMs,
    });
    const retention = topicRetention(await kafka.topicConfig(route.topic, { all: true }));
    opened.set(route.topic, { route, description, source, retention });
  }
  return opened;
}

/** The routes whose topics exist. A topic that was deleted while we run is no reason to stop archiving the others. */
export async function existingRoutes(kafka: KafkaClient, routes: readonly TopicRoute[]): Promise<TopicRoute[]> {
  const existing = await kafka.existingTopics(routes.map((route) => route.topic));
  return routes.filter((route) => existing.has(route.topic));
}

/**
 * A forwarded record keeps its partition, so a target must have at least as many. That is a question for the start: when
 * a topic gets more partitions later, those that cannot be forwarded are stopped, and the others go on.
 * @throws KAFKA_TOPIC_MISSING, KAFKA_PARTITION_MISMATCH.
 */
export async function checkPostIngestion(kafka: KafkaClient, topics: Iterable<ArchivedTopic>): Promise<void> {
  const all = [...topics];
  const names = [...new Set(all.flatMap(({ route }) => route.postIngestion))];
  if (names.length === 0) return;
  const counts = new Map((await kafka.describeTopics(names)).map((topic) => [topic.name, topic.partitionCount]));
  for (const { route, description } of all) {
    const wanted = description.partitionCount;
    for (const target of route.postIngestion) {
      const has = counts.get(target) ?? 0;
      if (has >= wanted) continue;
      throw new AppError(
        'KAFKA_PARTITION_MISMATCH',
        `forwarding ${route.topic} to ${target}: it has ${has} partitions, and ${wanted} are needed`,
        { subject: target, hint: `Give ${target} ${wanted} partitions (kafka-topics --alter --partitions ${wanted}).` },
      );
    }
  }
}
