import type { Machine } from './machine.ts';
import type { ResultRow } from './paired-runs.ts';
import { BENCH_ROWS, REFERENCES, valueBytesOf } from './rows.ts';

/** A whole benchmark, as it is kept in `bench/results`. */
export interface Report {
  /** ISO time of the start. */
  readonly at: string;
  readonly command: string;
  readonly machine: Machine;
  readonly rows: readonly ResultRow[];
}

const TITLES = ['', 'records/s', 'MB/s', "Kafka's own tool", 'ratio', 'CPU s per million', 'peak RSS'];

/** The results as a Markdown table, one row per id. */
export function markdownTable(rows: readonly ResultRow[]): string {
  const lines = rows.map((row) => [
    `\`${row.id}\``,
    million(row.ours),
    megabytes(row),
    `${million(row.reference)} (${referenceOf(row.id)})`,
    `**${row.ratio.toFixed(2)}x**`,
    row.cpuSecondsPerMillion.toFixed(2),
    `${Math.round(row.rssMaxBytes / 1e6)} MB`,
  ]);
  const rule = TITLES.map((_, index) => (index === 0 ? '---' : '---:'));
  return [TITLES, rule, ...lines].map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}

/** One sentence on the conditions, to go below a table. */
export function conditions(report: Report): string {
  const { machine } = report;
  const where = machine.storage === 'memory' ? 'a memory file system' : 'a disk';
  const runs = Math.min(...report.rows.map((row) => row.runs.length));
  return [
    `Medians of ${runs} paired runs on ${machine.cores} cores (${machine.cpu}), ${report.at.slice(0, 10)}, commit ${machine.commit}:`,
    `one broker (Kafka ${machine.kafka}) on the same machine, 4 partitions, not compressed; its log and the bucket on ${where}.`,
  ].join(' ');
}

/** The report for people: conditions, the table, every single run. */
export function markdownReport(report: Report): string {
  const { machine } = report;
  const facts = [
    `command: \`${report.command}\``,
    `commit: ${machine.commit}`,
    `CPU: ${machine.cpu}, ${machine.cores} cores; memory ${Math.round(machine.memoryBytes / 2 ** 30)} GiB; ${machine.kernel}`,
    `Node ${machine.node}, Java ${machine.java}, Kafka ${machine.kafka}`,
    `load average before the start: ${machine.loadBefore}`,
  ];
  const runs = report.rows.flatMap(({ id, runs: pairs }) =>
    pairs.map(({ ours, reference, ratio }, index) => {
      const cells = [million(ours.recordsPerSecond), million(reference.recordsPerSecond), ratio.toFixed(3)];
      const usage = [ours.cpuSecondsPerMillion.toFixed(2), `${Math.round(ours.rssMaxBytes / 1e6)} MB`];
      return `| \`${id}\` | ${[index + 1, ...cells, ...usage].join(' | ')} |\n`;
    }),
  );
  return [
    `# Benchmark of ${report.at}\n\n`,
    ...facts.map((fact) => `- ${fact}\n`),
    `\n${conditions(report)} The ratio is the median of the pairs' ratios.\n\n`,
    markdownTable(report.rows),
    '\n## Every run\n\n| | run | ours, records/s | reference, records/s | ratio | CPU s per million | peak RSS |\n',
    '|---|---:|---:|---:|---:|---:|---:|\n',
    ...runs,
  ].join('');
}

/** `2.41 M` or `512 k`: three digits, so that runs can be told apart. */
export function million(rate: number): string {
  return rate >= 999_500 ? `${(rate / 1e6).toFixed(2)} M` : `${(rate / 1e3).toFixed(0)} k`;
}

function megabytes(row: ResultRow): string {
  const bytes = valueBytesOf(row.id);
  return bytes === undefined ? '' : ((row.ours * bytes) / 1e6).toFixed(0);
}

function referenceOf(id: string): string {
  const row = BENCH_ROWS.find((candidate) => candidate.id === id);
  return row === undefined ? '?' : REFERENCES[row.service];
}
