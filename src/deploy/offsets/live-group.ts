import { AppError } from '../../core/errors.ts';
import type { GroupDescription, KafkaClient } from '../../core/kafka/kafka-client.ts';

const MEMBERS_SHOWN_MAX = 5;

/** Refuses a group that has members, naming them. @throws KAFKA_GROUP_NOT_EMPTY */
export async function refuseLiveGroup(kafka: KafkaClient, group: string): Promise<GroupDescription> {
  const description = await kafka.describeGroup(group);
  if (isLive(description)) throw liveGroup(description);
  return description;
}

/** True when the brokers would refuse to set the group's offsets. */
export function isLive({ state, members }: GroupDescription): boolean {
  return members.length > 0 || !['dead', 'empty'].includes(state);
}

/** Who is in a group: `storer-1 (client id bss-storer) at 10.0.0.7 with 3 partitions`. */
export function describeMembers({ members }: GroupDescription): string {
  const shown = members.slice(0, MEMBERS_SHOWN_MAX).map(({ memberId, instanceId, clientId, host, partitions }) => {
    const dealt = `${partitions.length} partition${partitions.length === 1 ? '' : 's'}`;
    return `${instanceId ?? memberId} (client id ${clientId}) at ${host.replace(/^\//, '')} with ${dealt}`;
  });
  const more = members.length - shown.length;
  return more > 0 ? `${shown.join(', ')}, and ${more} more` : shown.join(', ');
}

/** The refusal of a live group. */
export function liveGroup(description: GroupDescription): AppError {
  const { group, state, members } = description;
  const count = members.length === 1 ? 'a member' : `${members.length} members`;
  const who =
    members.length === 0 ? `it is in the state "${state}"` : `it has ${count}: ${describeMembers(description)}`;
  return new AppError('KAFKA_GROUP_NOT_EMPTY', `Setting the offsets of group ${group}: ${who}`, {
    subject: group,
    hint: 'Stop the members of the group, and wait until their sessions are over.',
  });
}
