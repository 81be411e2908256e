import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PartitionProgress } from './partition-progress.ts';
import { duePartitions, dueReason as reasonAt, type RotationPolicy } from './rotation-policy.ts';

const policy: RotationPolicy = { segmentBytes: 1000, ageMaxMs: 60_000, alignToMs: 0 };

function waiting(partition: number, offsets: bigint, sinceMs: number): { readonly progress: PartitionProgress } {
  const progress = new PartitionProgress({ topic: 't', partition }, 0n, { markEveryMs: 100 });
  progress.learn(10, 1n);
  progress.logEndSeen(offsets, sinceMs);
  return { progress };
}

function dueReason(progress: PartitionProgress, by: RotationPolicy, at: number): unknown {
  return reasonAt(progress, by, at, at);
}

test('a partition is due by size, by age, by the clock, on request, and not otherwise', () => {
  const now = 1_000_000;
  assert.equal(dueReason(waiting(0, 0n, now).progress, policy, now), undefined);
  assert.equal(dueReason(waiting(0, 99n, now).progress, policy, now), undefined);
  assert.equal(dueReason(waiting(0, 100n, now).progress, policy, now), 'size');
  assert.equal(dueReason(waiting(0, 1n, now - 59_999).progress, policy, now), undefined);
  assert.equal(dueReason(waiting(0, 1n, now - 60_000).progress, policy, now), 'age');
  const hourly = { ...policy, alignToMs: 3_600_000, ageMaxMs: 86_400_000 };
  assert.equal(dueReason(waiting(0, 1n, 3_599_999).progress, hourly, 3_600_000), 'clock');
  assert.equal(dueReason(waiting(0, 1n, 3_600_000).progress, hourly, 3_600_001), undefined);
  const flushed = waiting(0, 1n, now);
  flushed.progress.requestFlush();
  assert.equal(dueReason(flushed.progress, policy, now), 'flush');
});

test('the time of day counts for the alignment alone: a clock that is set back lets nothing wait', () => {
  const hourly = { ...policy, alignToMs: 3_600_000 };
  // Two seconds past the hour, at 100 s of the other clock.
  const [nowMs, wallMs] = [100_000, 7_202_000];
  assert.equal(reasonAt(waiting(0, 1n, 97_999).progress, hourly, nowMs, wallMs), 'clock');
  assert.equal(reasonAt(waiting(0, 1n, 98_000).progress, hourly, nowMs, wallMs), undefined);
  assert.equal(reasonAt(waiting(0, 1n, 40_000).progress, policy, nowMs, wallMs - 86_400_000), 'age');
});

test('those that wait longest come first, however large the others are', () => {
  const old = waiting(0, 100n, 10);
  const huge = waiting(1, 1_000_000n, 20);
  const young = waiting(2, 100n, 30);
  const due = duePartitions([young, huge, old], policy, { nowMs: 40, wallMs: 40, limit: 2 });
  assert.deepEqual(
    due.map(({ partition }) => partition),
    [old, huge],
  );
});

test('everybody has a turn before anybody has a second one', () => {
  const [first, second] = [waiting(0, 1000n, 10), waiting(1, 1000n, 20)];
  first.progress.beginTurn(30);
  const due = duePartitions([first, second], policy, { nowMs: 40, wallMs: 40, limit: 1 });
  assert.equal(due[0]?.partition, second);
});

test('I1: no record waits longer than the maximum age for its partition to be due', () => {
  fc.assert(
    fc.property(fc.bigInt(1n, 10_000n), fc.nat(1_000_000), fc.nat(200_000), (offsets, since, waited) => {
      const reason = reasonAt(waiting(0, offsets, since).progress, policy, since + waited, since + waited);
      assert.ok(waited < policy.ageMaxMs || reason !== undefined);
    }),
  );
});
