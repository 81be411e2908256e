import { assert } from '../core/assert.ts';
import type { Offset, OffsetGap, TopicPartition } from '../core/record/topic-partition.ts';

/**
 * What the storer knows of one partition that it owns: three positions and what is between them.
 *
 *     committed <= stored <= logEnd
 *
 * `committed`: announced, and committed for the group. `stored`: durable in the bucket. `logEnd`: the end that a reader
 * of the configured isolation level sees. Pure state: no I/O, no clock.
 */
export class PartitionProgress {
  readonly at: TopicPartition;
  #committed: Offset;
  #stored: Offset;
  #logEnd: Offset;
  #backlogSinceMs: number | undefined;
  /** Learned from the segments stored: bytes of lines for one offset. */
  #bytesPerOffset: number | undefined;
  #precedingGap: OffsetGap | undefined;
  #flushUpTo: Offset = 0n;

  /** `precedingGap`: a hole that ends at the position, which no segment has recorded yet. */
  constructor(at: TopicPartition, position: Offset, precedingGap?: OffsetGap) {
    this.at = at;
    this.#precedingGap = precedingGap;
    this.#committed = position;
    this.#stored = position;
    this.#logEnd = position;
  }

  get committed(): Offset {
    return this.#committed;
  }

  get stored(): Offset {
    return this.#stored;
  }

  get logEnd(): Offset {
    return this.#logEnd;
  }

  /** Offsets that wait in Kafka. */
  get backlog(): Offset {
    return this.#logEnd - this.#stored;
  }

  /** When the backlog was first seen; undefined when there is none. */
  get backlogSinceMs(): number | undefined {
    return this.#backlogSinceMs;
  }

  /** A hole just before `stored` that the next segment has to record. */
  get precedingGap(): OffsetGap | undefined {
    return this.#precedingGap;
  }

  /** Everything that waits now is to be archived whatever its size and age. */
  requestFlush(): void {
    this.#flushUpTo = this.#logEnd;
  }

  /** Something that a flush was asked for waits in Kafka. */
  get mustFlush(): boolean {
    return this.#stored < this.#flushUpTo;
  }

  /** What a flush was asked for is archived and committed. */
  get isFlushed(): boolean {
    return this.#committed >= this.#flushUpTo;
  }

  /** The log's end was read. `sinceMs`: since when a backlog that begins now has been waiting (usually: now). */
  logEndSeen(end: Offset, sinceMs: number): void {
    if (end > this.#logEnd) this.#logEnd = end;
    if (this.backlog > 0n) this.#backlogSinceMs ??= sinceMs;
  }

  /** Everything before `end` is in the bucket. What came after was not looked at before `nowMs`. */
  storedUpTo(end: Offset, nowMs: number): void {
    assert(end >= this.#stored, 'the stored position never goes back');
    this.#stored = end;
    this.#precedingGap = undefined;
    if (end > this.#logEnd) this.#logEnd = end;
    this.#backlogSinceMs = this.backlog > 0n ? nowMs : undefined;
  }

  /** The offsets of `gap` cannot be archived any more: go on after them, and record them with the next segment. */
  skip(gap: OffsetGap, nowMs: number): void {
    assert(gap.range.start <= this.#stored && gap.range.end > this.#stored, 'a gap begins where the archive ends');
    const start = this.#precedingGap?.range.start ?? this.#stored;
    this.storedUpTo(gap.range.end, nowMs);
    this.#precedingGap = { range: { start, end: gap.range.end }, reason: gap.reason };
  }

  committedUpTo(end: Offset): void {
    assert(end >= this.#committed && end <= this.#stored, 'only what is stored is committed, and never less than before');
    this.#committed = end;
  }

  learn(linesBytes: number, offsets: Offset): void {
    if (offsets <= 0n) return;
    const seen = linesBytes / Number(offsets);
    this.#bytesPerOffset = this.#bytesPerOffset === undefined ? seen : 0.5 * this.#bytesPerOffset + 0.5 * seen;
  }

  /** Estimated bytes of lines that wait. Before anything is learned an offset counts as `guess` bytes. */
  backlogBytes(guess: number): number {
    return Number(this.backlog) * (this.#bytesPerOffset ?? guess);
  }
}
