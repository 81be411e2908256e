import type { CheckedRows } from '../run/check-rows.ts';
import type { LoadResult } from '../run/run-load.ts';
import type { SampleMessage } from '../run/sample-messages.ts';
import { formatBytes, formatCount, formatDuration, formatRate } from '../../core/runtime/human-units.ts';

/** What a load came to, for a person. `tookMs` is of this run. */
export function loadText({ state, wasDone, resumedAtRow }: LoadResult, tookMs: number): string {
  const { rows, id } = state;
  if (wasDone)
    return `Load ${id} was done before: ${rowsText(rows.loaded)} in ${topicsOf(state)}. Nothing was written.\n`;
  const written = rows.read - resumedAtRow;
  const speed = `${formatDuration(tookMs)}, ${formatRate((written * 1000) / Math.max(1, tookMs), 'rows')}`;
  const lines = [`Loaded ${rowsText(rows.loaded)} into ${topicsOf(state)} in ${speed}. Load ${id}.`];
  if (resumedAtRow > 0) lines.push(`It went on after ${rowsText(resumedAtRow)} that were there already.`);
  if (rows.refused > 0) lines.push(`${rowsText(rows.refused)} refused.`);
  if (rows.skipped > 0) lines.push(`${rowsText(rows.skipped)} passed over: tables that the mapping does not mention.`);
  for (const { table, topic, loaded, bytes, partitions } of state.tables) {
    const from = table === undefined ? '' : `${table} -> `;
    const spread = `${partitions.length} partition${partitions.length === 1 ? '' : 's'}`;
    lines.push(`  ${from}${topic}: ${rowsText(loaded)}, ${formatBytes(bytes)}, ${spread}`);
  }
  return `${lines.join('\n')}\n`;
}

/** What a dry run found, and what messages would look like. */
export function dryRunText(checked: CheckedRows | undefined, samples: readonly SampleMessage[]): string {
  const lines =
    checked === undefined
      ? ['Not checked: the input can be read but once.']
      : [
          `${rowsText(checked.rows)}: ${formatCount(checked.rows - checked.refused - checked.skipped)} would be loaded, ` +
            `${formatCount(checked.refused)} refused, ${formatCount(checked.skipped)} passed over. Nothing was written.`,
        ];
  let last: string | undefined;
  for (const { table, topic, key, value } of samples) {
    const head = table === undefined ? topic : `${table} -> ${topic}`;
    if (head !== last) lines.push('', head);
    last = head;
    lines.push(`  key   ${key}`, `  value ${value}`);
  }
  return `${lines.join('\n')}\n`;
}

function topicsOf({ begunWith }: LoadResult['state']): string {
  return begunWith.topics.map(({ name }) => name).join(', ');
}

function rowsText(count: number): string {
  return `${formatCount(count)} row${count === 1 ? '' : 's'}`;
}
