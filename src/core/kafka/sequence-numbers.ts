/**
 * Sequence numbers of an idempotent producer, for one partition: the broker takes a batch only when its number follows
 * on the one before. Source: KIP-98; numbers wrap from 2^31 - 1 to 0.
 */
export class SequenceNumbers {
  #next = 0;
  #stored = 0;

  /** The number for the next batch, of so many records; with 0, the number is told and stays to be drawn. */
  draw(recordCount: number): number {
    const drawn = this.#next;
    this.#next = sequenceAfter(drawn, recordCount);
    return drawn;
  }

  /** A batch with that number is about to be sent: when nobody drew it (the batch was numbered elsewhere), it counts as drawn. */
  use(sequence: number, recordCount: number): void {
    if (sequence === this.#next) this.#next = sequenceAfter(sequence, recordCount);
  }

  /** The broker has the batch that starts with `sequence`, and all before it. */
  markStored(sequence: number, recordCount: number): void {
    this.#stored = sequenceAfter(sequence, recordCount);
  }

  /** True when every number drawn is stored: the broker would take the next batch. */
  get isSettled(): boolean {
    return this.#next === this.#stored;
  }
}

/** The sequence number `recordCount` after another. */
export function sequenceAfter(sequence: number, recordCount: number): number {
  return (sequence + recordCount) % 2 ** 31;
}
