import { must } from '../assert.ts';
import type { GapReason, Offset, OffsetGap, OffsetRange } from '../record/topic-partition.ts';

/** Why a hole between two segments is there; `missing`: nothing in the archive explains it. */
export type HoleReason = GapReason | 'missing';

/** Offsets that no segment covers. */
export interface ChainHole {
  readonly range: OffsetRange;
  readonly reason: HoleReason;
}

/** What the rule needs to know of a segment. */
export interface ChainSegment {
  readonly start: Offset;
  readonly end: Offset;
  readonly precedingGap: OffsetGap | undefined;
}

/** What a segment adds to a chain. */
export interface ChainStep {
  /** Holes before it, ascending and adjacent. */
  readonly holes: readonly ChainHole[];
  /** The offsets of it that count; undefined when others gave them all before. */
  readonly readable: OffsetRange | undefined;
}

/**
 * The rule by which every reader follows a chain, as a state machine without I/O (docs/format.md, "Chains").
 *
 * Segments are taken in the order of their keys, that is by start offset, equal ones by the ending of their names. Of
 * each only the offsets at or after the position count; then the position is its end. Since starts never decrease, what
 * lies between the position and the next start is covered by no other segment: it is a hole.
 *
 * So overlapping segments, and even two of one start (two writers that compress differently), show every offset once, in
 * order, and whichever of them are there when a reader comes by, a position stays a position: what is before it was read.
 */
export class ChainWalker {
  readonly #to: Offset | undefined;
  #position: Offset | undefined;
  #begun = false;

  /**
   * `from`: where to begin. Where the chain itself begins when that is later or nothing is given: at the first segment,
   * or at the recorded hole before it. `to`: where to end, exclusive.
   */
  constructor(range: { readonly from?: Offset | undefined; readonly to?: Offset | undefined } = {}) {
    this.#position = range.from;
    this.#to = range.to;
  }

  /** The next offset that is wanted; undefined before the first segment when nobody said where to begin. */
  get position(): Offset | undefined {
    return this.#position;
  }

  /** True when `to` is reached: no later segment adds anything. */
  get finished(): boolean {
    return this.#to !== undefined && this.#position !== undefined && this.#position >= this.#to;
  }

  /** Takes the next segment in the order of keys. */
  take(segment: ChainSegment): ChainStep {
    const position = this.#begun ? must(this.#position, 'begun at a position') : this.#begin(segment);
    const to = this.#to ?? segment.end;
    const holes = holesBetween(position, min(segment.start, to), segment.precedingGap);
    const start = max(position, segment.start);
    const end = min(segment.end, to);
    this.#position = max(position, end);
    return { holes, readable: start < end ? { start, end } : undefined };
  }

  #begin(first: ChainSegment): Offset {
    this.#begun = true;
    const start = chainStart(first);
    return this.#position === undefined ? start : max(this.#position, start);
  }
}

/** Where a chain begins whose first segment this is: with the recorded hole before it, if there is one. */
function chainStart(first: ChainSegment): Offset {
  return first.precedingGap === undefined ? first.start : min(first.precedingGap.range.start, first.start);
}

/** The part of `start..end` that the recorded gap explains, and the rest as missing. */
function holesBetween(start: Offset, end: Offset, gap: OffsetGap | undefined): ChainHole[] {
  if (start >= end) return [];
  const from = gap === undefined ? end : min(max(gap.range.start, start), end);
  const to = gap === undefined ? end : max(min(gap.range.end, end), from);
  const parts: ChainHole[] = [
    { range: { start, end: from }, reason: 'missing' },
    { range: { start: from, end: to }, reason: gap?.reason ?? 'missing' },
    { range: { start: to, end }, reason: 'missing' },
  ];
  return parts.filter(({ range }) => range.start < range.end);
}

function min(a: Offset, b: Offset): Offset {
  return a < b ? a : b;
}

function max(a: Offset, b: Offset): Offset {
  return a > b ? a : b;
}
