import type { SharedKafka } from './shared-services.ts';

/** A record as Kafka's own console consumer shows it: an oracle that shares no code with ours. Texts only. */
export interface ConsoleRecord {
  readonly partition: number;
  readonly offset: bigint;
  readonly timestamp: string;
  readonly headers: string;
  readonly key: string;
  readonly value: string;
}

const PROPERTIES = ['timestamp', 'partition', 'offset', 'headers', 'key', 'value'];

/**
 * Everything that a read_committed reader sees of a topic, by partition, in offset order. Keys, values and headers must
 * hold no tab and no line feed. `recordCount` is what must be there: the consumer stops after it, or after 8 seconds of
 * silence with what it has.
 */
export async function readWithConsoleConsumer(
  kafka: SharedKafka,
  topic: string,
  recordCount: number,
): Promise<Map<number, ConsoleRecord[]>> {
  const byPartition = new Map<number, ConsoleRecord[]>();
  if (recordCount === 0) return byPartition;
  const args = ['--bootstrap-server', kafka.bootstrap, '--topic', topic, '--from-beginning'];
  args.push('--isolation-level', 'read_committed', '--max-messages', String(recordCount), '--timeout-ms', '8000');
  for (const name of PROPERTIES) args.push('--formatter-property', `print.${name}=true`);
  const result = await kafka.runTool('org.apache.kafka.tools.consumer.ConsoleConsumer', args, {
    timeoutMs: 180_000,
    heapMaxMib: 512,
    mayFail: true,
  });
  for (const line of result.stdout.split('\n')) {
    // Beside the records it prints log lines, such as the one that its patience is over.
    if (!/^(CreateTime|LogAppendTime|NO_TIMESTAMP)/.test(line)) continue;
    const [timestamp = '', partition = '', offset = '', headers = '', key = '', ...value] = line.split('\t');
    const record = {
      partition: Number(partition.replace('Partition:', '')),
      offset: BigInt(offset.replace('Offset:', '')),
      timestamp,
      headers,
      key,
      value: value.join('\t'),
    };
    const records = byPartition.get(record.partition) ?? [];
    records.push(record);
    byPartition.set(record.partition, records);
  }
  for (const records of byPartition.values()) records.sort((a, b) => (a.offset < b.offset ? -1 : 1));
  return byPartition;
}
