import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '../core/errors.ts';
import { systemClock } from '../core/runtime/clock.ts';
import { CommitQueue } from './commit-queue.ts';
import type { CommitItem } from './commit-transaction.ts';

const generation = { group: 'g', memberId: 'm', generationId: 1 };
const item = (end: bigint): CommitItem => ({ at: { topic: 't', partition: 0 }, topicId: 'i', end, segment: undefined });

function queueOver(run: (items: readonly CommitItem[]) => Promise<void>): { queue: CommitQueue; retried: unknown[] } {
  const retried: unknown[] = [];
  const queue = new CommitQueue({
    transaction: { run },
    generation,
    listener: { committed: () => undefined, retrying: (error) => retried.push(error) },
    clock: systemClock,
    backoff: { initialMs: 1, delayMaxMs: 2, attemptsMax: 10 },
  });
  return { queue, retried };
}

test('I5: items are committed in order, one transaction at a time, what came meanwhile together', async () => {
  const runs: bigint[][] = [];
  let open = 0;
  const first = Promise.withResolvers<void>();
  const { queue } = queueOver(async (items) => {
    assert.equal(++open, 1);
    runs.push(items.map(({ end }) => end));
    if (runs.length === 1) await first.promise;
    open--;
  });
  const all = [1n, 2n, 3n].map((end) => queue.add(item(end)));
  first.resolve();
  await Promise.all(all);
  assert.deepEqual(runs, [[1n], [2n, 3n]]);
});

test('a passing error is retried and told; the items stay in order', async () => {
  let failures = 2;
  const done: bigint[] = [];
  const { queue, retried } = queueOver(async (items) => {
    if (failures-- > 0) throw new AppError('KAFKA_UNAVAILABLE', 'no broker');
    done.push(...items.map(({ end }) => end));
    await Promise.resolve();
  });
  await Promise.all([queue.add(item(1n)), queue.add(item(2n))]);
  assert.deepEqual(done, [1n, 2n]);
  assert.equal(retried.length, 2);
});

test('I5: an error that cannot be got over refuses everything that waits: nothing is committed past it', async () => {
  const { queue } = queueOver(() => Promise.reject(new AppError('KAFKA_FENCED', 'stale member')));
  const results = await Promise.allSettled([queue.add(item(1n)), queue.add(item(2n)), queue.add(item(3n))]);
  assert.ok(results.every(({ status }) => status === 'rejected'));
  await queue.settled();
});

test('cancelling ends the effort', async () => {
  const { queue } = queueOver(() => Promise.reject(new AppError('KAFKA_UNAVAILABLE', 'no broker')));
  const added = queue.add(item(1n));
  queue.cancel(new Error('stopping'));
  await assert.rejects(added, /stopping/);
});
