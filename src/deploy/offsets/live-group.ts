import { AppError } from '../../core/errors.ts';
import type { GroupDescription, KafkaClient } from '../../core/kafka/kafka-client.ts';
import type { Clock } from '../../core/runtime/clock.ts';

const MEMBERS_SHOWN_MAX = 5;
const LOOK_EVERY_MS = 500;

/** How long the members of a group may take to go: those that were killed stay until their session is over. */
export interface EmptyGroupWait {
  readonly waitMs: number;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

/** Refuses a group that has members, naming them; first waits for them to go, if asked to. @throws KAFKA_GROUP_NOT_EMPTY */
export async function refuseLiveGroup(kafka: KafkaClient, group: string, wait?: EmptyGroupWait): Promise<void> {
  const description = await untilEmpty(kafka, group, wait);
  if (isLive(description)) throw liveGroup(description);
}

/** The group once it has no members, or as it is when the time is over. */
export async function untilEmpty(kafka: KafkaClient, group: string, wait?: EmptyGroupWait): Promise<GroupDescription> {
  const startMs = wait?.clock.monotonicMs() ?? 0;
  for (;;) {
    const description = await kafka.describeGroup(group);
    if (wait === undefined || !isLive(description)) return description;
    const leftMs = startMs + wait.waitMs - wait.clock.monotonicMs();
    if (leftMs <= 0) return description;
    await wait.clock.sleep(Math.min(LOOK_EVERY_MS, leftMs), wait.signal);
  }
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
