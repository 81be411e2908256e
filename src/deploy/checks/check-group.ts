import type { KafkaClient } from '../../core/kafka/kafka-client.ts';
import { describeMembers, isLive, liveGroup } from '../offsets/live-group.ts';
import { type CheckResult, held } from './check-result.ts';

/** Nobody is in the group. KAFKA_GROUP_NOT_EMPTY names who is. */
export async function checkGroupEmpty(kafka: KafkaClient, group: string): Promise<CheckResult> {
  const description = await kafka.describeGroup(group);
  const check = `the group ${group} has no members`;
  const found = { group, state: description.state, members: description.members.length };
  if (!isLive(description)) return held(check, found);
  return {
    evidence: { check, outcome: 'failed', found: { ...found, who: describeMembers(description) } },
    refusal: liveGroup(description),
  };
}
