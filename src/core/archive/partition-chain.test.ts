import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SAMPLE_LOCATION, putSample, sampleMetadata } from '../../../test/harness/sample-segment.ts';
import type { Bucket } from '../bucket/bucket.ts';
import { MemoryBucket } from '../bucket/memory-bucket.ts';
import { meteredBucket } from '../bucket/metered-bucket.ts';
import type { SegmentMetadata } from '../segment/segment-metadata.ts';
import { indexPrefix } from './archive-layout.ts';
import { followChain, type ChainLink, type ChainRange } from './partition-chain.ts';
import { buildIndex } from './segment-index.ts';

const SIZES = { narrow: 4, wide: 8 };

/** Segments of odd lengths and both compressions, small enough to overlap, tie and leave holes often. */
const segment = fc
  .record({
    start: fc.bigInt({ min: 0n, max: 200n }),
    length: fc.bigInt({ min: 1n, max: 30n }),
    gapLength: fc.option(fc.bigInt({ min: 1n, max: 15n }), { nil: undefined, freq: 2 }),
    compression: fc.constantFrom('gzip' as const, 'zstd' as const),
  })
  .map(({ start, length, gapLength, compression }) => {
    const gapStart = gapLength === undefined || gapLength > start ? undefined : start - gapLength;
    const precedingGap =
      gapStart === undefined ? undefined : { range: { start: gapStart, end: start }, reason: 'skipped' as const };
    return sampleMetadata(start, start + length, { compression, precedingGap });
  });

async function chainOf(bucket: Bucket, range?: ChainRange): Promise<ChainLink[]> {
  return await Array.fromAsync(followChain(bucket, SAMPLE_LOCATION, range));
}

/** One segment to a name, as the bucket keeps it: the first. */
function distinct(segments: readonly SegmentMetadata[]): SegmentMetadata[] {
  const names = new Map(
    segments.toReversed().map((metadata) => [`${metadata.start}.${metadata.compression}`, metadata]),
  );
  return segments.filter((metadata) => names.get(`${metadata.start}.${metadata.compression}`) === metadata);
}

function rangeOf(link: ChainLink): { readonly start: bigint; readonly end: bigint } {
  return link.kind === 'segment' ? link.readable : link.range;
}

function readOffsets(links: readonly ChainLink[]): bigint[] {
  return links.flatMap((link) => (link.kind === 'segment' ? offsetsOf(link.readable) : []));
}

function offsetsOf({ start, end }: { readonly start: bigint; readonly end: bigint }): bigint[] {
  return Array.from({ length: Number(end - start) }, (_, index) => start + BigInt(index));
}

function covered(segments: readonly SegmentMetadata[], { from, to }: ChainRange = {}): bigint[] {
  const all = [...new Set(segments.flatMap(offsetsOf))].toSorted((a, b) => Number(a - b));
  return all.filter((offset) => (from === undefined || offset >= from) && (to === undefined || offset < to));
}

test('I1, I2, I3: every covered offset is given once and in order, with an index, without, or with a damaged one', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(segment, { maxLength: 24 }), fc.nat({ max: 7 }), async (drawn, damaged) => {
      const all = distinct(drawn);
      const bucket = new MemoryBucket('chain');
      for (const metadata of all) await putSample(bucket, metadata);
      const links = await chainOf(bucket);
      assert.deepEqual(readOffsets(links), covered(all));
      for (const [at, link] of links.entries()) {
        const before = links[at - 1];
        if (before !== undefined) assert.equal(rangeOf(link).start, rangeOf(before).end);
        if (link.kind === 'gap') assert.equal(covered(all, { from: link.range.start, to: link.range.end }).length, 0);
      }
      await buildIndex(bucket, SAMPLE_LOCATION, { sizes: SIZES });
      assert.deepEqual(await chainOf(bucket), links);
      await damageIndex(bucket, damaged);
      assert.deepEqual(await chainOf(bucket), links);
    }),
    { numRuns: 150 },
  );
});

test('I1, I2: what comes after the index was made, anywhere, is found where something would be missing, and never given twice', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(segment, { maxLength: 24 }), fc.nat({ max: 24 }), async (drawn, indexedCount) => {
      const all = distinct(drawn);
      const bucket = new MemoryBucket('late');
      for (const metadata of all.slice(0, indexedCount)) await putSample(bucket, metadata);
      await buildIndex(bucket, SAMPLE_LOCATION, { sizes: SIZES });
      for (const metadata of all.slice(indexedCount)) await putSample(bucket, metadata);
      const links = await chainOf(bucket);
      const read = readOffsets(links);
      assert.deepEqual(
        read,
        [...new Set(read)].toSorted((a, b) => Number(a - b)),
      );
      for (const link of links) {
        if (link.kind === 'gap' && link.reason === 'missing')
          assert.deepEqual(covered(all, { from: link.range.start, to: link.range.end }), []);
      }
    }),
    { numRuns: 150 },
  );
});

test('a chain followed from inside gives what the whole chain gives there', async () => {
  // Adjacent segments, some of them twice with another compression and end: what writers can leave behind.
  const lengths = fc.array(fc.record({ length: fc.bigInt({ min: 1n, max: 9n }), twin: fc.nat({ max: 12 }) }), {
    minLength: 1,
    maxLength: 30,
  });
  const range = fc.record({ from: fc.bigInt({ min: 0n, max: 300n }), to: fc.bigInt({ min: 0n, max: 300n }) });
  await fc.assert(
    fc.asyncProperty(lengths, range, fc.boolean(), async (pieces, { from, to }, withIndex) => {
      const bucket = new MemoryBucket('inside');
      const all: SegmentMetadata[] = [];
      let start = 5n;
      for (const { length, twin } of pieces) {
        all.push(sampleMetadata(start, start + length));
        if (twin > 0 && BigInt(twin) < length)
          all.push(sampleMetadata(start, start + BigInt(twin), { compression: 'gzip' }));
        start += length;
      }
      for (const metadata of all) await putSample(bucket, metadata);
      if (withIndex) await buildIndex(bucket, SAMPLE_LOCATION, { sizes: SIZES });
      assert.deepEqual(readOffsets(await chainOf(bucket, { from, to })), covered(all, { from, to }));
    }),
    { numRuns: 150 },
  );
});

test('a hole that nothing explains is missing; a long segment that starts before everything looked at still fills it', async () => {
  const bucket = new MemoryBucket('hole');
  for (const [start, end] of [
    [0n, 10n],
    [10n, 20n],
    [30n, 40n],
  ] as const)
    await putSample(bucket, sampleMetadata(start, end));
  const missing = { kind: 'gap', range: { start: 20n, end: 30n }, reason: 'missing' };
  assert.deepEqual((await chainOf(bucket, { from: 15n }))[1], missing);
  await putSample(bucket, sampleMetadata(0n, 35n, { compression: 'gzip' }));
  const links = await chainOf(bucket, { from: 15n });
  assert.deepEqual(
    links.map((link) => [link.kind, rangeOf(link)]),
    [
      ['segment', { start: 15n, end: 20n }],
      ['segment', { start: 20n, end: 35n }],
      ['segment', { start: 35n, end: 40n }],
    ],
  );
});

test('an indexed chain costs lists and index objects, not a head for every segment', async () => {
  const store = new MemoryBucket('cost');
  for (let start = 0n; start < 1000n; start += 10n) await putSample(store, sampleMetadata(start, start + 10n));
  await buildIndex(store, SAMPLE_LOCATION, { sizes: { narrow: 16, wide: 64 } });
  const calls: string[] = [];
  const bucket = meteredBucket(store, ({ operation }) => calls.push(operation));
  assert.equal((await chainOf(bucket)).length, 100);
  // One wide run of 64 and two narrow ones of 16 are read; four segments are not indexed yet.
  assert.deepEqual(countsOf(calls), { list: 3, get: 3, head: 4 });
  calls.length = 0;
  assert.equal((await chainOf(bucket, { from: 985n })).length, 2);
  assert.deepEqual(countsOf(calls), { list: 3, get: 1, head: 2 });
});

function countsOf(calls: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const call of calls) counts[call] = (counts[call] ?? 0) + 1;
  return counts;
}

/** Puts nonsense in the place of one index object, or of none. */
async function damageIndex(bucket: Bucket, which: number): Promise<void> {
  const keys = (await Array.fromAsync(bucket.list(indexPrefix(SAMPLE_LOCATION)))).map(({ key }) => key);
  const key = keys[which];
  if (key === undefined) return;
  await bucket.delete(key);
  await bucket.put(key, [Buffer.from('nonsense')]);
}
