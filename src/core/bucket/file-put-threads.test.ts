import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FilePutThreads, type PutThread } from './file-put-threads.ts';

const PUT = { root: '/bucket', key: 'a', body: [new Uint8Array(1)], metadata: {}, nowMs: 0 };

/** Threads that answer when they are told to, the oldest put first, and a clock that only moves then. */
function manualThreads() {
  const threads: { dead: boolean; readonly waiting: (() => void)[] }[] = [];
  let nowMs = 0;
  const startThread = (): PutThread => {
    const state = { dead: false, waiting: new Array<() => void>() };
    threads.push(state);
    return {
      get dead() {
        return state.dead;
      },
      get pendingCount() {
        return state.waiting.length;
      },
      call: () => new Promise((resolve) => void state.waiting.push(() => resolve('created'))),
    };
  };
  const answerAfter = (thread: number, ms: number): void => {
    nowMs += ms;
    threads[thread]?.waiting.shift()?.();
  };
  return { puts: new FilePutThreads(startThread, () => nowMs), threads, answerAfter };
}

test('puts that are fast share one thread, however many there are at once', async () => {
  const { puts, threads, answerAfter } = manualThreads();
  const all = Array.from({ length: 6 }, () => puts.put(PUT));
  for (let i = 0; i < 6; i++) answerAfter(0, 1);
  assert.deepEqual(new Set(await Promise.all(all)), new Set(['created']));
  assert.equal(threads.length, 1);
});

test('where puts are slow and overlap up to four threads work, and the next put is for the least busy', async () => {
  const { puts, threads, answerAfter } = manualThreads();
  const slow = puts.put(PUT);
  answerAfter(0, 60);
  await slow;
  const all = Array.from({ length: 6 }, () => puts.put(PUT));
  assert.deepEqual(
    threads.map(({ waiting }) => waiting.length),
    [2, 2, 1, 1],
  );
  for (const [thread, { waiting }] of threads.entries()) while (waiting.length > 0) answerAfter(thread, 1);
  await Promise.all(all);
  assert.equal(threads.length, 4);
});

test('a large put that takes the time of its bytes is not slow', async () => {
  const { puts, threads, answerAfter } = manualThreads();
  const large = puts.put({ ...PUT, body: [new Uint8Array(10_000_000)] });
  answerAfter(0, 140);
  await large;
  const two = [puts.put(PUT), puts.put(PUT)];
  assert.equal(threads.length, 1);
  for (const _ of two) answerAfter(0, 1);
  await Promise.all(two);
});

test('a thread that died is not given a put', async () => {
  const { puts, threads, answerAfter } = manualThreads();
  const first = puts.put(PUT);
  answerAfter(0, 1);
  await first;
  for (const thread of threads) thread.dead = true;
  const second = puts.put(PUT);
  assert.equal(threads.length, 2);
  answerAfter(1, 1);
  await second;
});
