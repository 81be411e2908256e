import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SampleArchive, sampleRecord } from '../../test/harness/sample-archive.ts';
import type { Bucket } from '../core/bucket/bucket.ts';
import { MemoryBucket } from '../core/bucket/memory-bucket.ts';
import { isAppError } from '../core/errors.ts';
import { encodeLine } from '../core/segment/line-encoder.ts';
import { catRecords, type CatQuery } from './cat-records.ts';

/** Partition 0: 0-90 and 100-200, two of which overlap and one of which is twice there; partition 1: 0-30. */
async function archive(): Promise<Bucket> {
  const bucket = new MemoryBucket('cat');
  const orders = await SampleArchive.create(bucket);
  await orders.store(0, { start: 0n, end: 50n, compression: 'zstd', compacted: [17n] });
  await orders.store(0, { start: 0n, end: 20n, compression: 'gzip', compacted: [17n] });
  await orders.store(0, { start: 40n, end: 90n, compression: 'none' });
  await orders.store(0, { start: 100n, end: 200n, compression: 'gzip' });
  await orders.store(1, { start: 0n, end: 30n });
  return bucket;
}

function expected(query: CatQuery): string {
  const lines: string[] = [];
  for (const [partition, end] of [
    [0, 200n],
    [1, 30n],
  ] as const) {
    if (query.partitions?.includes(partition) === false) continue;
    for (let offset = 0n; offset < end; offset++) {
      const record = sampleRecord(offset);
      if (partition === 0 && (offset === 17n || (offset >= 90n && offset < 100n))) continue;
      if (query.fromOffset !== undefined && offset < query.fromOffset) continue;
      if (query.toOffset !== undefined && offset >= query.toOffset) continue;
      if (query.fromTimestampMs !== undefined && record.timestampMs < query.fromTimestampMs) continue;
      if (query.toTimestampMs !== undefined && record.timestampMs >= query.toTimestampMs) continue;
      lines.push(Buffer.from(encodeLine(record, partition)).toString());
    }
  }
  return lines.slice(0, query.limit).join('');
}

async function cat(bucket: Bucket, query: CatQuery): Promise<string> {
  return Buffer.concat(await Array.fromAsync(catRecords(bucket, 'orders', query))).toString();
}

test('I2, I3: cat gives exactly the wanted lines, each once, in order, whatever overlaps', async () => {
  const bucket = await archive();
  const offset = fc.option(fc.bigInt({ min: 0n, max: 220n }), { nil: undefined });
  const time = fc.option(
    fc.bigInt({ min: 0n, max: 220n }).map((second) => 1_700_000_000_000n + second * 1000n),
    { nil: undefined },
  );
  const query = fc.record({
    partitions: fc.constantFrom(undefined, [0], [1], [0, 1], [5]),
    fromOffset: offset,
    toOffset: offset,
    fromTimestampMs: time,
    toTimestampMs: time,
    limit: fc.option(fc.integer({ min: 1, max: 300 }), { nil: undefined }),
  });
  await fc.assert(
    fc.asyncProperty(query, async (wanted) => {
      assert.equal(await cat(bucket, wanted), expected(wanted));
    }),
    { numRuns: 150 },
  );
});

test('a segment whose lines are not those that its metadata speaks of is an error, not silence', async () => {
  const bucket = new MemoryBucket('short');
  const orders = await SampleArchive.create(bucket);
  const { key } = await orders.store(0, { start: 0n, end: 50n, compression: 'none' });
  const body = Buffer.from(await bucket.get(key));
  const info = await bucket.head(key);
  await bucket.delete(key);
  // A whole line is gone: every line that is left is right.
  await bucket.put(key, [body.subarray(0, body.lastIndexOf(10, body.length - 2) + 1)], {
    metadata: info?.metadata ?? {},
  });
  await assert.rejects(cat(bucket, {}), (error) => isAppError(error, 'SEGMENT_CORRUPT') && error.subject === key);
});
