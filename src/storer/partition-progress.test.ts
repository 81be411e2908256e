import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PartitionProgress } from './partition-progress.ts';

const at = { topic: 'orders', partition: 3 };

test('I5: positions only go forward, and nothing is committed that is not stored', () => {
  const progress = new PartitionProgress(at, 10n, { markEveryMs: 100 });
  progress.logEndSeen(30n, 1000);
  assert.equal(progress.backlog, 20n);
  assert.throws(() => progress.committedUpTo(11n), /only what is stored/);
  progress.storedUpTo(20n);
  progress.committedUpTo(20n);
  assert.throws(() => progress.storedUpTo(19n), /never goes back/);
  assert.throws(() => progress.committedUpTo(19n), /never less/);
  assert.equal(progress.backlog, 10n);
});

test('a backlog is as old as the oldest of it, whatever was stored meanwhile', () => {
  const progress = new PartitionProgress(at, 0n, { markEveryMs: 100 });
  progress.logEndSeen(0n, 1000);
  assert.equal(progress.backlogSinceMs, undefined);
  progress.logEndSeen(5n, 2000);
  progress.logEndSeen(9n, 3000);
  progress.logEndSeen(12n, 3099);
  assert.equal(progress.backlogSinceMs, 2000);
  progress.storedUpTo(4n);
  assert.equal(progress.backlogSinceMs, 2000);
  progress.storedUpTo(5n);
  assert.equal(progress.backlogSinceMs, 3000);
  progress.storedUpTo(12n);
  assert.equal(progress.backlogSinceMs, undefined);
});

test('an age is never told too small, however long nothing can be stored', () => {
  const progress = new PartitionProgress(at, 0n, { markEveryMs: 100 });
  for (let i = 1; i <= 1000; i++) progress.logEndSeen(BigInt(i), i * 150);
  for (let stored = 0; stored < 1000; stored += 37) {
    progress.storedUpTo(BigInt(stored));
    assert.ok((progress.backlogSinceMs ?? Infinity) <= (stored + 1) * 150);
  }
});

test('an answer about the log that arrives late takes nothing back', () => {
  const progress = new PartitionProgress(at, 0n, { markEveryMs: 100 });
  progress.storedUpTo(50n);
  progress.logEndSeen(40n, 2);
  assert.equal(progress.logEnd, 50n);
  assert.equal(progress.backlog, 0n);
});

test('I1: a hole is kept for the next segment, grows with the next one, and is recorded once', () => {
  const progress = new PartitionProgress(at, 10n, { markEveryMs: 100 });
  progress.skip({ range: { start: 10n, end: 15n }, reason: 'expired' });
  progress.skip({ range: { start: 15n, end: 20n }, reason: 'expired' });
  assert.deepEqual(progress.precedingGap, { range: { start: 10n, end: 20n }, reason: 'expired' });
  assert.equal(progress.stored, 20n);
  progress.storedUpTo(25n);
  assert.equal(progress.precedingGap, undefined);
});

test('a flush is over when what waited at that time is committed, whatever came later', () => {
  const progress = new PartitionProgress(at, 0n, { markEveryMs: 100 });
  assert.equal(progress.isFlushed, true);
  progress.logEndSeen(10n, 1);
  progress.requestFlush();
  progress.logEndSeen(20n, 2);
  assert.equal(progress.mustFlush, true);
  progress.storedUpTo(12n);
  assert.equal(progress.mustFlush, false);
  assert.equal(progress.isFlushed, false);
  progress.committedUpTo(12n);
  assert.equal(progress.isFlushed, true);
});

test('the size of a record is learned from the segments', () => {
  const progress = new PartitionProgress(at, 0n, { markEveryMs: 100 });
  progress.logEndSeen(100n, 1);
  assert.equal(progress.backlogBytes(256), 25_600);
  progress.learn(1000, 10n);
  assert.equal(progress.backlogBytes(256), 10_000);
  progress.learn(3000, 10n);
  assert.equal(progress.backlogBytes(256), 20_000);
  progress.learn(0, 0n);
  assert.equal(progress.backlogBytes(256), 20_000);
});
