import assert from 'node:assert/strict';
import { test } from 'node:test';

import { median, runPairs, summarise } from './paired-runs.ts';

const run = (recordsPerSecond: number, rssMaxBytes = 1) => ({ recordsPerSecond, cpuSecondsPerMillion: 2, rssMaxBytes });

const pair = (ours: number, reference: number, rss: number) => ({
  ours: run(ours, rss),
  reference: { recordsPerSecond: reference },
  ratio: ours / reference,
});

test('the median of an odd and of an even number of figures', () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.throws(() => median([]));
});

test('pairs alternate who is first, and the first pair does not count', async () => {
  const order: string[] = [];
  const contest = {
    id: 'x',
    ours: () => Promise.resolve(run(100 * order.push('ours'))),
    reference: () => Promise.resolve(100 * order.push('reference')),
  };
  const row = await runPairs(contest, 3, () => undefined);
  assert.deepEqual(order.join(' '), 'reference ours ours reference reference ours ours reference');
  assert.equal(row.runs.length, 3);
  assert.deepEqual(
    row.runs.map(({ ours }) => ours.recordsPerSecond),
    [300, 600, 700],
  );
});

test('a row has the median of the ratios of pairs, medians of rates, and the largest memory', () => {
  const row = summarise('x', [pair(10, 10, 5), pair(40, 20, 9), pair(90, 30, 7)]);
  assert.equal(row.ratio, 2);
  assert.equal(row.ours, 40);
  assert.equal(row.reference, 20);
  assert.equal(row.rssMaxBytes, 9);
  assert.equal(row.cpuSecondsPerMillion, 2);
});
