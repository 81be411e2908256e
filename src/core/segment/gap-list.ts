import type { GapReason, Offset, OffsetGap } from '../record/topic-partition.ts';

/** Ranges beyond this many are only counted. */
export const GAPS_MAX = 20_000;

/** Gathers the gaps of a segment in ascending order, merging neighbours of one reason. */
export class GapList {
  readonly #gaps: OffsetGap[] = [];
  readonly #counts: Partial<Record<GapReason, number>> = {};
  #complete = true;

  add(start: Offset, end: Offset, reason: GapReason): void {
    if (end <= start) return;
    this.#counts[reason] = (this.#counts[reason] ?? 0) + Number(end - start);
    if (!this.#complete) return;
    const last = this.#gaps.at(-1);
    if (last !== undefined && last.reason === reason && last.range.end === start) {
      this.#gaps[this.#gaps.length - 1] = { range: { start: last.range.start, end }, reason };
    } else if (this.#gaps.length === GAPS_MAX) {
      this.#complete = false;
    } else {
      this.#gaps.push({ range: { start, end }, reason });
    }
  }

  /** Offsets without a record, by reason. */
  get counts(): Readonly<Partial<Record<GapReason, number>>> {
    return this.#counts;
  }

  /** The ranges; undefined when there are more than GAPS_MAX. */
  get gaps(): readonly OffsetGap[] | undefined {
    return this.#complete ? this.#gaps : undefined;
  }
}
