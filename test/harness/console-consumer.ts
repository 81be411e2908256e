import assert from 'node:assert/strict';
import { must } from '../../src/core/assert.ts';
import type { KafkaClient } from '../../src/core/kafka/kafka-client.ts';
import { produceTexts } from './kafka-topic.ts';
import { type SharedKafka, uniqueName } from './shared-services.ts';

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

/** Value of the record that ends each partition. */
const END = 'the end of this partition';

/**
 * All that a read_committed reader sees of a topic that nobody writes to any more, by partition, in offset order. Keys,
 * values and headers must hold no tab and no line feed. `recordCount` is what must be there. An end is written to each
 * partition first, so that the consumer need not wait for records too many: each makes it stop before some end, and that
 * fails. After 8 seconds of silence it stops with what it has.
 */
export async function readWithConsoleConsumer(
  kafka: SharedKafka,
  client: KafkaClient,
  topic: string,
  recordCount: number,
): Promise<Map<number, ConsoleRecord[]>> {
  const partitionCount = await endPartitions(client, topic);
  const byPartition = new Map<number, ConsoleRecord[]>();
  const args = ['--bootstrap-server', kafka.bootstrap, '--topic', topic, '--from-beginning'];
  args.push(
    '--isolation-level',
    'read_committed',
    '--max-messages',
    String(recordCount + partitionCount),
    '--timeout-ms',
    '8000',
  );
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
  for (let partition = 0; partition < partitionCount; partition++) {
    const records = byPartition.get(partition) ?? [];
    records.sort((a, b) => (a.offset < b.offset ? -1 : 1));
    const end = records.pop()?.value;
    assert.equal(end, END, `${topic}, partition ${partition}: ${recordCount} records in all, and nothing after them`);
  }
  return byPartition;
}

/** Gives the number of partitions. */
async function endPartitions(client: KafkaClient, topic: string): Promise<number> {
  const [description] = await client.describeTopics([topic]);
  const { partitionCount } = must(description, `${topic} exists`);
  const transactionalId = uniqueName('end');
  const producer = await client.transactionalProducer({ transactionalId, transactionTimeoutMs: 30_000 });
  producer.begin();
  const partitions = Array.from({ length: partitionCount }, (_, partition) => ({ topic, partition }));
  await Promise.all(partitions.map((at) => produceTexts(producer, at, [END])));
  await producer.commit();
  await producer.close();
  return partitionCount;
}
