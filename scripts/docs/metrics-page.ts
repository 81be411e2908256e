import type { MetricTable } from '../../src/core/runtime/metrics.ts';
import { RELOADER_METRICS } from '../../src/reloader/reloader-metrics.ts';
import { STORER_METRICS } from '../../src/storer/storer-metrics.ts';
import { code, markdownTable } from './markdown-table.ts';

/** docs/metrics.md. */
export function metricsPage(): string {
  return [
    '# Metrics',
    '',
    'Generated from `src/storer/storer-metrics.ts` and `src/reloader/reloader-metrics.ts` by `npm run docs`.',
    '',
    'Both services answer `GET /-/metrics` in the text format of Prometheus. Beside these there are the metrics of the process (`process_*`, `nodejs_*`).',
    '',
    '## Storer',
    '',
    metricsTable(STORER_METRICS),
    '## Reloader',
    '',
    metricsTable(RELOADER_METRICS),
  ].join('\n');
}

function metricsTable(metrics: MetricTable): string {
  const rows = Object.entries(metrics).map(([name, { type, labels, help }]) => [
    code(name),
    type,
    labels.map(code).join(', '),
    help,
  ]);
  return markdownTable(['Metric', 'Type', 'Labels', 'Meaning'], rows);
}
