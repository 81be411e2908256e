import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sampleMetadata } from '../../../test/harness/sample-segment.ts';
import type { ChainLink } from '../../core/archive/partition-chain.ts';
import type { Source } from '../../core/archive/source-registry.ts';
import type { OffsetRange } from '../../core/record/topic-partition.ts';
import { parseReloadRequest } from '../request/reload-request.ts';
import { type PartitionSelection, selectPartition } from './partition-selection.ts';
import { buildPlan } from './reload-plan.ts';
import type { TargetTopic } from './target-notes.ts';

const NOW_MS = 1_000_000_000;

function source(number: number, changes: Partial<Source> = {}): Source {
  return {
    folder: 'orders',
    number,
    clusterId: 'cluster-a',
    topic: 'orders',
    topicId: `id-${number}`,
    partitionCount: 2,
    topicConfig: {},
    createdAtMs: 0,
    ...changes,
  };
}

/** A segment with a record at every offset, a second apart. */
function segment(start: bigint, end: bigint, readable: OffsetRange = { start, end }): ChainLink {
  return { kind: 'segment', key: `k${start}`, sizeBytes: 1000, metadata: sampleMetadata(start, end), readable };
}

function hole(start: bigint, end: bigint, reason: 'missing' | 'expired'): ChainLink {
  return { kind: 'gap', range: { start, end }, reason };
}

async function* stream(links: readonly ChainLink[]): AsyncGenerator<ChainLink> {
  for (const link of links) yield await Promise.resolve(link);
}

const NO_BOUNDS = { fromTimestampMs: undefined, toTimestampMs: undefined };

function select(
  number: number,
  partition: number,
  links: readonly ChainLink[],
  bounds = {},
): Promise<PartitionSelection> {
  return selectPartition(source(number), partition, stream(links), { ...NO_BOUNDS, ...bounds });
}

function target(changes: Partial<TargetTopic> = {}): TargetTopic {
  return {
    name: 'copy',
    id: 'copy-id',
    clusterId: 'cluster-a',
    partitionCount: 2,
    config: new Map(),
    offsetCount: 0n,
    ...changes,
  };
}

const REQUEST = parseReloadRequest({ folder: 'orders', target: { topic: 'copy' } });

test('the ranges of a partition follow one another source by source, in one task', async () => {
  const selections = [
    await select(1, 0, [segment(0n, 10n), segment(10n, 30n)]),
    await select(1, 1, [segment(5n, 6n)]),
    await select(2, 0, [segment(0n, 7n)]),
  ];
  const plan = buildPlan(REQUEST, selections, target(), NOW_MS);
  assert.deepEqual(
    plan.tasks.map(({ partition, ranges, records, segments }) => ({ partition, ranges, records, segments })),
    [
      {
        partition: 0,
        ranges: [
          { folder: 'orders', source: 1, start: '0', end: '30' },
          { folder: 'orders', source: 2, start: '0', end: '7' },
        ],
        records: 37,
        segments: 3,
      },
      { partition: 1, ranges: [{ folder: 'orders', source: 1, start: '5', end: '6' }], records: 1, segments: 1 },
    ],
  );
  assert.deepEqual(plan.totals, {
    taskCount: 2,
    segmentCount: 4,
    recordCount: 38,
    recordCountExact: true,
    objectBytes: 4e3,
    linesBytes: 3800,
  });
  assert.deepEqual([plan.refusals, plan.notes, plan.holes], [[], [], []]);
});

async function exact(links: readonly ChainLink[], bounds = {}): Promise<boolean> {
  return (await select(1, 0, links, bounds)).exact;
}

test('a count is exact only when every segment is wanted whole', async () => {
  assert.equal(await exact([segment(0n, 10n)]), true);
  assert.equal(await exact([segment(0n, 10n, { start: 3n, end: 10n })]), false);
  assert.equal(await exact([segment(0n, 10n, { start: 0n, end: 9n })]), false);
  assert.equal(await exact([segment(0n, 10n)], { fromTimestampMs: 0n, toTimestampMs: 9_001n }), true);
  assert.equal(await exact([segment(0n, 10n)], { fromTimestampMs: 1n }), false);
  assert.equal(await exact([segment(0n, 10n)], { toTimestampMs: 9_000n }), false);
});

test('holes are counted by reason and listed; unexplained ones refuse the job unless they are allowed', async () => {
  const selections = [
    await select(1, 0, [
      segment(0n, 10n),
      hole(10n, 15n, 'expired'),
      segment(15n, 20n),
      hole(20n, 22n, 'missing'),
      segment(22n, 30n),
    ]),
  ];
  const refused = buildPlan(REQUEST, selections, target(), NOW_MS);
  assert.deepEqual(refused.holeOffsets, { expired: '5', missing: '2' });
  assert.deepEqual(
    refused.holes.map(({ start, end, reason }) => [start, end, reason]),
    [
      ['10', '15', 'expired'],
      ['20', '22', 'missing'],
    ],
  );
  assert.deepEqual(
    refused.refusals.map(({ code }) => code),
    ['RELOAD_INCOMPLETE_ARCHIVE'],
  );
  const allowed = buildPlan({ ...REQUEST, allowMissing: true }, selections, target(), NOW_MS);
  assert.deepEqual(allowed.refusals, []);
  assert.deepEqual(
    allowed.notes.map(({ code }) => code),
    ['ARCHIVE_INCOMPLETE'],
  );
});

test('a target that is missing or too narrow refuses the job and says what it must be', async () => {
  const selections = [await select(1, 0, [segment(0n, 1n)]), await select(1, 1, [segment(0n, 1n)])];
  const [missing] = buildPlan(REQUEST, selections, undefined, NOW_MS).refusals;
  assert.equal(missing?.code, 'KAFKA_TOPIC_MISSING');
  assert.match(missing.hint ?? '', /with 2 partitions/);
  const [narrow] = buildPlan(REQUEST, selections, target({ partitionCount: 1 }), NOW_MS).refusals;
  assert.equal(narrow?.code, 'KAFKA_PARTITION_MISMATCH');
  assert.deepEqual(buildPlan(REQUEST, selections.slice(0, 1), target({ partitionCount: 1 }), NOW_MS).refusals, []);
});

test('nothing selected is nothing to do, and said so', async () => {
  const plan = buildPlan(REQUEST, [await select(1, 0, [])], target(), NOW_MS);
  assert.equal(plan.totals.taskCount, 0);
  assert.deepEqual(
    plan.notes.map(({ code }) => code),
    ['NOTHING_SELECTED'],
  );
});

test('notes tell where the target would differ from the archive', async () => {
  const config = (pairs: Record<string, string>): TargetTopic => target({ config: new Map(Object.entries(pairs)) });
  const codes = async (topic: TargetTopic, of: Source = source(1), nowMs = NOW_MS): Promise<string[]> => {
    const selection = await selectPartition(of, 0, stream([segment(500_000n, 500_100n)]), NO_BOUNDS);
    return buildPlan(REQUEST, [selection], topic, nowMs).notes.map(({ code }) => code);
  };
  assert.deepEqual(await codes(target({ offsetCount: 3n })), ['TARGET_NOT_EMPTY']);
  assert.deepEqual(await codes(target({ name: 'orders' })), ['TARGET_IS_ARCHIVED']);
  assert.deepEqual(await codes(target({ name: 'orders', clusterId: 'another' })), []);
  assert.deepEqual(await codes(config({ 'message.timestamp.type': 'LogAppendTime' })), [
    'TARGET_OVERWRITES_TIMESTAMPS',
  ]);
  assert.deepEqual(await codes(config({ 'cleanup.policy': 'compact' })), ['TARGET_IS_COMPACTED']);
  // The oldest record is 500,000 s old.
  assert.deepEqual(await codes(config({ 'retention.ms': '499999999' })), ['TARGET_RETENTION']);
  assert.deepEqual(await codes(config({ 'retention.ms': '500000000' })), []);
  assert.deepEqual(await codes(config({ 'retention.ms': '-1' })), []);
  assert.deepEqual(await codes(config({ 'retention.ms': '1', 'cleanup.policy': 'compact' })), ['TARGET_IS_COMPACTED']);
  assert.deepEqual(await codes(config({ 'message.timestamp.before.max.ms': '1000' })), ['TARGET_TIMESTAMP_LIMIT']);
  assert.deepEqual(await codes(config({ 'message.timestamp.before.max.ms': '9223372036854775807' })), []);
  assert.deepEqual(await codes(config({ 'message.timestamp.after.max.ms': '3600000' }), source(1), 0), [
    'TARGET_TIMESTAMP_LIMIT',
  ]);
  const large = source(1, { topicConfig: { 'max.message.bytes': '5000000' } });
  assert.deepEqual(await codes(config({ 'max.message.bytes': '1048588' }), large), ['TARGET_MESSAGE_SIZE']);
  assert.deepEqual(await codes(config({ 'max.message.bytes': '5000000' }), large), []);
});
