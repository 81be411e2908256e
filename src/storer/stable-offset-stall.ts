import type { Offset } from '../core/record/topic-partition.ts';

/** A transaction that stays open this long is worth a warning: Kafka's own default timeout is a minute. */
export const STALL_WARNING_MS = 120_000;

/**
 * Watches one partition's last stable offset: while a transaction is open, a read_committed reader gets nothing that
 * was written after its first record, however much that is. Pure.
 */
export class StableOffsetStall {
  #stable: Offset | undefined;
  #sinceMs: number | undefined;
  #warned = false;

  /** Since when it has not moved although the log goes on; undefined while all is well. */
  get sinceMs(): number | undefined {
    return this.#sinceMs;
  }

  /** Both ends were read. True when it is time to warn, once for each stall. */
  seen(stable: Offset, highWatermark: Offset, nowMs: number): boolean {
    if (stable >= highWatermark || stable !== this.#stable) {
      this.#stable = stable;
      this.#sinceMs = stable < highWatermark ? nowMs : undefined;
      this.#warned = false;
      return false;
    }
    this.#sinceMs ??= nowMs;
    if (this.#warned || nowMs - this.#sinceMs < STALL_WARNING_MS) return false;
    this.#warned = true;
    return true;
  }
}
