import type { KafkaClient } from '../../core/kafka/kafka-client.ts';
import { readOffsetFacts } from './offset-facts.ts';
import type { OffsetTarget } from './offset-target.ts';
import type { OffsetsPlan } from './offsets-plan.ts';
import { planOffsets, type PlanOffsetsOptions } from './plan-offsets.ts';

/** What to plan. */
export interface OffsetsRequest extends PlanOffsetsOptions {
  readonly group: string;
  readonly target: OffsetTarget;
  /**
   * All partitions of these topics; of a target that names offsets, those among them. Undefined: the topics of the target,
   * else those that the group has offsets of.
   */
  readonly topics?: readonly string[] | undefined;
  readonly nowMs: number;
}

/**
 * Looks at a group and its logs and makes the plan. Changes nothing.
 * @throws KAFKA_TOPIC_MISSING, OFFSETS_TARGET_INVALID, OFFSETS_OUTSIDE_LOG
 */
export async function proposeOffsets(kafka: KafkaClient, request: OffsetsRequest): Promise<OffsetsPlan> {
  const { group, nowMs, clamp } = request;
  const target = within(request.target, request.topics);
  const topics = request.topics ?? topicsOf(target);
  return planOffsets(await readOffsetFacts(kafka, { group, topics, target, nowMs }), target, { clamp });
}

function within(target: OffsetTarget, topics: readonly string[] | undefined): OffsetTarget {
  if (target.kind !== 'offsets' || topics === undefined) return target;
  return { ...target, offsets: target.offsets.filter(({ topic }) => topics.includes(topic)) };
}

function topicsOf(target: OffsetTarget): string[] | undefined {
  return target.kind === 'offsets' ? [...new Set(target.offsets.map(({ topic }) => topic))] : undefined;
}
