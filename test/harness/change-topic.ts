import type { KafkaClient } from '../../src/core/kafka/kafka-client.ts';
import { nextStamp } from '../../src/core/kafka/next-stamp.ts';
import { writeBatch } from '../../src/core/record/batch-records.ts';
import { partitionForKey } from '../../src/core/record/partitioner.ts';
import { settledEnd } from './kafka-topic.ts';
import { uniqueName } from './shared-services.ts';

/** A row, as a field of its name has it; null: the row of that key was deleted. */
export interface RowChange {
  readonly key: Readonly<Record<string, unknown>>;
  readonly row: Readonly<Record<string, unknown>> | null;
}

/** Writes changes as Debezium does, all in one transaction; resolves when they can be read. */
export async function changeTopic(
  client: KafkaClient,
  topic: string,
  changes: readonly RowChange[],
  op: 'u' | 'r' = 'u',
): Promise<void> {
  const [described] = await client.describeTopics([topic]);
  const partitionCount = described?.partitionCount ?? 0;
  const producer = await client.transactionalProducer({
    transactionalId: uniqueName('change'),
    transactionTimeoutMs: 30_000,
  });
  producer.begin();
  for (const { key, row } of changes) {
    const keyBytes = Buffer.from(JSON.stringify(key));
    const change = row === null ? { before: key, after: null, op: 'd' } : { before: null, after: row, op };
    const at = { topic, partition: partitionForKey(keyBytes, partitionCount) };
    const stamp = nextStamp(producer, at, 1);
    const record = {
      offset: 0n,
      timestampMs: BigInt(Date.now()),
      timestampType: 'CreateTime' as const,
      key: keyBytes,
      value: Buffer.from(JSON.stringify({ ...change, source: { db: 'shop' } })),
      headers: [],
    };
    await producer.produce(at, writeBatch([record], stamp, 'none'), 1);
  }
  await producer.commit();
  await producer.close();
  // Else a reader of what is committed may still find the end where it was before.
  for (let partition = 0; partition < partitionCount; partition++) await settledEnd(client, { topic, partition });
}
