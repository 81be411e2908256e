import type { TestContext } from 'node:test';
import type { KafkaClient } from '../../src/core/kafka/kafka-client.ts';

/** A member of a consumer group that only sits there. */
export interface IdleMember {
  /** Resolves when the brokers know that it has left. */
  leave(): Promise<void>;
}

/** Joins the group and resolves when partitions were dealt out. Leaves with the test, where it has not left before. */
export async function joinIdly(
  t: TestContext,
  client: KafkaClient,
  group: string,
  topics: readonly string[],
): Promise<IdleMember> {
  const joined = Promise.withResolvers<void>();
  const membership = client.joinGroup(
    { group, topics, sessionTimeoutMs: 6000, rebalanceTimeoutMs: 20_000, clientId: 'idle-member' },
    {
      assigned: () => Promise.resolve(joined.resolve()),
      revoking: () => Promise.resolve(),
      lost: () => Promise.resolve(),
    },
  );
  const done = membership.run();
  let left: Promise<void> | undefined;
  const leave = (): Promise<void> => (left ??= membership.leave().then(() => done));
  t.after(leave);
  await Promise.race([joined.promise, done]);
  return { leave };
}
