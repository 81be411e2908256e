import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withResults } from './readme-table.ts';
import { markdownReport, type Report } from './report.ts';

const run = { recordsPerSecond: 2_000_000, cpuSecondsPerMillion: 0.7, rssMaxBytes: 250e6 };
const pair = { ours: run, reference: { recordsPerSecond: 1_000_000 }, ratio: 2 };
const REPORT: Report = {
  at: '2026-03-01T10:00:00.000Z',
  command: 'npm run bench',
  machine: {
    cpu: 'Some CPU',
    cores: 2,
    memoryBytes: 8 * 2 ** 30,
    kernel: 'Linux 6',
    node: 'v24',
    java: '17',
    kafka: '4.3.1',
    commit: 'abc',
    loadBefore: 0.1,
    storage: 'memory',
  },
  rows: [
    {
      id: 'storer-100b',
      ours: 2_000_000,
      reference: 1_000_000,
      ratio: 2,
      cpuSecondsPerMillion: 0.7,
      rssMaxBytes: 250e6,
      runs: [pair, pair],
    },
  ],
};

test('the report has the conditions, the table and every run', () => {
  const text = markdownReport(REPORT);
  const row = '| `storer-100b` | 2.00 M | 200 | 1.00 M (ConsumerPerformance) | **2.00x** | 0.70 | 250 MB |';
  assert.ok(text.includes(row), text);
  assert.equal(text.match(/^\| `storer-100b` \| [12] \|/gm)?.length, 2);
  assert.match(text, /Medians of 2 paired runs on 2 cores \(Some CPU\), 2026-03-01, commit abc/);
});

test('the README keeps all but what is between the marks', () => {
  const readme = 'before\n<!-- bench -->\nold\n<!-- /bench -->\nafter\n';
  const once = withResults(readme, REPORT);
  assert.match(once, /^before\n<!-- bench -->\n\|.*\n<!-- \/bench -->\nafter\n$/s);
  assert.ok(!once.includes('old'));
  assert.equal(withResults(once, REPORT), once);
  assert.throws(() => withResults('no marks', REPORT), /lacks the marks/);
});
