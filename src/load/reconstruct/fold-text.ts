import type { FoldReport } from './fold-report.ts';

/** A report for people. */
export function foldText(report: FoldReport, out: string): string {
  const { rows, keys, events, deletes, ignored, keyChanges, unreadable, keysInSeveralPartitions, gaps } = report;
  const lines = [
    `${rows} rows in ${out}`,
    `  ${events} events of ${report.sources.join(', ')}`,
    `  ${keys} keys, ${keys - rows} of them deleted (${deletes} deletes)`,
  ];
  if (ignored > 0) lines.push(`  ${ignored} messages of the CDC itself, or of truncated tables, passed over`);
  if (keyChanges > 0) lines.push(`  ${keyChanges} changes gave a row another key`);
  if (keysInSeveralPartitions > 0) {
    lines.push(`  ${keysInSeveralPartitions} keys in several partitions: of them time decided, not the offset`);
  }
  for (const [reason, offsets] of Object.entries(gaps)) lines.push(`  ${offsets} offsets without a record: ${reason}`);
  if (unreadable > 0) lines.push(`  ${unreadable} events could not be read:`);
  for (const { source, partition, offset, reason } of report.unreadableAt.slice(0, 20)) {
    lines.push(`    ${source}, partition ${partition}, ${offset}: ${reason}`);
  }
  return `${lines.join('\n')}\n`;
}
