import { AppError } from '../errors.ts';
import { isRetryableError } from '../runtime/backoff.ts';
import { API } from './api-versions.ts';
import type { Cluster } from './cluster.ts';
import type { GroupGeneration, GroupOptions } from './kafka-client.ts';
import { KAFKA, isStaleCoordinator, kafkaError } from './kafka-errors.ts';

/** Heartbeats per session timeout: several may be lost before the coordinator misses us. */
const HEARTBEATS_PER_SESSION = 6;
const INTERVAL_MAX_MS = 3000;

/**
 * The heartbeats of one generation, from the join until `stop`. They go on while partitions are being taken over or
 * given up. The session also ends by our own clock: a process that was suspended must not believe what it last knew.
 */
export class GroupHeartbeats {
  readonly #cluster: Cluster;
  readonly #options: GroupOptions;
  readonly #generation: GroupGeneration;
  readonly #lane: string;
  readonly #stopping = new AbortController();
  readonly #rebalance = Promise.withResolvers<void>();
  readonly #lost = Promise.withResolvers<unknown>();
  readonly #ended: Promise<void>;
  #isLost = false;
  #isReplaced = false;
  #lastSuccessMs: number;

  constructor(cluster: Cluster, options: GroupOptions, generation: GroupGeneration, lane: string) {
    this.#cluster = cluster;
    this.#options = options;
    this.#generation = generation;
    this.#lane = lane;
    this.#lastSuccessMs = cluster.clock.monotonicMs();
    this.#ended = this.#beat();
  }

  /** Resolves when the group wants all its members to join again. */
  get rebalance(): Promise<void> {
    return this.#rebalance.promise;
  }

  /** Resolves, with the reason, when this membership is over. */
  get lost(): Promise<unknown> {
    return this.#lost.promise;
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  /** True when another process has joined with our instance id: to join again would only throw that one out. */
  get isReplaced(): boolean {
    return this.#isReplaced;
  }

  /** Ends the heartbeats; resolves when none is under way. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#ended;
  }

  /** Ends the membership from our side. */
  lose(reason: unknown): void {
    this.#isLost = true;
    this.#lost.resolve(reason);
    this.#stopping.abort();
  }

  async #beat(): Promise<void> {
    const { sessionTimeoutMs } = this.#options;
    const { clock, closing } = this.#cluster;
    const signal = AbortSignal.any([this.#stopping.signal, closing]);
    const intervalMs = Math.min(INTERVAL_MAX_MS, sessionTimeoutMs / HEARTBEATS_PER_SESSION);
    for (;;) {
      await clock.sleep(intervalMs, signal).catch(() => undefined);
      if (closing.aborted) return this.lose(closing.reason);
      if (signal.aborted) return;
      const sentMs = clock.monotonicMs();
      if (sentMs - this.#lastSuccessMs > sessionTimeoutMs) return this.lose(this.#expired());
      const errorCode = await this.#send(sessionTimeoutMs - (sentMs - this.#lastSuccessMs) + 1);
      if (this.#stopping.signal.aborted) return;
      if (closing.aborted) continue;
      if (errorCode instanceof AppError) {
        if (!isRetryableError(errorCode)) return this.lose(errorCode);
        continue;
      }
      if (isStaleCoordinator(errorCode)) continue;
      if (errorCode !== KAFKA.NONE && errorCode !== KAFKA.REBALANCE_IN_PROGRESS) {
        this.#isReplaced = errorCode === KAFKA.FENCED_INSTANCE_ID;
        return this.lose(kafkaError(errorCode, 'Staying in group', this.#options.group));
      }
      this.#lastSuccessMs = sentMs;
      if (errorCode === KAFKA.REBALANCE_IN_PROGRESS) this.#rebalance.resolve();
    }
  }

  async #send(timeoutMs: number): Promise<number | AppError> {
    const { group, generationId, memberId, instanceId } = this.#generation;
    try {
      const response = await this.#cluster.sendToCoordinator(
        'group',
        group,
        API.heartbeat,
        [group, generationId, memberId, instanceId ?? null],
        (answer) => answer.errorCode,
        { lane: this.#lane, timeoutMs },
      );
      return response.errorCode;
    } catch (error) {
      if (error instanceof AppError) return error;
      throw error;
    }
  }

  #expired(): AppError {
    const { group, sessionTimeoutMs } = this.#options;
    return new AppError('KAFKA_FENCED', `Group ${group}: no heartbeat was answered for ${sessionTimeoutMs} ms`, {
      subject: group,
      hint: 'The process stood still or lost its brokers; the partitions may be with another member.',
    });
  }
}
