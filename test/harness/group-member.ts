import type { TestContext } from 'node:test';
import { connectKafka } from '../../src/core/kafka/connect-kafka.ts';

/** A member of a consumer group that only sits there. */
export interface IdleMember {
  /** Resolves when the brokers know that it has left. */
  leave(): Promise<void>;
}

/**
 * Joins the group as `idle-member` and resolves when partitions were dealt out. Leaves with the test, where it has not left
 * before. It has a client of its own, which is closed only after it has left.
 */
export async function joinIdly(
  t: TestContext,
  bootstrap: string,
  group: string,
  topics: readonly string[],
): Promise<IdleMember> {
  const clientId = 'idle-member';
  const client = await connectKafka({
    bootstrapServers: [bootstrap],
    clientId,
    connectTimeoutMs: 10_000,
    requestTimeoutMs: 30_000,
  });
  const joined = Promise.withResolvers<void>();
  const membership = client.joinGroup(
    { group, topics, sessionTimeoutMs: 6000, rebalanceTimeoutMs: 20_000, clientId },
    {
      assigned: () => Promise.resolve(joined.resolve()),
      revoking: () => Promise.resolve(),
      lost: () => Promise.resolve(),
    },
  );
  const done = membership.run();
  let left: Promise<void> | undefined;
  const leaveOnce = async (): Promise<void> => {
    await membership.leave();
    await done;
    await client.close();
  };
  const leave = (): Promise<void> => (left ??= leaveOnce());
  t.after(() => leave());
  await Promise.race([joined.promise, done]);
  return { leave };
}
