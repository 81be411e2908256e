import { assert } from '../core/assert.ts';
import type { Offset, OffsetGap, TopicPartition } from '../core/record/topic-partition.ts';

/** What a partition's progress begins with. */
export interface ProgressOptions {
  readonly precedingGap?: OffsetGap | undefined;
  readonly markEveryMs: number;
}

/** More marks are not needed, even when a partition cannot be archived for days. */
const MARKS_MAX = 64;

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
  readonly #markEveryMs: number;
  /** When the log was first seen to reach how far, ascending: the age of what waits. */
  readonly #marks: { end: Offset; atMs: number }[] = [];
  /** Learned from the segments stored: bytes of lines for one offset. */
  #bytesPerOffset: number | undefined;
  #precedingGap: OffsetGap | undefined;
  #flushUpTo: Offset = 0n;
  #turnMs = 0;

  /**
   * `precedingGap`: a hole that ends at the position, which no segment has recorded yet.
   * `markEveryMs`: how exactly the age of what waits is known; an age is never told too small.
   */
  constructor(at: TopicPartition, position: Offset, options: ProgressOptions) {
    this.at = at;
    this.#precedingGap = options.precedingGap;
    this.#markEveryMs = options.markEveryMs;
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

  /** When the oldest of what waits was first seen, or earlier; undefined when nothing waits. */
  get backlogSinceMs(): number | undefined {
    return this.#marks[0]?.atMs;
  }

  /** A hole just before `stored` that the next segment has to record. */
  get precedingGap(): OffsetGap | undefined {
    return this.#precedingGap;
  }

  /** When a segment of it was last begun; 0: never. Whose turn was longest ago comes first. */
  get turnMs(): number {
    return this.#turnMs;
  }

  /** A segment of it is begun. */
  beginTurn(nowMs: number): void {
    this.#turnMs = nowMs;
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

  /** The log's end was read. `sinceMs`: since when what is new has been waiting (usually: now). */
  logEndSeen(end: Offset, sinceMs: number): void {
    if (end <= this.#logEnd) return;
    this.#logEnd = end;
    const last = this.#marks.at(-1);
    const isClose = last !== undefined && sinceMs - last.atMs < this.#markEveryMs;
    if (last !== undefined && (isClose || this.#marks.length >= MARKS_MAX)) last.end = end;
    else this.#marks.push({ end, atMs: sinceMs });
  }

  /** The oldest of what waits has been waiting for longer than was known. */
  waitsSince(sinceMs: number): void {
    const [first] = this.#marks;
    if (first !== undefined && sinceMs < first.atMs) first.atMs = sinceMs;
  }

  /** Everything before `end` is in the bucket. */
  storedUpTo(end: Offset): void {
    assert(end >= this.#stored, 'the stored position never goes back');
    this.#stored = end;
    this.#precedingGap = undefined;
    if (end > this.#logEnd) this.#logEnd = end;
    const waiting = this.#marks.findIndex((mark) => mark.end > end);
    this.#marks.splice(0, waiting === -1 ? this.#marks.length : waiting);
  }

  /** The offsets of `gap` cannot be archived any more: go on after them, and record them with the next segment. */
  skip(gap: OffsetGap): void {
    assert(gap.range.start <= this.#stored && gap.range.end > this.#stored, 'a gap begins where the archive ends');
    const start = this.#precedingGap?.range.start ?? this.#stored;
    this.storedUpTo(gap.range.end);
    this.#precedingGap = { range: { start, end: gap.range.end }, reason: gap.reason };
  }

  committedUpTo(end: Offset): void {
    assert(
      end >= this.#committed && end <= this.#stored,
      'only what is stored is committed, and never less than before',
    );
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
