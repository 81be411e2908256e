import { formatBytes, formatCount, formatDuration, formatRate } from '../core/runtime/human-units.ts';
import type { Palette } from '../core/runtime/colours.ts';
import { formatTable } from '../core/runtime/text-table.ts';
import type { ShownSegment } from './archive-tree.ts';
import type { Oddity } from './order-events.ts';
import type { Produced } from './produce-events.ts';

/** What the demo measured. */
export interface DemoFigures {
  readonly produced: Produced;
  readonly segments: readonly ShownSegment[];
  readonly archivedMs: number;
  readonly reloadedMs: number;
  /** Of the reload. */
  readonly transactions: number;
}

const ODDITY_NAMES: Readonly<Record<Oddity, string>> = {
  tombstone: 'tombstones',
  nullKey: 'null keys',
  emptyKey: 'empty keys',
  emptyValue: 'empty values',
  notUtf8: 'not UTF-8',
  repeatedHeader: 'with repeated headers',
  nullHeader: 'with null headers',
};

/** What is odd about the events, in sentences. */
export function formatOddities({ oddities, aborted, transactions }: Produced): string[] {
  const counts = Object.entries(ODDITY_NAMES).map(
    ([oddity, name]) => `${formatCount(oddities[oddity as Oddity])} ${name}`,
  );
  return [
    `among them ${counts.slice(0, 5).join(', ')},`,
    `${counts.slice(5).join(', ')};`,
    `and ${formatCount(aborted)} more in one of the ${transactions} transactions, which was aborted`,
  ];
}

/** The figures as a table. */
export function formatSummary(figures: DemoFigures, palette: Palette): string[] {
  const { produced, segments, archivedMs, reloadedMs, transactions } = figures;
  const { records, batchBytes } = produced;
  const objectBytes = segments.reduce((sum, segment) => sum + segment.objectBytes, 0);
  const linesBytes = segments.reduce((sum, segment) => sum + segment.linesBytes, 0);
  const ratio = (linesBytes / objectBytes).toFixed(1);
  const rows = [
    ['in Kafka', formatBytes(batchBytes), '', '', 'as batches of all five kinds: plain, gzip, snappy, lz4, zstd'],
    [
      'in the bucket',
      formatBytes(objectBytes),
      '',
      '',
      `${formatBytes(linesBytes)} of JSON lines, compressed ${ratio}:1`,
    ],
    [
      'archived',
      '',
      formatDuration(archivedMs),
      rate(records, archivedMs),
      `each record once, ${segments.length} segments`,
    ],
    [
      'reloaded',
      '',
      formatDuration(reloadedMs),
      rate(records, reloadedMs),
      `each record once, ${transactions} transactions`,
    ],
  ];
  const columns = [
    { title: `${formatCount(records)} records` },
    { title: 'size', align: 'right' as const },
    { title: 'time', align: 'right' as const },
    { title: 'rate', align: 'right' as const },
    { title: '' },
  ];
  const [head = '', ...lines] = formatTable(columns, rows).trimEnd().split('\n');
  return [palette.bold(head), ...lines];
}

function rate(records: number, durationMs: number): string {
  return formatRate((records * 1000) / Math.max(1, durationMs), 'records');
}
