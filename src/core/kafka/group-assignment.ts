import { Reader, Writer } from './protocol-library.ts';
import type { TopicPartition } from '../record/topic-partition.ts';

/** The name under which members agree on `assignBalanced`. */
export const GROUP_PROTOCOL = 'bss-balanced';

/** One member, as the leader of the group sees it. */
export interface Subscriber {
  readonly memberId: string;
  readonly instanceId?: string | null | undefined;
  readonly topics: readonly string[];
}

const CONSUMER_PROTOCOL_VERSION = 0;

/**
 * Deals the partitions of all topics out so that the members' numbers of partitions differ by at most one where all
 * want the same topics. Every partition goes to the member that wants it and has least; members are in the order of
 * their instance id, or else member id, so that the same members always get the same.
 * @param partitionCounts Of each topic; a topic that is not in it does not exist.
 */
export function assignBalanced(
  members: readonly Subscriber[],
  partitionCounts: ReadonlyMap<string, number>,
): Map<string, TopicPartition[]> {
  const ordered = members.toSorted((a, b) => compare(a.instanceId ?? a.memberId, b.instanceId ?? b.memberId));
  const assigned = new Map<string, TopicPartition[]>(ordered.map((member) => [member.memberId, []]));
  const wanted = ordered.map((member) => ({ member, topics: new Set(member.topics) }));
  for (const topic of [...new Set(members.flatMap((member) => member.topics))].toSorted(compare)) {
    const takers = wanted
      .filter((candidate) => candidate.topics.has(topic))
      .map(({ member }) => assigned.get(member.memberId) ?? []);
    for (let partition = 0; partition < (partitionCounts.get(topic) ?? 0); partition++) {
      const [first, ...others] = takers;
      if (first === undefined) break;
      const least = others.reduce((best, taker) => (taker.length < best.length ? taker : best), first);
      least.push({ topic, partition });
    }
  }
  return assigned;
}

/** A member's wish, in the wire format of Kafka's consumers (version 0), so that Kafka's own tools can show it. */
export function writeSubscription(topics: readonly string[]): Buffer {
  return Writer.create()
    .appendInt16(CONSUMER_PROTOCOL_VERSION)
    .appendArray([...topics], (writer, topic) => writer.appendString(topic, false), false, false)
    .appendInt32(-1).buffer; // no user data
}

/** The topics in a member's wish, of any version. @throws RangeError when it breaks the format */
export function readSubscription(bytes: Buffer): string[] {
  if (bytes.length === 0) return [];
  const reader = Reader.from(bytes);
  reader.readInt16();
  return reader.readArray(() => reader.readString(false), false, false);
}

/** What a member is to own, in the wire format of Kafka's consumers (version 0). */
export function writeAssignment(partitions: readonly TopicPartition[]): Buffer {
  const topics = [...Map.groupBy(partitions, (at) => at.topic)];
  return Writer.create()
    .appendInt16(CONSUMER_PROTOCOL_VERSION)
    .appendArray(
      topics,
      (writer, [topic, ofTopic]) => {
        writer.appendString(topic, false);
        writer.appendArray(ofTopic, (inner, at) => inner.appendInt32(at.partition), false, false);
      },
      false,
      false,
    )
    .appendInt32(-1).buffer; // no user data
}

/** The partitions in an assignment, of any version. @throws RangeError when it breaks the format */
export function readAssignment(bytes: Buffer): TopicPartition[] {
  if (bytes.length === 0) return [];
  const reader = Reader.from(bytes);
  reader.readInt16();
  const topics = reader.readArray(
    () => {
      const topic = reader.readString(false);
      return reader.readArray(() => ({ topic, partition: reader.readInt32() }), false, false);
    },
    false,
    false,
  );
  return topics.flat();
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
