import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SAMPLE_LOCATION, putSample, sampleMetadata } from '../../../test/harness/sample-segment.ts';
import type { Bucket } from '../bucket/bucket.ts';
import { MemoryBucket } from '../bucket/memory-bucket.ts';
import { isAppError } from '../errors.ts';
import { indexPrefix, partitionPrefix } from './archive-layout.ts';
import { listIndex, readIndexRun } from './index-reader.ts';
import { decodeIndexRun, encodeIndexRun } from './index-run.ts';
import { INDEX_SIZES, buildIndex, indexIsDue } from './segment-index.ts';

const SIZES = { narrow: 4, wide: 16 };

async function bucketWith(count: number): Promise<MemoryBucket> {
  const bucket = new MemoryBucket('index');
  for (let index = 0; index < count; index++)
    await putSample(bucket, sampleMetadata(BigInt(index * 10), BigInt(index * 10 + 10)));
  return bucket;
}

/** Every index object of the partition: level and start offsets of what it lists. */
async function contents(bucket: Bucket): Promise<Record<string, readonly (number | string)[]>> {
  const found: Record<string, readonly (number | string)[]> = {};
  for (const level of [0, 1]) {
    for (const key of await listIndex(bucket, SAMPLE_LOCATION, level)) {
      const run = await readIndexRun(bucket, key);
      found[`${level}:${key.start}`] =
        typeof run === 'string' ? [run] : run.segments.map(({ metadata }) => Number(metadata.start) / 10);
    }
  }
  return found;
}

test('full runs are listed, the rest is left for later', async () => {
  const bucket = await bucketWith(18);
  assert.deepEqual(await buildIndex(bucket, SAMPLE_LOCATION, { sizes: SIZES }), { writtenCount: 5, damagedCount: 0 });
  const first = await contents(bucket);
  assert.deepEqual(first, {
    '0:0': [0, 1, 2, 3],
    '0:40': [4, 5, 6, 7],
    '0:80': [8, 9, 10, 11],
    '0:120': [12, 13, 14, 15],
    '1:0': [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
  });
  assert.deepEqual(await buildIndex(bucket, SAMPLE_LOCATION, { sizes: SIZES }), { writtenCount: 0, damagedCount: 0 });
  for (const index of [18, 19]) await putSample(bucket, sampleMetadata(BigInt(index * 10), BigInt(index * 10 + 10)));
  assert.deepEqual(await buildIndex(bucket, SAMPLE_LOCATION, { sizes: SIZES }), { writtenCount: 1, damagedCount: 0 });
  assert.deepEqual(await contents(bucket), { ...first, '0:160': [16, 17, 18, 19] });
});

test('builders at the same time leave one index', async () => {
  const bucket = await bucketWith(40);
  const builds = await Promise.all([1, 2, 3].map(() => buildIndex(bucket, SAMPLE_LOCATION, { sizes: SIZES })));
  assert.equal(
    builds.reduce((sum, { writtenCount }) => sum + writtenCount, 0),
    12,
  );
  const listed = Object.entries(await contents(bucket)).filter(([name]) => name.startsWith('0:'));
  assert.deepEqual(
    listed.flatMap(([, segments]) => segments),
    Array.from({ length: 40 }, (_, index) => index),
  );
});

test('a damaged or deleted index object is replaced, wherever it is', async () => {
  const whole = await bucketWith(40);
  await buildIndex(whole, SAMPLE_LOCATION, { sizes: SIZES });
  const expected = await contents(whole);
  for (const { key } of await Array.fromAsync(whole.list(indexPrefix(SAMPLE_LOCATION)))) {
    for (const replacement of [undefined, 'nonsense']) {
      const bucket = await bucketWith(40);
      await buildIndex(bucket, SAMPLE_LOCATION, { sizes: SIZES });
      await bucket.delete(key);
      if (replacement !== undefined) await bucket.put(key, [Buffer.from(replacement)]);
      const build = await buildIndex(bucket, SAMPLE_LOCATION, { sizes: SIZES, check: true });
      assert.deepEqual(build, { writtenCount: 1, damagedCount: replacement === undefined ? 0 : 1 }, key);
      assert.deepEqual(await contents(bucket), expected, key);
    }
  }
});

test('an index of a later release is left alone', async () => {
  const bucket = await bucketWith(8);
  const { zstdCompressSync } = await import('node:zlib');
  const key = `${indexPrefix(SAMPLE_LOCATION, 0)}00000000000000000000.jsonl.zst`;
  await bucket.put(key, [zstdCompressSync(Buffer.from('{"formatVersion":2}\n'))]);
  await buildIndex(bucket, SAMPLE_LOCATION, { sizes: SIZES, check: true });
  assert.deepEqual(await contents(bucket), { '0:0': ['later'] });
});

test('an index object that is not for its place, cut, or flipped is damaged', async () => {
  const prefix = partitionPrefix(SAMPLE_LOCATION);
  const segments = [0n, 10n, 20n].map((start) => ({
    key: `${prefix}${String(start).padStart(20, '0')}.jsonl.zst`,
    sizeBytes: 4,
    metadata: sampleMetadata(start, start + 10n),
  }));
  const at = { location: SAMPLE_LOCATION, level: 0, start: 0n };
  const run = { after: prefix, segments };
  const body = await encodeIndexRun(at, run);
  assert.deepEqual(await decodeIndexRun(at, body), run);
  assert.equal(await decodeIndexRun({ ...at, level: 1 }, body), 'damaged');
  assert.equal(await decodeIndexRun({ ...at, start: 10n }, body), 'damaged');
  assert.equal(await decodeIndexRun({ ...at, location: { ...SAMPLE_LOCATION, partition: 4 } }, body), 'damaged');
  for (let length = 0; length < body.length; length += 7) {
    assert.equal(await decodeIndexRun(at, body.subarray(0, length)), 'damaged');
  }
  for (let position = 4; position < body.length; position += 5) {
    const flipped = Buffer.from(body);
    flipped[position] = (flipped[position] ?? 0) ^ 0x10;
    const decoded = await decodeIndexRun(at, flipped);
    // A flip in a field that the decompressor does not use may change nothing.
    if (decoded !== 'damaged') assert.deepEqual(decoded, run);
  }
  for (const wrong of [[], segments.toReversed(), [...segments, segments[2]].filter((each) => each !== undefined)]) {
    assert.equal(await decodeIndexRun(at, await encodeIndexRun(at, { after: prefix, segments: wrong })), 'damaged');
  }
});

test('a segment that cannot be understood stops the build, and what was written before stays', async () => {
  const bucket = await bucketWith(6);
  await bucket.put(`${partitionPrefix(SAMPLE_LOCATION)}00000000000000000060.jsonl.zst`, [Buffer.from('x')]);
  await assert.rejects(buildIndex(bucket, SAMPLE_LOCATION, { sizes: SIZES }), (error) =>
    isAppError(error, 'SEGMENT_CORRUPT'),
  );
  assert.deepEqual(await contents(bucket), { '0:0': [0, 1, 2, 3] });
});

test('the index is due after each full run', () => {
  const due = Array.from({ length: INDEX_SIZES.narrow * 2 + 2 }, (_, count) => count).filter(indexIsDue);
  assert.deepEqual(due, [INDEX_SIZES.narrow, INDEX_SIZES.narrow * 2]);
});
