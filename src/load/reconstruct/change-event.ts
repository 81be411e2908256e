import type { HoleReason } from '../../core/archive/chain-walker.ts';
import type { Offset, OffsetRange } from '../../core/record/topic-partition.ts';

/** A record of a topic as a message of a CDC. */
export interface ChangeEvent {
  readonly partition: number;
  readonly offset: Offset;
  readonly timestampMs: bigint;
  readonly key: string | null;
  readonly value: string | null;
}

/** Something at a place of a log that is no message. */
export interface UnreadableEvent {
  readonly partition: number;
  readonly offset: Offset;
  readonly reason: string;
}

/** Some events of one source, of each partition in the order of offsets. */
export interface EventBatch {
  /** Whose offsets they are, as a person would name it; a topic that was created again is another one. */
  readonly source: string;
  readonly events: readonly ChangeEvent[];
  readonly unreadable: readonly UnreadableEvent[];
  /** Offsets before the next batch of that partition for which there is no record. */
  readonly gaps: readonly EventGap[];
}

/** Offsets that an archive has no record of, and why. */
export interface EventGap {
  readonly partition: number;
  readonly range: OffsetRange;
  readonly reason: HoleReason;
}

/** Events that can be read, once. Sources come one after another: what a later one says of a key is the later word. */
export interface EventInput {
  readonly name: string;
  /** @throws LOAD_INPUT_UNREADABLE, SEGMENT_*, ARCHIVE_*, BUCKET_* */
  read(signal: AbortSignal): AsyncIterable<EventBatch>;
}
