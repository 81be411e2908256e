import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { connectKafka } from '../src/core/kafka/connect-kafka.ts';
import { formatError } from '../src/core/runtime/error-report.ts';
import { announceOnStderr } from '../src/demo/services/cached.ts';
import { startKafka } from '../src/demo/services/kafka.ts';
import { kafkaDistribution } from '../src/demo/services/kafka-distribution.ts';
import { BenchRun } from './bench-run.ts';
import { describeMachine, storageFor } from './machine.ts';
import { type BenchOptions, parseBenchOptions, USAGE } from './options.ts';
import { runPairs, type PairedRun } from './paired-runs.ts';
import { markdownReport, markdownTable, million, type Report } from './report.ts';

/** Of topics, archives and what Kafka has not yet removed, at most; a run with fewer records needs less. */
const STORAGE_BYTES = 8e9;
const RESULTS = fileURLToPath(new URL('results', import.meta.url));

/** Measures, prints the table, and keeps or writes the results as asked. */
async function bench(options: BenchOptions, command: string): Promise<void> {
  const distribution = await kafkaDistribution(announceOnStderr);
  const { folder: base, storage } = await storageFor(STORAGE_BYTES);
  const machine = await describeMachine(distribution.java, storage);
  if (machine.loadBefore > 1)
    say(`The machine is not quiet (load ${machine.loadBefore}): the figures will be worth little.`);
  const folder = await mkdtemp(join(base, 'bss-bench-'));
  const at = new Date().toISOString();
  try {
    const rows = await measure(options, folder, distribution);
    const report: Report = { at, command, machine, rows };
    process.stdout.write(`\n${markdownTable(rows)}`);
    if (options.jsonPath !== undefined) await writeFile(options.jsonPath, `${JSON.stringify(rows, undefined, 2)}\n`);
    if (options.keep) await keep(report);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(
  { rows, runs }: BenchOptions,
  folder: string,
  distribution: Awaited<ReturnType<typeof kafkaDistribution>>,
): Promise<Report['rows']> {
  const broker = await startKafka({
    dataDirectory: join(folder, 'kafka'),
    // What one run wrote is gone when the next one begins.
    properties: { 'log.segment.delete.delay.ms': '0', 'log.retention.check.interval.ms': '1000' },
  });
  const connection = { clientId: 'bss-bench', connectTimeoutMs: 10_000, requestTimeoutMs: 30_000 };
  const kafka = await connectKafka({ bootstrapServers: [broker.bootstrap], ...connection });
  try {
    const run = new BenchRun({ kafka, bootstrap: broker.bootstrap, distribution, folder });
    const results = [];
    for (const row of rows) {
      say(`${row.id}: ${row.records.toLocaleString('en')} records`);
      const contest = await run.contest(row);
      results.push(await runPairs(contest, runs, (done, pair) => say(`  ${progressLine(done, runs, pair)}`)));
    }
    return results;
  } finally {
    await kafka.close();
    await broker.stop();
  }
}

function progressLine(done: number, runs: number, pair: PairedRun | undefined): string {
  if (pair === undefined) return 'warm';
  const { ours, reference, ratio } = pair;
  const figures = `ours ${million(ours.recordsPerSecond)}, reference ${million(reference.recordsPerSecond)} records/s`;
  const usage = `${ours.cpuSecondsPerMillion.toFixed(2)} CPU s per million, ${Math.round(ours.rssMaxBytes / 1e6)} MB`;
  return `${done}/${runs}: ${figures}, ratio ${ratio.toFixed(2)}; ${usage}`;
}

async function keep(report: Report): Promise<void> {
  await mkdir(RESULTS, { recursive: true });
  const path = join(RESULTS, report.at.slice(0, 19).replaceAll(':', ''));
  await writeFile(`${path}.json`, `${JSON.stringify(report, undefined, 2)}\n`);
  await writeFile(`${path}.md`, markdownReport(report));
  say(`\nKept in ${path}.md and .json`);
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

try {
  const args = process.argv.slice(2);
  const options = parseBenchOptions(args);
  if (options === 'help') process.stdout.write(USAGE);
  else await bench(options, ['npm run bench', ...(args.length === 0 ? [] : ['--', ...args])].join(' '));
} catch (error) {
  process.stderr.write(formatError(error));
  process.exitCode = 1;
}
