import { must } from '../src/core/assert.ts';
import { AppError } from '../src/core/errors.ts';
import type { KafkaDistribution } from '../src/demo/services/kafka-distribution.ts';
import { runCommand } from '../src/demo/services/run-command.ts';

/** What `kafka-run-class.sh` and the two scripts give the tools: the JVM as Kafka's users have it. */
const JVM_OPTIONS = [
  '-Xmx512M',
  '-server',
  '-XX:+UseG1GC',
  '-XX:MaxGCPauseMillis=20',
  '-XX:InitiatingHeapOccupancyPercent=35',
  '-XX:+ExplicitGCInvokesConcurrent',
  '-Djava.awt.headless=true',
  // Figures with a decimal point, whatever the machine's language.
  '-Duser.language=en',
  '-Duser.country=US',
];

const TIMEOUT_MS = 10 * 60_000;

export interface ToolTarget {
  readonly distribution: KafkaDistribution;
  readonly bootstrap: string;
  readonly topic: string;
  readonly records: number;
}

/**
 * Kafka's own consumer benchmark: reads so many records and drops them. Gives its `fetch.nMsg.sec`, records/s without
 * the time that joining the group took (and, it being its own clock, without the JVM's start).
 */
export async function consumerPerformance(target: ToolTarget): Promise<number> {
  const { bootstrap, topic, records } = target;
  const where = ['--bootstrap-server', bootstrap, '--topic', topic];
  const what = ['--num-records', String(records), '--hide-header'];
  const output = await runTool(target, 'org.apache.kafka.tools.ConsumerPerformance', [...where, ...what]);
  const consumed = parseConsumerPerformance(output);
  if (consumed.records < target.records) {
    throw new AppError('SETUP_FAILED', `ConsumerPerformance read ${consumed.records} of ${target.records} records`, {
      subject: target.topic,
    });
  }
  return consumed.recordsPerSecond;
}

/** Its columns: start, end, MB, MB/s, records, records/s, rebalance ms, fetch ms, fetch MB/s, fetch records/s. */
export function parseConsumerPerformance(output: string): {
  readonly records: number;
  readonly recordsPerSecond: number;
} {
  const line = output.split('\n').find((text) => /^\d{4}-\d\d-\d\d .*(, .*){9}$/.test(text.trim()));
  const columns = must(line, `ConsumerPerformance printed no figures: ${output.trim()}`)
    .split(',')
    .map((text) => text.trim());
  return { records: Number(columns[4]), recordsPerSecond: Number(columns[9]) };
}

/**
 * Kafka's own producer benchmark with all defaults (acks=all): as fast as it can, values picked at random from the file.
 * Gives its own figure, records/s from its first record to the last acknowledgement.
 */
export async function producerPerformance(target: ToolTarget, payloadPath: string): Promise<number> {
  const { bootstrap, topic, records } = target;
  const where = ['--bootstrap-server', bootstrap, '--topic', topic];
  const what = ['--num-records', String(records), '--throughput', '-1', '--payload-file', payloadPath];
  const how = ['--command-property', 'acks=all'];
  const output = await runTool(target, 'org.apache.kafka.tools.ProducerPerformance', [...where, ...what, ...how]);
  return parseProducerPerformance(output, target.records);
}

/** The last summary: `5000000 records sent, 1041666.7 records/sec (99.34 MB/sec), ...`. */
export function parseProducerPerformance(output: string, records: number): number {
  const lines = [...output.matchAll(/^(\d+) records sent, ([\d.]+) records\/sec .* 99\.9th\.?$/gm)];
  const last = must(lines.at(-1), `ProducerPerformance printed no figures: ${output.trim()}`);
  if (Number(last[1]) !== records)
    throw new AppError('SETUP_FAILED', `ProducerPerformance sent ${last[1]} of ${records} records`);
  return Number(last[2]);
}

async function runTool(target: ToolTarget, className: string, args: readonly string[]): Promise<string> {
  const { java, classPath, log4jPath } = target.distribution;
  const jvm = [...JVM_OPTIONS, `-Dlog4j2.configurationFile=${log4jPath}`, '-cp', classPath, className];
  return (await runCommand(java, [...jvm, ...args], { timeoutMs: TIMEOUT_MS })).stdout;
}
