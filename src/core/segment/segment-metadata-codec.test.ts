import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { isAppError } from '../errors.ts';
import { GAP_REASONS } from '../record/topic-partition.ts';
import type { OffsetGap } from '../record/topic-partition.ts';
import { formatObjectMetadata, parseObjectMetadata } from './segment-metadata-codec.ts';
import type { SegmentMetadata } from './segment-metadata.ts';

const offset = fc.bigInt({ min: 0n, max: 2n ** 63n - 2n });
const timestamp = fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), { nil: undefined });
const gap: fc.Arbitrary<OffsetGap> = fc
  .tuple(offset, fc.integer({ min: 1, max: 1_000_000 }), fc.constantFrom(...GAP_REASONS))
  .map(([start, length, reason]) => ({ range: { start, end: start + BigInt(length) }, reason }));

const metadataArbitrary: fc.Arbitrary<SegmentMetadata> = fc
  .record({
    clusterId: fc.constantFrom('MkU3OEVBNTcwNTJENDM2Qg', 'Größe', ''),
    topic: fc.stringMatching(/^[a-zA-Z0-9._-]{1,249}$/),
    topicId: fc.uuid(),
    partition: fc.nat(),
    formatVersion: fc.constant(1 as const),
    compression: fc.constantFrom('none', 'gzip', 'zstd'),
    start: offset,
    end: offset,
    recordCount: fc.nat(),
    firstOffset: fc.option(offset, { nil: undefined }),
    lastOffset: fc.option(offset, { nil: undefined }),
    minTimestampMs: timestamp,
    maxTimestampMs: timestamp,
    linesBytes: fc.nat(),
    linesCrc32c: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    gaps: fc.array(gap, { maxLength: 60 }),
    precedingGap: fc.option(gap, { nil: undefined }),
    writer: fc.string({ maxLength: 60 }),
    createdAtMs: fc.nat(),
  })
  .map((fields) => {
    const gapCounts: Partial<Record<OffsetGap['reason'], number>> = {};
    for (const { reason, range } of fields.gaps) {
      gapCounts[reason] = (gapCounts[reason] ?? 0) + Number(range.end - range.start);
    }
    return { ...fields, gapCounts };
  });

test('object metadata gives back what was put in, small and in ASCII; too many gaps are only counted', () => {
  fc.assert(
    fc.property(metadataArbitrary, (metadata) => {
      const entries = formatObjectMetadata(metadata);
      const all = Object.entries(entries).flat().join('');
      assert.match(all, /^[\x20-\x7e]*$/);
      const onS3 = all.length + 'x-amz-meta-'.length * Object.keys(entries).length;
      assert(onS3 <= 1900, `${onS3} bytes`);
      assert(Object.keys(entries).every((name) => /^[a-z0-9-]+$/.test(name)));
      const parsed = parseObjectMetadata(entries, 'a/segment');
      const gaps =
        parsed?.gaps === undefined && metadata.gaps !== undefined && metadata.gaps.length > 5
          ? undefined
          : metadata.gaps;
      assert.deepEqual(parsed, { ...metadata, gaps });
    }),
    { numRuns: 200 },
  );
});

test('an object without our metadata is none of ours; unknown further fields are passed over', () => {
  assert.equal(parseObjectMetadata({ 'content-language': 'en' }, 'a/b'), undefined);
  const [metadata] = fc.sample(metadataArbitrary, { numRuns: 1, seed: 1 });
  assert(metadata);
  const entries = { ...formatObjectMetadata({ ...metadata, gaps: [], gapCounts: {} }), 'bss-colour': 'green' };
  assert.deepEqual(parseObjectMetadata(entries, 'a/b'), { ...metadata, gaps: [], gapCounts: {} });
});

test('a later format version is refused as such, a missing or broken field by its name', () => {
  const [metadata] = fc.sample(metadataArbitrary, { numRuns: 1, seed: 2 });
  assert(metadata);
  const entries = formatObjectMetadata(metadata);
  assert.throws(
    () => parseObjectMetadata({ ...entries, 'bss-format': '2' }, 'a/b'),
    (error) => isAppError(error, 'SEGMENT_FORMAT_UNSUPPORTED') && error.subject === 'a/b',
  );
  for (const [name, value] of [
    ['bss-start', '-'],
    ['bss-partition', '1.5'],
    ['bss-compression', 'lzma'],
    ['bss-lines-crc32c', 'F'],
  ] as const) {
    const named = (error: unknown): boolean => isAppError(error, 'SEGMENT_CORRUPT') && error.message.includes(name);
    assert.throws(() => parseObjectMetadata({ ...entries, [name]: value }, 'a/b'), named);
    const { [name]: _gone, ...rest } = entries;
    assert.throws(() => parseObjectMetadata(rest, 'a/b'), named);
  }
});
