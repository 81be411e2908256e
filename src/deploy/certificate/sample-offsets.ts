import type { Offset, OffsetRange } from '../../core/record/topic-partition.ts';

/** Offsets of a partition that can be sampled. */
export interface SampledRange {
  readonly partition: number;
  readonly range: OffsetRange;
}

/** An offset that was drawn. */
export interface DrawnOffset {
  readonly partition: number;
  readonly offset: Offset;
}

/**
 * Draws up to `count` different offsets from ranges. Each partition that has any gives at least one (as long as `count`
 * allows), and otherwise as many as its share of all offsets; within a partition they are drawn one from each of equal parts,
 * the very first and very last among them. `random` gives numbers from 0 up to, not including, 1.
 */
export function drawOffsets(ranges: readonly SampledRange[], count: number, random: () => number): DrawnOffset[] {
  const filled = ranges.filter(({ range }) => range.end > range.start);
  const total = filled.reduce((sum, { range }) => sum + (range.end - range.start), 0n);
  const drawn: DrawnOffset[] = [];
  for (const [index, { partition, range }] of filled.entries()) {
    const left = count - drawn.length;
    const share = Math.ceil((count * Number(range.end - range.start)) / Number(total));
    const others = filled.length - index - 1;
    const wanted = Math.max(Math.min(1, left), Math.min(share, left - others));
    for (const offset of drawFrom(range, wanted, random)) drawn.push({ partition, offset });
  }
  return drawn;
}

function drawFrom({ start, end }: OffsetRange, wanted: number, random: () => number): Offset[] {
  const size = end - start;
  if (BigInt(wanted) >= size) return Array.from({ length: Number(size) }, (_, index) => start + BigInt(index));
  const offsets = new Set<Offset>();
  for (let part = 0; part < wanted; part++) {
    const from = (size * BigInt(part)) / BigInt(wanted);
    const to = (size * BigInt(part + 1)) / BigInt(wanted);
    const within = BigInt(Math.floor(random() * Number(to - from)));
    offsets.add(start + from + within);
  }
  if (wanted >= 2) {
    const drawn = [...offsets];
    return [start, ...drawn.slice(1, -1), end - 1n];
  }
  return [...offsets];
}
