import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Metrics, type MetricTable } from './metrics.ts';

const TABLE = {
  bss_test_total: { type: 'counter', help: 'Tests.', labels: ['topic'] },
  bss_test_runs_total: { type: 'counter', help: 'Runs.', labels: [] },
  bss_test_backlog: { type: 'gauge', help: 'Backlog.', labels: ['partition'] },
  bss_test_seconds: { type: 'histogram', help: 'Time.', labels: [], buckets: [0.1, 1] },
} as const satisfies MetricTable;

test('counters, gauges and histograms appear in Prometheus text', async () => {
  const metrics = new Metrics(TABLE, { processMetrics: false });
  metrics.increment('bss_test_total', { topic: 'orders' }, 3);
  metrics.increment('bss_test_total', { topic: 'orders' });
  metrics.set('bss_test_backlog', { partition: 2 }, 17);
  metrics.observe('bss_test_seconds', {}, 0.5);
  const text = await metrics.text();
  for (const line of [
    '# HELP bss_test_total Tests.',
    '# TYPE bss_test_total counter',
    'bss_test_total{topic="orders"} 4',
    'bss_test_runs_total 0',
    'bss_test_backlog{partition="2"} 17',
    'bss_test_seconds_bucket{le="0.1"} 0',
    'bss_test_seconds_bucket{le="1"} 1',
  ]) {
    assert.ok(text.includes(`${line}\n`), line);
  }
});

test('a gauge that is worked out forgets what is no longer there', async () => {
  const metrics = new Metrics(TABLE, { processMetrics: false });
  let partitions = [1, 2];
  metrics.collect('bss_test_backlog', () => partitions.map((partition) => ({ labels: { partition }, value: 5 })));
  assert.match(await metrics.text(), /partition="1"/);
  partitions = [2];
  const text = await metrics.text();
  assert.doesNotMatch(text, /partition="1"/);
  assert.match(text, /partition="2"/);
});

test('the metrics of the process are there, and two services do not share any', async () => {
  const first = new Metrics(TABLE);
  const second = new Metrics(TABLE);
  first.increment('bss_test_runs_total', {});
  assert.match(await first.text(), /process_resident_memory_bytes/);
  assert.match(await second.text(), /bss_test_runs_total 0/);
});
