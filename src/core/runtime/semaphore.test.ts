import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Semaphore } from './semaphore.ts';

test('never more inside than permits, and everybody gets in, first come first served', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 5 }),
      fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 40 }),
      async (permits, turns) => {
        const semaphore = new Semaphore({ permits });
        const entered: number[] = [];
        let inside = 0;
        const visit = (index: number, turnCount: number): Promise<void> =>
          semaphore.run(async () => {
            entered.push(index);
            inside++;
            assert.ok(inside <= permits);
            for (let turn = 0; turn < turnCount; turn++) await Promise.resolve();
            inside--;
          });
        await Promise.all(turns.map((turnCount, index) => visit(index, turnCount)));
        assert.deepEqual(
          entered,
          turns.map((_, index) => index),
        );
        assert.deepEqual([semaphore.inUse, semaphore.waiting], [0, 0]);
      },
    ),
  );
});

test('work that fails gives its permit back', async () => {
  const semaphore = new Semaphore({ permits: 1 });
  await assert.rejects(
    semaphore.run(() => Promise.reject(new Error('broken'))),
    { message: 'broken' },
  );
  assert.equal(await semaphore.run(() => Promise.resolve('free')), 'free');
});

test('returning a permit twice does not make another', async () => {
  const semaphore = new Semaphore({ permits: 1 });
  const release = await semaphore.acquire();
  release();
  release();
  await semaphore.acquire();
  assert.equal(semaphore.inUse, 1);
});

test('whoever gives up leaves the queue to the others', async () => {
  const semaphore = new Semaphore({ permits: 1 });
  const release = await semaphore.acquire();
  const abort = new AbortController();
  const impatient = assert.rejects(semaphore.acquire(abort.signal), { message: 'gave up' });
  const patient = semaphore.acquire();
  abort.abort(new Error('gave up'));
  await impatient;
  release();
  await patient;
  assert.deepEqual([semaphore.inUse, semaphore.waiting], [1, 0]);
});

test('the queue is bounded', async () => {
  const semaphore = new Semaphore({ permits: 1, waitersMax: 1 });
  await semaphore.acquire();
  void semaphore.acquire();
  await assert.rejects(semaphore.acquire(), /more than 1 wait/);
});
