import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { connectKafka } from '../src/core/kafka/connect-kafka.ts';
import { formatError } from '../src/core/runtime/error-report.ts';
import { startKafka } from '../src/demo/services/kafka.ts';
import { runCommand } from '../src/demo/services/run-command.ts';
import { orderMapping, writeOrderDump } from './order-dump.ts';

/**
 * How fast `bss load` is, end to end: a process that reads the dump twice (the check, then the load) and writes Debezium
 * messages in transactions into a topic of four partitions. Prints rows per second of CPU and of time.
 */

const MAIN = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
const PARTITIONS = 4;
const ROWS = [
  { id: 'load-csv', format: 'csv' },
  { id: 'load-jsonl', format: 'jsonl' },
] as const;

interface LoadOutput {
  readonly startedAtMs: number;
  readonly finishedAtMs: number;
  readonly rows: { readonly loaded: number };
}

async function bench(records: number, runs: number, profileFolder: string | undefined): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'bss-load-bench-'));
  const broker = await startKafka({ dataDirectory: join(folder, 'kafka') });
  const connection = { clientId: 'bss-bench', connectTimeoutMs: 10_000, requestTimeoutMs: 30_000 };
  const kafka = await connectKafka({ bootstrapServers: [broker.bootstrap], ...connection });
  try {
    for (const { id, format } of ROWS) {
      const dump = join(folder, `orders.${format}`);
      await writeOrderDump(dump, format, records);
      for (let run = 1; run <= runs; run++) {
        const topic = `${id}-${run}`;
        await kafka.createTopics([{ name: topic, partitionCount: PARTITIONS, replicationFactor: -1 }]);
        const mapping = join(folder, `${topic}.yaml`);
        await writeFile(mapping, orderMapping(topic));
        const profile = profileFolder === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', join(profileFolder, topic)];
        const load = ['load', dump, '--mapping', mapping, '--brokers', broker.bootstrap, '--json'];
        const startMs = performance.now();
        const { stdout } = await runCommand(process.execPath, [...profile, MAIN, ...load], { timeoutMs: 600_000 });
        const seconds = (performance.now() - startMs) / 1000;
        const { rows, startedAtMs, finishedAtMs } = JSON.parse(stdout) as LoadOutput;
        const loadSeconds = (finishedAtMs - startedAtMs) / 1000;
        const figures = `${perSecond(rows.loaded, seconds)} rows/s end to end, ${perSecond(rows.loaded, loadSeconds)} while loading`;
        process.stdout.write(`${id} ${run}/${runs}: ${figures} (${rows.loaded} rows in ${seconds.toFixed(1)} s)\n`);
        await kafka.deleteTopics([topic]);
      }
    }
  } finally {
    await kafka.close();
    await broker.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function perSecond(rows: number, seconds: number): string {
  return Math.round(rows / seconds).toLocaleString('en');
}

try {
  const { values } = parseArgs({
    options: {
      records: { type: 'string', default: '1000000' },
      runs: { type: 'string', default: '1' },
      profile: { type: 'string' },
    },
  });
  await bench(Number(values.records), Number(values.runs), values.profile);
} catch (error) {
  process.stderr.write(formatError(error));
  process.exitCode = 1;
}
