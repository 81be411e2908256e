import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryBucket } from '../bucket/memory-bucket.ts';
import { isAppError } from '../errors.ts';
import { claimSource, listFolders, listSources, type SourceClaim } from './source-registry.ts';

const CLAIM: SourceClaim = {
  clusterId: 'cluster-a',
  topic: 'orders',
  topicId: 'id-1',
  partitionCount: 6,
  topicConfig: new Map([
    ['retention.ms', '1000'],
    ['cleanup.policy', 'compact'],
  ]),
  nowMs: 1_700_000_000_000,
};

test('a topic id has one source, another id of the same name another', async () => {
  const bucket = new MemoryBucket('sources');
  const first = await claimSource(bucket, 'orders', CLAIM);
  assert.equal(first.number, 1);
  assert.deepEqual(await claimSource(bucket, 'orders', { ...CLAIM, partitionCount: 12, nowMs: 5 }), first);
  const again = await claimSource(bucket, 'orders', { ...CLAIM, topicId: 'id-2' });
  const elsewhere = await claimSource(bucket, 'orders', { ...CLAIM, clusterId: 'cluster-b' });
  assert.deepEqual([again.number, elsewhere.number], [2, 3]);
  assert.deepEqual(await listSources(bucket, 'orders'), [first, again, elsewhere]);
  assert.deepEqual(first.topicConfig, { 'cleanup.policy': 'compact', 'retention.ms': '1000' });
});

test('of any number of claims at once every topic id gets one number', async () => {
  const bucket = new MemoryBucket('race');
  const ids = Array.from({ length: 60 }, (_, index) => `id-${index % 6}`);
  const sources = await Promise.all(ids.map((topicId) => claimSource(bucket, 'orders', { ...CLAIM, topicId })));
  const numbers = new Map(sources.map(({ topicId, number }) => [topicId, number]));
  for (const { topicId, number } of sources) assert.equal(number, numbers.get(topicId));
  assert.deepEqual(
    [...numbers.values()].toSorted((a, b) => a - b),
    [1, 2, 3, 4, 5, 6],
  );
});

test('a record that cannot be understood is an error that names it', async () => {
  const good = {
    formatVersion: 1,
    source: 1,
    clusterId: 'c',
    topic: 't',
    topicId: 'i',
    partitionCount: 1,
    topicConfig: {},
    createdAtMs: 1,
  };
  const bodies = [
    '',
    'not json',
    '[]',
    JSON.stringify({ ...good, source: 2 }),
    JSON.stringify({ ...good, topicId: 7 }),
  ];
  for (const body of [
    ...bodies,
    JSON.stringify({ ...good, partitionCount: -1 }),
    JSON.stringify({ ...good, topicConfig: { a: 1 } }),
  ]) {
    const bucket = new MemoryBucket('bad');
    await bucket.put('orders/_sources/0001.json', [Buffer.from(body)]);
    await assert.rejects(
      claimSource(bucket, 'orders', CLAIM),
      (error) => isAppError(error, 'ARCHIVE_SOURCE_CONFLICT') && error.subject === 'orders/_sources/0001.json',
      body,
    );
  }
  const later = new MemoryBucket('later');
  await later.put('orders/_sources/0001.json', [Buffer.from(JSON.stringify({ ...good, formatVersion: 2 }))]);
  await assert.rejects(listSources(later, 'orders'), (error) => isAppError(error, 'SEGMENT_FORMAT_UNSUPPORTED'));
});

test('a folder that cannot be one is refused, one that is not there has no sources', async () => {
  const bucket = new MemoryBucket('folders');
  await assert.rejects(claimSource(bucket, '_schemas', CLAIM), (error) => isAppError(error, 'CONFIG_INVALID'));
  assert.deepEqual(await listSources(bucket, 'orders'), []);
  await claimSource(bucket, 'orders', CLAIM);
  await claimSource(bucket, 'customers', CLAIM);
  await bucket.put('_bss/probe/1', [Buffer.from('x')]);
  assert.deepEqual(await Array.fromAsync(listFolders(bucket)), ['customers', 'orders']);
});
