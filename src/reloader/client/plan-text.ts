import { formatBytes, formatCount } from '../../core/runtime/human-units.ts';
import { formatTable } from '../../core/runtime/text-table.ts';
import type { ShownPlan } from './reload-port.ts';

const TASKS_SHOWN_MAX = 50;

/** A plan for people: what goes where, and what to know before. */
export function planText(plan: ShownPlan): string {
  const { totals, tasks } = plan;
  const columns = [
    { title: 'PARTITION', align: 'right' },
    { title: 'FROM' },
    { title: 'RECORDS', align: 'right' },
    { title: 'SEGMENTS', align: 'right' },
    { title: 'TO READ', align: 'right' },
  ] as const;
  const about = totals.recordCountExact ? '' : 'at most ';
  const rows = tasks
    .slice(0, TASKS_SHOWN_MAX)
    .map((task) => [
      String(task.partition),
      task.ranges.map(rangeText).join(', '),
      formatCount(task.records),
      formatCount(task.segments),
      formatBytes(task.objectBytes),
    ]);
  rows.push([
    'all',
    tasks.length > TASKS_SHOWN_MAX ? `(${tasks.length - TASKS_SHOWN_MAX} more partitions)` : '',
    about + formatCount(totals.recordCount),
    formatCount(totals.segmentCount),
    formatBytes(totals.objectBytes),
  ]);
  const holes = Object.entries(plan.holeOffsets).map(
    ([reason, count]) => `${formatCount(BigInt(String(count)))} ${reason}`,
  );
  return [
    `Plan: reload into ${plan.targetTopic}\n\n`,
    formatTable(columns, rows),
    holes.length === 0 ? '' : `\nOffsets between segments that hold no record: ${holes.join(', ')}\n`,
    ...plan.notes.map(({ code, message }) => `\nnote: ${message} (${code})\n`),
    ...plan.refusals.map(
      ({ code, message, hint }) => `\nrefused: ${message} (${code})\n${hint === undefined ? '' : `  hint: ${hint}\n`}`,
    ),
  ].join('');
}

function rangeText({ folder, source, start, end }: ShownPlan['tasks'][number]['ranges'][number]): string {
  return `${folder}/${String(source).padStart(4, '0')} offsets ${start}..${BigInt(end) - 1n}`;
}
