import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { paletteFor } from '../../core/runtime/colours.ts';
import type { OffsetFacts, PartitionFacts } from './offset-facts.ts';
import type { OffsetTarget } from './offset-target.ts';
import { isUnchanged } from './offsets-plan.ts';
import { offsetsPlanJson, readOffsetsPlan } from './offsets-plan-json.ts';
import { formatPlan } from './offsets-text.ts';
import { planOffsets } from './plan-offsets.ts';

function partition(given: Partial<PartitionFacts> = {}): PartitionFacts {
  const logEnd = given.logEnd ?? 100n;
  return {
    topic: 'orders',
    partition: 0,
    topicId: 'id',
    committed: { offset: 50n, metadata: '' },
    logStart: 10n,
    logEnd,
    stableEnd: logEnd,
    atTime: undefined,
    ...given,
  };
}

function facts(...partitions: readonly PartitionFacts[]): OffsetFacts {
  return {
    clusterId: 'cluster',
    group: { group: 'archive', state: 'empty', protocolType: 'consumer', members: [] },
    atMs: 1_700_000_000_000,
    partitions,
  };
}

function planOne(target: OffsetTarget, given: Partial<PartitionFacts> = {}, clamp = false) {
  const [planned] = planOffsets(facts(partition(given)), target, { clamp }).partitions;
  assert.ok(planned);
  const { after, skipped, repeated, warnings } = planned;
  return { after, skipped, repeated, warnings: warnings.map(({ name }) => name) };
}

test('earliest is the start of the log, latest the end for a reader of committed records', () => {
  assert.deepEqual(planOne({ kind: 'earliest' }), { after: 10n, skipped: 0n, repeated: 40n, warnings: [] });
  assert.deepEqual(planOne({ kind: 'latest' }, { stableEnd: 90n }), {
    after: 90n,
    skipped: 40n,
    repeated: 0n,
    warnings: ['records-skipped'],
  });
});

test('a time is the offset that the brokers found, and the end where they found none', () => {
  const time = { kind: 'time', timestampMs: 5 } as const;
  assert.deepEqual(planOne(time, { atTime: 30n }), { after: 30n, skipped: 0n, repeated: 20n, warnings: [] });
  assert.deepEqual(planOne(time, { stableEnd: 95n }).warnings, ['records-skipped', 'time-after-end']);
  assert.equal(planOne(time, { stableEnd: 95n }).after, 95n);
});

test('a shift goes from what is committed; partitions without a commit are left alone', () => {
  assert.equal(planOne({ kind: 'shift', by: -7n }).after, 43n);
  const plan = planOffsets(
    facts(partition(), partition({ partition: 1, committed: undefined })),
    { kind: 'shift', by: 1n },
    { clamp: false },
  );
  assert.deepEqual(
    plan.partitions.map((at) => [at.partition, at.after]),
    [[0, 51n]],
  );
  assert.deepEqual(plan.untouched, [{ topic: 'orders', partition: 1 }]);
});

test('offsets outside of the log are refused, all of them named, or clamped on request', () => {
  const target: OffsetTarget = {
    kind: 'offsets',
    origin: 'a file',
    offsets: [
      { topic: 'orders', partition: 0, offset: 9n },
      { topic: 'orders', partition: 1, offset: 101n },
      { topic: 'orders', partition: 2, offset: 100n },
    ],
  };
  const three = facts(partition(), partition({ partition: 1 }), partition({ partition: 2 }));
  assert.throws(() => planOffsets(three, target, { clamp: false }), {
    code: 'OFFSETS_OUTSIDE_LOG',
    message: /orders-0 at 9 \(the log has 10 to 100\), orders-1 at 101 \(the log has 10 to 100\)$/,
  });
  const plan = planOffsets(three, target, { clamp: true });
  assert.deepEqual(
    plan.partitions.map((at) => [at.after, at.warnings.some(({ name }) => name === 'clamped')]),
    [
      [10n, true],
      [100n, true],
      [100n, false],
    ],
  );
});

/** Offset 20 of each of these partitions. */
function named(...numbers: readonly number[]): OffsetTarget {
  const offsets = numbers.map((number) => ({ topic: 'orders', partition: number, offset: 20n }));
  return { kind: 'offsets', origin: 'a file', offsets };
}

test('offsets of partitions that do not exist, or that are named twice, are refused', () => {
  const code = 'OFFSETS_TARGET_INVALID';
  assert.throws(() => planOffsets(facts(partition()), named(0, 3), { clamp: true }), { code, message: /orders-3/ });
  assert.throws(() => planOffsets(facts(partition()), named(0, 0), { clamp: true }), { code, message: /orders-0/ });
  assert.throws(() => planOffsets(facts(), { kind: 'earliest' }, { clamp: true }), { code, message: /no offsets/ });
});

test('what is lost is said: skipped, expired, in open transactions, of another log', () => {
  assert.deepEqual(planOne({ kind: 'earliest' }, { committed: { offset: 3n, metadata: '' } }).warnings, [
    'records-expired',
  ]);
  const aimed = { kind: 'offsets', origin: 'x', offsets: [{ topic: 'orders', partition: 0, offset: 97n }] } as const;
  assert.deepEqual(planOne(aimed, { stableEnd: 95n }).warnings, ['records-skipped', 'open-transaction']);
  const beyond = planOne({ kind: 'latest' }, { committed: { offset: 400n, metadata: '' } });
  assert.deepEqual(beyond, { after: 100n, skipped: 0n, repeated: 0n, warnings: ['committed-outside-log'] });
  const fresh = planOne({ kind: 'latest' }, { committed: undefined });
  assert.deepEqual(fresh, { after: 100n, skipped: 90n, repeated: 0n, warnings: ['records-skipped'] });
});

test('an offset that stays but has metadata is set again: it becomes an order', () => {
  const unchanged = ['', '{"bss":1}'].map((metadata) => {
    const at = partition({ committed: { offset: 100n, metadata } });
    return planOffsets(facts(at), { kind: 'latest' }, { clamp: false }).partitions.map(isUnchanged);
  });
  assert.deepEqual(unchanged, [[true], [false]]);
});

const offset = fc.bigInt({ min: 0n, max: 1000n });
const anyPartition = fc
  .record({
    sorted: fc.tuple(offset, offset, offset).map((three) => three.toSorted((a, b) => Number(a - b))),
    committed: fc.option(fc.record({ offset, metadata: fc.string() }, { noNullPrototype: true }), { nil: undefined }),
    atTime: fc.option(offset, { nil: undefined }),
  })
  .map(({ sorted: [logStart = 0n, stableEnd = 0n, logEnd = 0n], committed, atTime }) =>
    partition({ logStart, stableEnd, logEnd, committed, atTime: clampIn(atTime, logStart, logEnd) }),
  );
const anyTarget: fc.Arbitrary<OffsetTarget> = fc.oneof(
  fc.constant({ kind: 'earliest' } as const),
  fc.constant({ kind: 'latest' } as const),
  fc.constant({ kind: 'time', timestampMs: 1 } as const),
  fc.bigInt({ min: -1000n, max: 1000n }).map((by) => ({ kind: 'shift', by }) as const),
  offset.map((at) => ({
    kind: 'offsets' as const,
    origin: 'x',
    offsets: [{ topic: 'orders', partition: 0, offset: at }],
  })),
);

function clampIn(value: bigint | undefined, min: bigint, max: bigint): bigint | undefined {
  return value === undefined || value < min || value > max ? undefined : value;
}

test('whatever the target: in the log, skipped and repeated exclude each other, and losing is never silent', () => {
  fc.assert(
    fc.property(anyPartition, anyTarget, (at, target) => {
      fc.pre(target.kind !== 'shift' || at.committed !== undefined);
      const { after, skipped, repeated, warnings } = planOne(target, at, true);
      assert.ok(after >= at.logStart && after <= at.logEnd);
      assert.ok(skipped === 0n || repeated === 0n);
      assert.equal(skipped > 0n, warnings.includes('records-skipped'));
      const [from, to] = [at.committed?.offset ?? at.logStart, after];
      assert.ok(skipped <= (to > from ? to - from : 0n));
      assert.ok(repeated <= (from > to ? from - to : 0n));
    }),
  );
});

test('a plan is the same after it was written to a file and read', () => {
  fc.assert(
    fc.property(anyPartition, anyTarget, (at, target) => {
      fc.pre(target.kind !== 'shift' || at.committed !== undefined);
      const other = partition({ topic: 'other', partition: 7, committed: undefined });
      const plan = planOffsets(facts(at, other), target, { clamp: true });
      assert.deepEqual(readOffsetsPlan(JSON.parse(JSON.stringify(offsetsPlanJson(plan))), 'plan.json'), plan);
    }),
  );
});

test('what is no plan is refused, with the place', () => {
  const code = 'OFFSETS_TARGET_INVALID';
  const json = offsetsPlanJson(planOffsets(facts(partition()), { kind: 'earliest' }, { clamp: false }));
  const [first] = json.partitions;
  const wrong = { ...json, partitions: [{ ...first, after: -1 }] };
  assert.throws(() => readOffsetsPlan(wrong, 'a.json'), { code, message: /a\.json.*\/partitions\/0\/after/ });
  assert.throws(() => readOffsetsPlan({ ...json, version: 2 }, 'a.json'), { code, message: /version/ });
  assert.throws(() => readOffsetsPlan({ ...json, madeAt: 'yesterday' }, 'a.json'), { code, message: /madeAt/ });
  assert.throws(() => readOffsetsPlan(null, 'a.json'), { code });
});

/** The plan of a group that loses records in each of so many partitions. */
function many(count: number): string {
  const partitions = Array.from({ length: count }, (_, number) => partition({ partition: number }));
  return formatPlan(planOffsets(facts(...partitions), { kind: 'latest' }, { clamp: false }), paletteFor(false));
}

test('as text: few warnings are all there, of many the first, and how many more', () => {
  assert.equal(many(20).match(/records-skipped/g)?.length, 20);
  assert.doesNotMatch(many(20), /more, which/);
  const text = many(1000);
  assert.equal(text.match(/records-skipped/g)?.length, 20);
  assert.match(text, /warning {2}and 980 more, which --json has all of\nIn all: 1000 of 1000 partitions change/);
});
