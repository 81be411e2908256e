import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { claimSource } from '../../core/archive/source-registry.ts';
import { memoryBucket } from '../../core/bucket/memory-bucket.ts';
import type { Evidence } from '../step/step.ts';
import { checkFolderEmpty } from './check-folder.ts';
import { enforce, held, refused } from './check-result.ts';
import { retentionSuffices } from './check-retention.ts';
import { partitionsAlike } from './check-topics.ts';
import { clockSkewAllowed, narrowest } from './clock-skew.ts';
import { movedEnds } from './quiet-period.ts';

const HOUR_MS = 3_600_000;

test('evidence is kept before a check refuses', async () => {
  const kept: Omit<Evidence, 'atMs'>[] = [];
  const run = {
    evidence: (evidence: Omit<Evidence, 'atMs'>) => {
      kept.push(evidence);
      return Promise.resolve();
    },
  };
  await enforce(run, held('a', 1));
  const refusal = { code: 'DEPLOY_TOPIC_MISSING', message: 'no', subject: 'b', hint: 'create it' } as const;
  await assert.rejects(enforce(run, refused('b', 2, refusal)), { code: 'DEPLOY_TOPIC_MISSING', hint: 'create it' });
  assert.deepEqual(
    kept.map(({ check, outcome }) => [check, outcome]),
    [
      ['a', 'passed'],
      ['b', 'failed'],
    ],
  );
});

function retention(config: Record<string, string>, waitMs = HOUR_MS, partitionBytes?: number) {
  const { evidence, refusal } = retentionSuffices(
    { topic: 'orders', waitMs, partitionBytes },
    new Map(Object.entries(config)),
  );
  return [evidence.outcome, refusal?.code, /: ([^:]+) is /.exec(refusal?.message ?? '')?.[1]];
}

test('retention: what would be dropped in time is refused, what may be is noted', () => {
  const code = 'DEPLOY_RETENTION_TOO_SHORT';
  assert.deepEqual(retention({}), ['passed', undefined, undefined]);
  assert.deepEqual(retention({ 'retention.ms': '3600000' }), ['passed', undefined, undefined]);
  assert.deepEqual(retention({ 'retention.ms': '3599999' }), ['failed', code, 'retention.ms']);
  assert.deepEqual(retention({ 'retention.ms': '-1' }), ['passed', undefined, undefined]);
  assert.deepEqual(
    retention({ 'retention.ms': '1', 'cleanup.policy': 'compact', 'min.compaction.lag.ms': '3600000' }),
    ['passed', undefined, undefined],
  );
  assert.deepEqual(retention({ 'retention.ms': '1', 'cleanup.policy': 'compact, delete' }), [
    'failed',
    code,
    'retention.ms',
  ]);
  assert.deepEqual(retention({ 'retention.bytes': '1000' }), ['noted', undefined, undefined]);
  assert.deepEqual(retention({ 'retention.bytes': '1000' }, HOUR_MS, 1001), ['failed', code, 'retention.bytes']);
  assert.deepEqual(retention({ 'retention.bytes': '1000' }, HOUR_MS, 1000), ['passed', undefined, undefined]);
  assert.deepEqual(retention({ 'cleanup.policy': 'compact' }), ['noted', undefined, undefined]);
  assert.deepEqual(retention({ 'cleanup.policy': 'compact', 'max.compaction.lag.ms': '60000' }), [
    'failed',
    code,
    'max.compaction.lag.ms',
  ]);
});

test('partitions: every pair that differs is named', () => {
  const described = Object.entries({ a: 3, b: 3, c: 4 }).map(([name, partitionCount]) => {
    return { name, id: name, partitionCount, replicationFactor: 1 };
  });
  assert.equal(partitionsAlike([{ topic: 'a', like: 'b' }], described).refusal, undefined);
  const { refusal } = partitionsAlike(
    [
      { topic: 'a', like: 'b' },
      { topic: 'c', like: 'b' },
      { topic: 'a', like: 'c' },
    ],
    described,
  );
  assert.equal(refusal?.code, 'DEPLOY_PARTITION_MISMATCH');
  assert.equal(refusal.message, 'c has 4 partitions, but b 3; a has 3 partitions, but c 4');
});

test('a clock is wrong only when it is so beyond what the measurement cannot tell', () => {
  assert.equal(clockSkewAllowed({ skewMs: 1500, uncertaintyMs: 500 }, 1000).refusal, undefined);
  assert.match(clockSkewAllowed({ skewMs: 1501, uncertaintyMs: 500 }, 1000).refusal?.message ?? '', /ahead of/);
  assert.match(clockSkewAllowed({ skewMs: -2000, uncertaintyMs: 1 }, 1000).refusal?.message ?? '', /2\.0 s behind/);
});

test('the true skew is always within what is given, and the quickest answer is taken', () => {
  const round = fc.record({ sentMs: fc.nat(1000), before: fc.nat(50), after: fc.nat(50) }, { noNullPrototype: true });
  fc.assert(
    fc.property(fc.integer({ min: -5000, max: 5000 }), fc.array(round, { minLength: 1 }), (skewMs, rounds) => {
      const sent = rounds.map(({ sentMs, before, after }) => ({ sentMs, answeredMs: sentMs + before + after }));
      const stamps = rounds.map(({ sentMs, before }) => sentMs + before + skewMs);
      const found = narrowest(sent, stamps);
      assert.ok(Math.abs(found.skewMs - skewMs) <= found.uncertaintyMs);
      assert.equal(found.uncertaintyMs, Math.min(...rounds.map(({ before, after }) => (before + after) / 2)));
    }),
  );
  assert.throws(() => narrowest([{ sentMs: 1, answeredMs: 2 }], []), { code: 'KAFKA_REQUEST_FAILED' });
});

test('an end that moved, in either direction', () => {
  const partitions = [0, 1, 2].map((partition) => ({ topic: 'a', partition }));
  const before = new Map([
    ['a-0', 5n],
    ['a-1', 5n],
    ['a-2', 5n],
  ]);
  const after = new Map([
    ['a-0', 5n],
    ['a-1', 7n],
    ['a-2', 0n],
  ]);
  assert.deepEqual(
    movedEnds(partitions, before, after).map(({ partition, from, to }) => [partition, from, to]),
    [
      [1, 5n, 7n],
      [2, 5n, 0n],
    ],
  );
});

test('a source of which nothing was archived is no data', async () => {
  const bucket = memoryBucket('archive');
  const claim = { clusterId: 'c', topic: 'orders-init', topicId: 'gone', partitionCount: 1, nowMs: 0 };
  await claimSource(bucket, 'orders', { ...claim, topicConfig: new Map() });
  const { refusal, evidence } = await checkFolderEmpty(bucket, 'orders');
  assert.equal(refusal, undefined);
  assert.match(JSON.stringify(evidence.found), /"topic":"orders-init".*"partitions":\[\]/);
});
