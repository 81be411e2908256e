import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { OffsetGap } from '../record/topic-partition.ts';
import { ChainWalker, type ChainHole, type ChainSegment } from './chain-walker.ts';

type Piece = { readonly segment: number; readonly start: bigint; readonly end: bigint } | ChainHole;

/** Small offsets, so that segments overlap, touch, tie and leave holes often. */
const segment: fc.Arbitrary<ChainSegment> = fc
  .record({
    start: fc.bigInt({ min: 0n, max: 60n }),
    length: fc.bigInt({ min: 1n, max: 20n }),
    gapLength: fc.option(fc.bigInt({ min: 1n, max: 20n }), { nil: undefined, freq: 2 }),
    reason: fc.constantFrom('expired' as const, 'skipped' as const),
  })
  .map(({ start, length, gapLength, reason }) => {
    const gapStart = start - (gapLength ?? 0n);
    const gap: OffsetGap = { range: { start: gapStart < 0n ? 0n : gapStart, end: start }, reason };
    const hasGap = gapLength !== undefined && gap.range.start < start;
    return { start, end: start + length, precedingGap: hasGap ? gap : undefined };
  });

const inKeyOrder = fc
  .array(segment, { minLength: 1, maxLength: 12 })
  .map((segments) => segments.toSorted((a, b) => Number(a.start - b.start)));

function walk(segments: readonly ChainSegment[], range: { from?: bigint; to?: bigint } = {}): Piece[] {
  const walker = new ChainWalker(range);
  const pieces: Piece[] = [];
  for (const [index, next] of segments.entries()) {
    const { holes, readable } = walker.take(next);
    pieces.push(...holes);
    if (readable !== undefined) pieces.push({ segment: index, ...readable });
    if (walker.finished) break;
  }
  return pieces;
}

function readOffsets(pieces: readonly Piece[]): bigint[] {
  return pieces.flatMap((piece) => ('segment' in piece ? offsetsOf(piece) : []));
}

function offsetsOf({ start, end }: { readonly start: bigint; readonly end: bigint }): bigint[] {
  return Array.from({ length: Number(end - start) }, (_, index) => start + BigInt(index));
}

function covered(segments: readonly ChainSegment[]): bigint[] {
  return [...new Set(segments.flatMap(offsetsOf))].toSorted((a, b) => Number(a - b));
}

test('I2, I3: every covered offset is read once, in order, from a segment that has it', () => {
  fc.assert(
    fc.property(inKeyOrder, (segments) => {
      const pieces = walk(segments);
      assert.deepEqual(readOffsets(pieces), covered(segments));
      for (const piece of pieces) {
        if (!('segment' in piece)) continue;
        const from = segments[piece.segment];
        assert.ok(from !== undefined && piece.start >= from.start && piece.end <= from.end);
      }
    }),
  );
});

test('I1: pieces and holes are adjacent, and a hole has the reason that a segment behind it gives', () => {
  fc.assert(
    fc.property(inKeyOrder, (segments) => {
      const pieces = walk(segments).map((piece) => ('segment' in piece ? piece : { ...piece, ...piece.range }));
      for (const [index, piece] of pieces.entries()) {
        assert.ok(piece.start < piece.end);
        const before = pieces[index - 1];
        if (before !== undefined) assert.equal(piece.start, before.end);
        if ('segment' in piece) continue;
        for (const offset of offsetsOf(piece)) {
          const next = segments.find(({ start }) => start > offset);
          const gap = next?.precedingGap;
          const isRecorded = gap !== undefined && gap.range.start <= offset && offset < gap.range.end;
          assert.equal(piece.reason, isRecorded ? gap.reason : 'missing');
        }
      }
    }),
  );
});

test('a part of a chain is that part of the whole', () => {
  const range = fc.record({ from: fc.bigInt({ min: 0n, max: 90n }), to: fc.bigInt({ min: 0n, max: 90n }) });
  fc.assert(
    fc.property(inKeyOrder, range, (segments, { from, to }) => {
      const wanted = covered(segments).filter((offset) => offset >= from && offset < to);
      assert.deepEqual(readOffsets(walk(segments, { from, to })), wanted);
    }),
  );
});

test('I2: a reader that goes on after more segments came reads nothing twice, whatever endings the ties have', () => {
  fc.assert(
    fc.property(inKeyOrder, fc.infiniteStream(fc.boolean()), fc.nat({ max: 12 }), (segments, flips, stop) => {
      const early = segments.filter(() => flips.next().value === true);
      const first = walk(early).slice(0, stop);
      const last = first.at(-1);
      const position = last === undefined ? 0n : 'segment' in last ? last.end : last.range.end;
      const read = [...readOffsets(first), ...readOffsets(walk(segments, { from: position }))];
      assert.equal(new Set(read).size, read.length);
      assert.deepEqual(
        read,
        read.toSorted((a, b) => Number(a - b)),
      );
    }),
  );
});

test('the archive begins at its first segment, or at the recorded hole before it', () => {
  const gap: OffsetGap = { range: { start: 5n, end: 10n }, reason: 'expired' };
  const first = { start: 10n, end: 20n, precedingGap: gap };
  assert.deepEqual(walk([first]), [gap, { segment: 0, start: 10n, end: 20n }]);
  assert.deepEqual(walk([first], { from: 0n }), walk([first]));
  assert.deepEqual(walk([first], { from: 7n }), [
    { range: { start: 7n, end: 10n }, reason: 'expired' },
    { segment: 0, start: 10n, end: 20n },
  ]);
  assert.deepEqual(walk([{ ...first, precedingGap: undefined }], { from: 7n }), [{ segment: 0, start: 10n, end: 20n }]);
});
