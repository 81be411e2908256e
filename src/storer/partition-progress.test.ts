import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PartitionProgress } from './partition-progress.ts';

const at = { topic: 'orders', partition: 3 };

test('positions only go forward, and nothing is committed that is not stored', () => {
  const progress = new PartitionProgress(at, 10n);
  progress.logEndSeen(30n, 1000);
  assert.equal(progress.backlog, 20n);
  assert.throws(() => progress.committedUpTo(11n), /only what is stored/);
  progress.storedUpTo(20n, 1500);
  progress.committedUpTo(20n);
  assert.throws(() => progress.storedUpTo(19n, 1600), /never goes back/);
  assert.throws(() => progress.committedUpTo(19n), /never less/);
  assert.equal(progress.backlog, 10n);
});

test('a backlog ages from when it was first seen, and from the last segment on', () => {
  const progress = new PartitionProgress(at, 0n);
  progress.logEndSeen(0n, 1000);
  assert.equal(progress.backlogSinceMs, undefined);
  progress.logEndSeen(5n, 2000);
  progress.logEndSeen(9n, 3000);
  assert.equal(progress.backlogSinceMs, 2000);
  progress.storedUpTo(7n, 4000);
  assert.equal(progress.backlogSinceMs, 4000);
  progress.storedUpTo(9n, 5000);
  assert.equal(progress.backlogSinceMs, undefined);
});

test('an answer about the log that arrives late takes nothing back', () => {
  const progress = new PartitionProgress(at, 0n);
  progress.storedUpTo(50n, 1);
  progress.logEndSeen(40n, 2);
  assert.equal(progress.logEnd, 50n);
  assert.equal(progress.backlog, 0n);
});

test('a hole is kept for the next segment, grows with the next one, and is recorded once', () => {
  const progress = new PartitionProgress(at, 10n);
  progress.skip({ range: { start: 10n, end: 15n }, reason: 'expired' }, 1);
  progress.skip({ range: { start: 15n, end: 20n }, reason: 'expired' }, 2);
  assert.deepEqual(progress.precedingGap, { range: { start: 10n, end: 20n }, reason: 'expired' });
  assert.equal(progress.stored, 20n);
  progress.storedUpTo(25n, 3);
  assert.equal(progress.precedingGap, undefined);
});

test('a flush is over when what waited at that time is committed, whatever came later', () => {
  const progress = new PartitionProgress(at, 0n);
  assert.equal(progress.isFlushed, true);
  progress.logEndSeen(10n, 1);
  progress.requestFlush();
  progress.logEndSeen(20n, 2);
  assert.equal(progress.mustFlush, true);
  progress.storedUpTo(12n, 3);
  assert.equal(progress.mustFlush, false);
  assert.equal(progress.isFlushed, false);
  progress.committedUpTo(12n);
  assert.equal(progress.isFlushed, true);
});

test('the size of a record is learned from the segments', () => {
  const progress = new PartitionProgress(at, 0n);
  progress.logEndSeen(100n, 1);
  assert.equal(progress.backlogBytes(256), 25_600);
  progress.learn(1000, 10n);
  assert.equal(progress.backlogBytes(256), 10_000);
  progress.learn(3000, 10n);
  assert.equal(progress.backlogBytes(256), 20_000);
  progress.learn(0, 0n);
  assert.equal(progress.backlogBytes(256), 20_000);
});
