import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '../core/errors.ts';
import { type Clock, systemClock } from '../core/runtime/clock.ts';
import { ManualClock } from '../core/runtime/manual-clock.ts';
import { CommitQueue } from './commit-queue.ts';
import type { CommitItem } from './commit-transaction.ts';

const generation = { group: 'g', memberId: 'm', generationId: 1 };
const itemOf = (topic: string, end: bigint): CommitItem => ({
  at: { topic, partition: 0 },
  topicId: 'i',
  end,
  segment: undefined,
});
const item = (end: bigint): CommitItem => itemOf('t', end);

interface Surroundings {
  readonly clock?: Clock;
  readonly moreToCome?: () => boolean;
}

function queueOver(
  run: (items: readonly CommitItem[]) => Promise<void>,
  { clock = systemClock, moreToCome = () => false }: Surroundings = {},
): { queue: CommitQueue; retried: unknown[] } {
  const retried: unknown[] = [];
  const queue = new CommitQueue({
    transaction: { run },
    generation,
    listener: { committed: () => undefined, retrying: (error) => retried.push(error) },
    clock,
    backoff: { initialMs: 1, delayMaxMs: 2, attemptsMax: 10 },
    moreToCome,
  });
  return { queue, retried };
}

test('I5: items are committed in order, one transaction at a time, what came meanwhile together', async () => {
  const runs: bigint[][] = [];
  let open = 0;
  const [begun, first] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const { queue } = queueOver(async (items) => {
    assert.equal(++open, 1);
    runs.push(items.map(({ end }) => end));
    begun.resolve();
    if (runs.length === 1) await first.promise;
    open--;
  });
  const one = queue.add(item(1n));
  await begun.promise;
  const all = [one, queue.add(item(2n)), queue.add(item(3n))];
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

test('I5: an item that cannot be committed is refused with what follows of its partition; the others go on', async () => {
  const done: string[] = [];
  const { queue } = queueOver(async (items) => {
    await Promise.resolve();
    if (items.some(({ at }) => at.topic === 'bad')) throw new AppError('KAFKA_TOPIC_MISSING', 'no bad.post-ingestion');
    done.push(...items.map(({ at, end }) => `${at.topic} ${end}`));
  });
  const items = [
    itemOf('a', 1n),
    itemOf('bad', 1n),
    itemOf('b', 1n),
    itemOf('bad', 2n),
    itemOf('a', 2n),
    itemOf('b', 2n),
  ];
  const results = await Promise.allSettled(items.map((each) => queue.add(each)));
  assert.deepEqual(done, ['a 1', 'b 1', 'a 2', 'b 2']);
  assert.deepEqual(
    results.map(({ status }) => status === 'fulfilled'),
    items.map(({ at }) => at.topic !== 'bad'),
  );
});

test('what is too much for the timeout of one transaction is committed in several', async () => {
  const runs: number[] = [];
  const { queue } = queueOver(async (items) => {
    await Promise.resolve();
    if (items.length > 2) throw new AppError('KAFKA_UNAVAILABLE', 'the transaction timed out');
    runs.push(items.length);
  });
  await Promise.all(Array.from({ length: 9 }, (_, i) => queue.add(item(BigInt(i + 1)))));
  assert.equal(
    runs.reduce((sum, count) => sum + count),
    9,
  );
});

test('cancelling ends the effort', async () => {
  const { queue } = queueOver(() => Promise.reject(new AppError('KAFKA_UNAVAILABLE', 'no broker')));
  const added = queue.add(item(1n));
  queue.cancel(new Error('stopping'));
  await assert.rejects(added, /stopping/);
});

/** A queue on a clock that stands still, something always in the making, and the ends of what each transaction committed. */
function gatheringQueue(): { queue: CommitQueue; clock: ManualClock; runs: bigint[][] } {
  const clock = new ManualClock();
  const runs: bigint[][] = [];
  const run = (items: readonly CommitItem[]): Promise<void> => {
    runs.push(items.map(({ end }) => end));
    return Promise.resolve();
  };
  return { queue: queueOver(run, { clock, moreToCome: () => true }).queue, clock, runs };
}

test('while more is in the making, what comes within 100 ms of a transaction is committed together', async () => {
  const { queue, clock, runs } = gatheringQueue();
  await queue.add(item(1n));
  const later = [queue.add(item(2n)), queue.add(item(3n))];
  await clock.advance(99);
  assert.deepEqual(runs, [[1n]]);
  await clock.advance(1);
  await Promise.all(later);
  assert.deepEqual(runs, [[1n], [2n, 3n]]);
});

test('nothing is waited for once nothing is in the making, or when a segment is to be forwarded', async () => {
  const { queue, runs } = gatheringQueue();
  await queue.add(item(1n));
  const second = queue.add(item(2n));
  queue.hurry();
  await second;
  const third = queue.add(item(3n));
  const forwarded = { forwardTo: ['t-post'] } as unknown as CommitItem['segment'];
  await Promise.all([third, queue.add({ ...item(4n), segment: forwarded })]);
  const last = queue.add(item(5n));
  await queue.settled();
  await last;
  assert.deepEqual(runs, [[1n], [2n], [3n, 4n], [5n]]);
});

test('as many items as a transaction holds are not kept waiting', async () => {
  const { queue, runs } = gatheringQueue();
  await queue.add(item(0n));
  await Promise.all(Array.from({ length: 64 }, (_, i) => queue.add(item(BigInt(i + 1)))));
  assert.equal(runs.length, 2);
});

test('cancelling does not wait for more either', async () => {
  const { queue } = gatheringQueue();
  await queue.add(item(1n));
  const added = queue.add(item(2n));
  queue.cancel(new Error('stopping'));
  await assert.rejects(added, /stopping/);
});
