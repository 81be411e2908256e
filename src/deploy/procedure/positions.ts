import { assert } from '../../core/assert.ts';
import type { KafkaClient, OffsetPosition } from '../../core/kafka/kafka-client.ts';
import { type Offset, partitionName, type TopicPartition } from '../../core/record/topic-partition.ts';
import type { NamedOffset } from '../offsets/offset-target.ts';
import type { JsonValue } from '../step/step.ts';

/** Every partition of the topics, in order. @throws KAFKA_TOPIC_MISSING */
async function partitionsOf(kafka: KafkaClient, topics: readonly string[]): Promise<TopicPartition[]> {
  const described = await kafka.describeTopics(topics);
  return described.flatMap(({ name: topic, partitionCount }) =>
    Array.from({ length: partitionCount }, (_, partition) => ({ topic, partition })),
  );
}

/** A position of every partition of the topics; the end where no record has the asked time. @throws KAFKA_TOPIC_MISSING */
export async function readPositions(
  kafka: KafkaClient,
  topics: readonly string[],
  position: OffsetPosition,
): Promise<NamedOffset[]> {
  const partitions = await partitionsOf(kafka, topics);
  const ends = await kafka.listOffsets(partitions, 'stable');
  const found = await kafka.listOffsets(partitions, position);
  return partitions.map((at) => {
    const offset = found.get(partitionName(at)) ?? ends.get(partitionName(at));
    assert(offset !== undefined, `${partitionName(at)} has an end`);
    return { ...at, offset };
  });
}

/** Positions as JSON has them: by topic, then by partition. */
export function positionsJson(positions: readonly NamedOffset[]): Readonly<Record<string, Record<string, string>>> {
  const topics: Record<string, Record<string, string>> = {};
  for (const { topic, partition, offset } of positions) (topics[topic] ??= {})[partition] = String(offset);
  return topics;
}

/** Positions that were noted as `positionsJson` gives them. */
export function readPositionsJson(noted: JsonValue | undefined): NamedOffset[] {
  assert(typeof noted === 'object' && noted !== null, 'positions were noted');
  // As `positionsJson` wrote them.
  const topics = noted as ReturnType<typeof positionsJson>;
  return Object.entries(topics).flatMap(([topic, partitions]) =>
    Object.entries(partitions).map(([partition, offset]) => {
      return { topic, partition: Number(partition), offset: BigInt(offset) };
    }),
  );
}

/** How many offsets lie between two positions, over all partitions. */
export function distance(from: readonly NamedOffset[], to: readonly NamedOffset[]): bigint {
  const starts = byName(from);
  return to.reduce((sum, at) => sum + maximum(0n, at.offset - (starts.get(partitionName(at)) ?? 0n)), 0n);
}

/** Offsets by the name of their partition. */
export function byName(positions: readonly NamedOffset[]): Map<string, Offset> {
  return new Map(positions.map((at) => [partitionName(at), at.offset]));
}

/** The larger one. */
export function maximum(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
