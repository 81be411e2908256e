import type { KafkaClient } from '../../core/kafka/kafka-client.ts';
import { describeMembers, type EmptyGroupWait, isLive, liveGroup, untilEmpty } from '../offsets/live-group.ts';
import { type CheckResult, held } from './check-result.ts';

/** Nobody is in the group, once its members had the time to go that they are given. KAFKA_GROUP_NOT_EMPTY names who is. */
export async function checkGroupEmpty(kafka: KafkaClient, group: string, wait?: EmptyGroupWait): Promise<CheckResult> {
  const description = await untilEmpty(kafka, group, wait);
  const check = `the group ${group} has no members`;
  const found = { group, state: description.state, members: description.members.length };
  if (!isLive(description)) return held(check, found);
  return {
    evidence: { check, outcome: 'failed', found: { ...found, who: describeMembers(description) } },
    refusal: liveGroup(description),
  };
}
