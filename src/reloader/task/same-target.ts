import { AppError } from '../../core/errors.ts';
import type { KafkaClient } from '../../core/kafka/kafka-client.ts';
import type { TaskRecord } from '../job/job-record.ts';

/**
 * What a task has written is in the target that the job was planned for. In another topic of that name it would be
 * missing, and nobody could tell.
 * @throws RELOAD_TARGET_CHANGED; KAFKA_TOPIC_MISSING and other KAFKA_*
 */
export async function checkSameTarget(kafka: KafkaClient, task: TaskRecord): Promise<void> {
  const { targetTopic, targetTopicId } = task;
  if (targetTopicId === undefined) return;
  const [found] = await kafka.describeTopics([targetTopic]);
  if (found?.id === targetTopicId) return;
  throw new AppError(
    'RELOAD_TARGET_CHANGED',
    `the target topic ${targetTopic} was deleted and created again after the job had begun`,
    { subject: targetTopic, hint: 'Start a new job; what this one had written is gone.' },
  );
}
