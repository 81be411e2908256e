import { assert } from '../assert.ts';
import { AppError, isAppError } from '../errors.ts';
import { isRetryableError } from '../runtime/backoff.ts';
import { reasonOf } from '../runtime/error-report.ts';
import type { Cluster } from './cluster.ts';
import { GroupCalls, JOIN_AGAIN, type JoinedGroup } from './group-calls.ts';
import { GroupHeartbeats } from './group-heartbeats.ts';
import type { GroupGeneration, GroupListener, GroupMembership, GroupOptions } from './kafka-client.ts';

/** How often the leader looks whether topics were created, deleted or given more partitions. */
const TOPICS_CHECK_MS = 30_000;
const REJOIN_DELAY_MS = 200;
/** For being taken off the list of a group that was not joined yet. */
const WITHDRAW_MS = 3_000;

let memberships = 0;

/** Why the member stopped holding its partitions. */
type Ending = 'rebalance' | 'lost' | 'leaving';

/** Becomes a member of a group when it is run. See `KafkaClient.joinGroup`. */
export function createGroupMembership(
  cluster: Cluster,
  options: GroupOptions,
  listener: GroupListener,
  topicsCheckMs: number = TOPICS_CHECK_MS,
): GroupMembership {
  return new Membership(cluster, options, listener, topicsCheckMs);
}

class Membership implements GroupMembership {
  readonly #cluster: Cluster;
  readonly #options: GroupOptions;
  readonly #listener: GroupListener;
  readonly #calls: GroupCalls;
  readonly #topicsCheckMs: number;
  readonly #leaving = Promise.withResolvers<void>();
  #isLeaving = false;
  #running: Promise<void> | undefined;
  /** Kept when the membership is lost: the coordinator says when it has forgotten it, and else need not wait it out. */
  #memberId = '';

  constructor(cluster: Cluster, options: GroupOptions, listener: GroupListener, topicsCheckMs: number) {
    assert(options.sessionTimeoutMs > 0 && options.rebalanceTimeoutMs > 0, 'a group has timeouts');
    this.#cluster = cluster;
    this.#options = options;
    this.#listener = listener;
    this.#topicsCheckMs = topicsCheckMs;
    this.#calls = new GroupCalls(cluster, options, `member-${memberships++}`);
  }

  run(): Promise<void> {
    assert(this.#running === undefined, 'a membership is run once');
    this.#running = this.#toItsEnd();
    return this.#running;
  }

  async leave(): Promise<void> {
    this.#isLeaving = true;
    this.#leaving.resolve();
    await this.#running;
  }

  async #toItsEnd(): Promise<void> {
    try {
      while (!this.#isLeaving) {
        const joined = await this.#join();
        if (joined === undefined) return;
        await this.#hold(joined);
      }
    } finally {
      await this.#cluster.closeLane(this.#calls.lane);
    }
  }

  /** Joins until it succeeds: a cluster that cannot be reached for a while does not end the membership. */
  async #join(): Promise<JoinedGroup | undefined> {
    let told: string | undefined;
    for (;;) {
      try {
        const joined = await Promise.race([this.#calls.join(this.#memberId), this.#leaving.promise]);
        if (joined === undefined) {
          await this.#withdraw();
          return undefined;
        }
        if (!('again' in joined)) {
          this.#memberId = joined.generation.memberId;
          return joined;
        }
        assert(joined.again === JOIN_AGAIN, 'joined, or to be tried again');
        // An id that was asked for and given costs no delay; a rebalance that overtook us neither.
        this.#memberId = joined.memberId;
      } catch (error) {
        if (!isRetryableError(error) || this.#cluster.closing.aborted) throw error;
        const reason = reasonOf(error);
        if (reason !== told) this.#listener.notJoined?.(error);
        told = reason;
        await Promise.race([this.#cluster.clock.sleep(REJOIN_DELAY_MS, this.#cluster.closing), this.#leaving.promise]);
      }
      if (this.#isLeaving) return undefined;
    }
  }

  /** Gives up a join that waits for the other members, for as long as a session may take to end. */
  async #withdraw(): Promise<void> {
    const { group, instanceId } = this.#options;
    // Nothing else is answered on that connection before the join is.
    await this.#cluster.closeLane(this.#calls.lane);
    if (this.#memberId === '' && instanceId === undefined) return;
    const left = this.#leaveQuietly({ group, memberId: this.#memberId, generationId: -1, instanceId });
    await Promise.race([left, this.#cluster.clock.sleep(WITHDRAW_MS, this.#cluster.closing)]).catch(() => undefined);
  }

  /** One generation, from taking the partitions to giving them up. */
  async #hold(joined: JoinedGroup): Promise<void> {
    const heartbeats = new GroupHeartbeats(this.#cluster, this.#options, joined.generation, this.#calls.lane);
    const ended = new AbortController();
    try {
      await this.#listener.assigned(joined.partitions, joined.generation);
      const ending = await this.#ending(joined, heartbeats, ended.signal);
      if (ending !== 'lost') await this.#revoke(heartbeats);
      await heartbeats.stop();
      if (heartbeats.isLost) return await this.#lost(heartbeats);
      if (this.#isLeaving) await this.#calls.leave(joined.generation);
    } catch (error) {
      await heartbeats.stop();
      await this.#leaveQuietly(joined.generation);
      throw error;
    } finally {
      ended.abort();
    }
  }

  #ending(joined: JoinedGroup, heartbeats: GroupHeartbeats, ended: AbortSignal): Promise<Ending> {
    return Promise.race([
      heartbeats.lost.then((): Ending => 'lost'),
      heartbeats.rebalance.then((): Ending => 'rebalance'),
      this.#leaving.promise.then((): Ending => 'leaving'),
      this.#topicsChanged(joined, ended).then((): Ending => 'rebalance'),
    ]);
  }

  /** Heartbeats go on meanwhile, for as long as the coordinator waits; after that the membership is over. */
  async #revoke(heartbeats: GroupHeartbeats): Promise<void> {
    const { group, rebalanceTimeoutMs } = this.#options;
    const timer = setTimeout(() => {
      heartbeats.lose(
        new AppError(
          'KAFKA_FENCED',
          `Group ${group}: giving up the partitions took longer than ${rebalanceTimeoutMs} ms`,
          {
            subject: group,
            hint: 'Raise the rebalance timeout, or make segments smaller.',
          },
        ),
      );
    }, rebalanceTimeoutMs);
    try {
      await this.#listener.revoking();
    } finally {
      clearTimeout(timer);
    }
  }

  async #lost(heartbeats: GroupHeartbeats): Promise<void> {
    const reason = await heartbeats.lost;
    await this.#listener.lost(reason);
    // To join again does not help against no right to the group, a closed client or a second process of our name.
    const isOver = heartbeats.isReplaced || !(isAppError(reason, 'KAFKA_FENCED') || isRetryableError(reason));
    if (isOver) throw reason;
  }

  /** Resolves when the leader has found that the topics are not those that were dealt out; for others, never. */
  async #topicsChanged({ partitionCounts }: JoinedGroup, ended: AbortSignal): Promise<void> {
    if (partitionCounts !== undefined) {
      const signal = AbortSignal.any([ended, this.#cluster.closing]);
      while (!signal.aborted) {
        await this.#cluster.clock.sleep(this.#topicsCheckMs, signal).catch(() => undefined);
        if (signal.aborted) break;
        // A failure to look is no change: the next look may succeed.
        const now = await this.#calls.partitionCounts([...partitionCounts.keys()]).catch(() => partitionCounts);
        if ([...partitionCounts].some(([topic, count]) => now.get(topic) !== count)) return;
      }
    }
    await new Promise<never>(() => undefined);
  }

  /** So that the others need not wait for the session to expire. */
  async #leaveQuietly(generation: GroupGeneration): Promise<void> {
    await this.#calls.leave(generation).catch(() => undefined);
  }
}
